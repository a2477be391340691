// <job-desk>: the form and the YAML of a job are one plan. Whichever side is written on, the server brings it over to the
// other and says what would run.

const WAIT_MS = 350;

class JobDesk extends HTMLElement {
  connectedCallback() {
    this.form = this.closest("form");
    this.edited = /** @type {HTMLInputElement} */ (this.form.elements.namedItem("edited"));
    this.plan = /** @type {HTMLTextAreaElement} */ (this.form.elements.namedItem("plan"));
    this.outlook = this.querySelector("[data-outlook-of-job]");
    this.classList.add("is-double");
    this.addEventListener("input", (event) => this.changed(/** @type {HTMLElement} */ (event.target)));
    this.addEventListener("click", (event) => this.reveal(event));
  }

  disconnectedCallback() {
    clearTimeout(this.waiting);
    this.asked?.abort();
  }

  /** @param {HTMLElement} field */
  changed(field) {
    if (this.isFilling) return;
    this.edited.value = field === this.plan ? "text" : "form";
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.ask(), WAIT_MS);
  }

  async ask() {
    this.asked?.abort();
    const asked = (this.asked = new AbortController());
    this.outlook.setAttribute("aria-busy", "true");
    try {
      const body = new URLSearchParams(/** @type {any} */ (new FormData(this.form)));
      const response = await fetch(this.dataset.preview, { method: "POST", body, signal: asked.signal, headers: { Accept: "application/json" } });
      if (!response.ok) return;
      const answer = await response.json();
      if (this.asked === asked) this.take(answer);
    } catch {
      // Asked anew meanwhile, or the server is away: what is typed stays as it is.
    } finally {
      if (this.asked === asked) this.outlook.removeAttribute("aria-busy");
    }
  }

  /** @param {{text: string, fields: Record<string, string>, errors: Record<string, string>, html: string}} answer */
  take(answer) {
    this.isFilling = true;
    if (this.edited.value === "form") this.setPlan(answer.text);
    else for (const [name, text] of Object.entries(answer.fields)) this.setField(name, text);
    this.isFilling = false;
    const unfolded = [...this.outlook.querySelectorAll("details")].map((each) => each.open);
    const fresh = new DOMParser().parseFromString(answer.html, "text/html");
    this.outlook.replaceChildren(...fresh.body.childNodes);
    this.outlook.querySelectorAll("details").forEach((each, place) => (each.open = unfolded[place] ?? false));
    const fault = this.outlook.querySelector(".fault-title strong")?.textContent ?? "";
    const note = /** @type {HTMLElement} */ (this.form.querySelector("[data-fault-note]"));
    note.hidden = !fault;
    note.textContent = fault;
    this.showErrors(answer.errors);
    // What was typed and brought over is kept together.
    this.form.dispatchEvent(new Event("input"));
  }

  /** @param {string} text */
  setPlan(text) {
    if (this.plan.value === text) return;
    this.plan.value = text;
    /** @type {any} */ (this.plan.closest("code-editor")).view?.dispatch({ changes: this.change(text) });
  }

  /** Only what differs is replaced, so that the editor stays where it is. @param {string} text */
  change(text) {
    const old = /** @type {any} */ (this.plan.closest("code-editor")).view.state.doc.toString();
    let from = 0;
    while (from < old.length && from < text.length && old[from] === text[from]) from += 1;
    let tail = 0;
    while (tail < Math.min(old.length, text.length) - from && old[old.length - 1 - tail] === text[text.length - 1 - tail]) tail += 1;
    return { from, to: old.length - tail, insert: text.slice(from, text.length - tail) };
  }

  /** @param {string} name @param {string} text */
  setField(name, text) {
    const field = this.form.elements.namedItem(name);
    if (field instanceof RadioNodeList) field.value = text;
    else if (field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement) field.value = text;
  }

  /** @param {Record<string, string>} errors */
  showErrors(errors) {
    for (const field of this.querySelectorAll('[name^="f."]')) {
      const id = field.id;
      if (!id) continue;
      const message = errors[field.getAttribute("name")];
      let place = document.getElementById(`${id}-error`);
      if (!message) {
        place?.remove();
        field.removeAttribute("aria-invalid");
        const help = document.getElementById(`${id}-help`);
        if (help) field.setAttribute("aria-describedby", help.id);
        else field.removeAttribute("aria-describedby");
        continue;
      }
      place ??= Object.assign(document.createElement("p"), { id: `${id}-error`, className: "error" });
      if (!place.isConnected) field.closest(".field").append(place);
      if (place.textContent !== message) place.textContent = message;
      field.setAttribute("aria-invalid", "true");
      field.setAttribute("aria-describedby", place.id);
    }
  }

  /** A link to a fault leads to its field. @param {MouseEvent} event */
  reveal(event) {
    const link = /** @type {HTMLElement} */ (event.target).closest('a[href^="#f-"]');
    const field = link && document.getElementById(link.getAttribute("href").slice(1));
    if (!field) return;
    event.preventDefault();
    field.focus();
  }
}

customElements.define("job-desk", JobDesk);
