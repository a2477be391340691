// <search-box>: what is found appears below the field as one types; the arrow keys choose.

import { showLocalTimes } from "./local-time.js";

const PAUSE_MS = 120;

class SearchBox extends HTMLElement {
  connectedCallback() {
    this.field = /** @type {HTMLInputElement} */ (this.querySelector("input"));
    this.panel = /** @type {HTMLElement} */ (this.querySelector("[role=listbox]"));
    this.field.addEventListener("input", () => this.ask());
    this.field.addEventListener("focus", () => this.field.select());
    this.field.addEventListener("keydown", (event) => this.onKey(event));
    this.field.form?.addEventListener("submit", (event) => this.onSubmit(event));
    this.addEventListener("focusout", (event) => {
      if (!this.contains(/** @type {Node | null} */ (event.relatedTarget))) this.close();
    });
    // A press on an option must not take the focus away before it is a click.
    this.panel.addEventListener("mousedown", (event) => event.preventDefault());
    this.shownFor = "";
    // Typed before this module was there.
    if (document.activeElement === this.field && this.field.value !== this.field.defaultValue) this.ask();
  }

  get text() {
    return this.field.value.trim();
  }

  get options() {
    return /** @type {HTMLAnchorElement[]} */ ([...this.panel.querySelectorAll("[role=option]")]);
  }

  get chosen() {
    return this.options.find((option) => option.getAttribute("aria-selected") === "true");
  }

  ask() {
    clearTimeout(this.timer);
    this.request?.abort();
    if (!this.text) this.close();
    else this.timer = setTimeout(() => this.load(this.text), PAUSE_MS);
  }

  /** @param {string} text */
  async load(text) {
    this.request = new AbortController();
    const address = new URL(`${document.body.dataset.root}/search/part`, location.href);
    address.searchParams.set("q", text);
    let answer;
    try {
      const response = await fetch(address, { signal: this.request.signal });
      if (!response.ok) return this.close();
      answer = new DOMParser().parseFromString(await response.text(), "text/html");
    } catch {
      return; // a newer question took its place, or the server is away
    }
    if (text !== this.text || document.activeElement !== this.field) return;
    this.panel.replaceChildren(...answer.body.childNodes);
    showLocalTimes(this.panel);
    this.shownFor = text;
    this.panel.hidden = false;
    this.field.setAttribute("aria-expanded", "true");
    this.choose(this.options[0]);
  }

  /** @param {HTMLElement | undefined} option */
  choose(option) {
    this.chosen?.setAttribute("aria-selected", "false");
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    if (option) this.field.setAttribute("aria-activedescendant", option.id);
    else this.field.removeAttribute("aria-activedescendant");
  }

  close() {
    clearTimeout(this.timer);
    this.request?.abort();
    this.panel.hidden = true;
    this.shownFor = "";
    this.field.setAttribute("aria-expanded", "false");
    this.field.removeAttribute("aria-activedescendant");
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    if (event.isComposing) return;
    const { options } = this;
    const at = options.findIndex((option) => option === this.chosen);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape") {
      event.preventDefault();
      if (this.panel.hidden) this.field.blur();
      else this.close();
    } else if (step && !this.panel.hidden && options.length) {
      event.preventDefault();
      this.choose(options[(at + step + options.length) % options.length]);
    } else if (step && this.text) {
      event.preventDefault();
      this.load(this.text);
    }
  }

  /** @param {SubmitEvent} event */
  onSubmit(event) {
    if (!this.text) event.preventDefault();
    // What is shown for another text than the one that stands there now is nobody's choice.
    else if (!this.panel.hidden && this.shownFor === this.text && this.chosen) {
      event.preventDefault();
      location.assign(this.chosen.href);
    }
  }
}

customElements.define("search-box", SearchBox);
