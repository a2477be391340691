// <spec-source>: a form that brings a document. Files can be dropped, and reading shows that it goes on.

class SpecSource extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.form?.addEventListener("submit", () => this.showReading());
    const place = this.querySelector("[data-drop]");
    if (place) this.takeDrops(place);
    // A page that comes back out of the browser's history is not reading any more.
    addEventListener("pageshow", (event) => {
      if (event.persisted) this.stop();
    });
  }

  showReading() {
    const place = this.querySelector("[data-reading]");
    if (!place) return;
    place.hidden = false;
    const line = place.querySelector("[role=status]");
    const began = performance.now();
    line.textContent = "Reading the document. Large ones take some seconds.";
    this.timer = setInterval(() => {
      const seconds = Math.round((performance.now() - began) / 1000);
      // Not announced each second: only what is seen changes.
      line.setAttribute("aria-live", "off");
      line.textContent = `Reading the document for ${seconds} s. Large ones take some seconds.`;
    }, 1000);
  }

  stop() {
    clearInterval(this.timer);
    const place = this.querySelector("[data-reading]");
    if (place) place.hidden = true;
  }

  /** @param {HTMLElement} place */
  takeDrops(place) {
    const input = place.querySelector("input[type=file]");
    const hint = document.createElement("p");
    hint.className = "help";
    hint.textContent = "Or drop the file here.";
    place.append(hint);
    // The whole form takes drops: a closed disclosure has no surface.
    const area = this.form;
    const mark = (isOver) => area.classList.toggle("is-over", isOver);
    area.addEventListener("dragover", (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      mark(true);
    });
    area.addEventListener("dragleave", (event) => {
      if (!area.contains(event.relatedTarget)) mark(false);
    });
    area.addEventListener("drop", (event) => {
      mark(false);
      const files = event.dataTransfer?.files;
      if (!files?.length) return;
      event.preventDefault();
      const one = new DataTransfer();
      one.items.add(files[0]);
      input.files = one.files;
      place.closest("details")?.setAttribute("open", "");
      input.focus();
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }
}

customElements.define("spec-source", SpecSource);
