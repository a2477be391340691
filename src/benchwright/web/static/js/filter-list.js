// <filter-list>: hides entries that do not match what is typed, and counts those that are ticked;
// without it the form asks the server.

class FilterList extends HTMLElement {
  connectedCallback() {
    this.input = this.querySelector("input[type=search]");
    this.status = this.querySelector("[data-filter-count]");
    this.chosen = this.querySelector("[data-chosen]");
    this.button = this.querySelector(".bar button[type=submit]");
    this.entries = [...this.querySelectorAll("[data-text]")].map((element) => ({
      element,
      text: element.dataset.text.toLowerCase(),
    }));
    this.input.addEventListener("input", () => this.apply());
    this.input.addEventListener("change", () => this.remember());
    this.input.form.addEventListener("submit", (event) => {
      // What is not on this page only the server can find.
      if (this.hasAttribute("partial")) return;
      event.preventDefault();
      this.remember();
    });
    this.addEventListener("change", () => this.countChosen());
    if (this.input.value) this.apply();
    this.countChosen();
  }

  countChosen() {
    const chosen = this.querySelectorAll("input[type=checkbox]:checked").length;
    const what = chosen === 1 ? "endpoint" : "endpoints";
    this.chosen.textContent = chosen ? `${chosen.toLocaleString("en")} ${what} chosen` : "Choose the endpoints to test.";
    this.button.disabled = !chosen;
  }

  apply() {
    const words = this.input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const { element, text } of this.entries) {
      const matches = words.every((word) => text.includes(word));
      if (element.hidden === matches) element.hidden = !matches;
      if (matches) shown += 1;
    }
    this.status.textContent = words.length ? `${shown.toLocaleString("en")} of ${this.entries.length.toLocaleString("en")}` : "";
  }

  /** The filter belongs to the address, so that it survives a reload and can be shared. */
  remember() {
    const address = new URL(location.href);
    if (this.input.value) address.searchParams.set(this.input.name, this.input.value);
    else address.searchParams.delete(this.input.name);
    history.replaceState(history.state, "", address);
  }
}

customElements.define("filter-list", FilterList);
