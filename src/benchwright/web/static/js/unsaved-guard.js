// <unsaved-guard>: around a form; who leaves the page before what was changed is saved is asked first.

class UnsavedGuard extends HTMLElement {
  connectedCallback() {
    const form = this.querySelector("form");
    if (!form || this.leaving) return;
    const before = texts(form);
    let isSent = false;
    form.addEventListener("submit", () => (isSent = true));
    this.leaving = (/** @type {Event} */ event) => {
      if (!isSent && ("unsaved" in this.dataset || texts(form) !== before)) event.preventDefault();
    };
    addEventListener("beforeunload", this.leaving);
    addEventListener("pageshow", () => (isSent = false));
  }

  disconnectedCallback() {
    removeEventListener("beforeunload", this.leaving);
    this.leaving = undefined;
  }
}

/** @param {HTMLFormElement} form */
const texts = (form) => new URLSearchParams([...new FormData(form)].map(([name, value]) => [name, String(value)])).toString();

customElements.define("unsaved-guard", UnsavedGuard);
