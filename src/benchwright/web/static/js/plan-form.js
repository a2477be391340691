// <plan-form>: a plan's form or text. Nothing typed is lost: it is kept in this browser until the server has it.

import { Beside } from "./plan-outlook.js";
import { Scenarios } from "./plan-scenarios.js";
import { showBoxed, showChosen, showFields } from "./plan-fields.js";
import { forgetTexts, keepTexts, typedTexts } from "./typed-texts.js";
import "./secret-dialog.js";
import "./stage-editor.js";

const KEEP_MS = 300;
/** Forms that were restored since this page was loaded: once is enough. */
const restored = new Set();

class PlanForm extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.key = this.dataset.key;
    for (const part of this.querySelectorAll("[data-scripted]")) part.hidden = false;
    for (const part of this.querySelectorAll("[data-plain]")) part.hidden = true;
    showChosen(this);
    this.beside = new Beside(this, this.form);
    this.scenarios = new Scenarios(this, this.form, () => this.changed());
    this.form.addEventListener("input", () => this.changed());
    this.form.addEventListener("change", (event) => {
      if (event.target.matches("[data-choice]")) showFields(event.target);
      if (event.target.matches("[data-shows]")) showBoxed(event.target);
      this.changed();
    });
    this.form.addEventListener("submit", (event) => this.submit(event));
    this.addEventListener("click", (event) => this.follow(event));
    this.flush = () => this.keep();
    addEventListener("pagehide", this.flush);
    // Someone was quicker than this script: what is typed now is newer than what was kept.
    if ("touched" in this.form.dataset) this.changed();
    else if (!this.restore()) this.focusFault();
  }

  disconnectedCallback() {
    removeEventListener("pagehide", this.flush);
    clearTimeout(this.waiting);
  }

  changed() {
    this.isTyped = true;
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.keep(), KEEP_MS);
    this.beside.changed();
  }

  /** Keeps what is typed. Values of secrets are in another form. */
  keep() {
    if (!this.isTyped || "sent" in this.form.dataset) return;
    const fields = [...new FormData(this.form)].filter(([, value]) => typeof value === "string");
    const place = this.querySelector("[data-saved]");
    const isKept = keepTexts(this.key, /** @type {[string, string][]} */ (fields));
    if (place) place.textContent = isKept ? "" : "Too much to be kept in this browser: save it as a draft.";
  }

  forget() {
    this.isTyped = false;
    clearTimeout(this.waiting);
    forgetTexts(this.key);
  }

  /** Lets the server draw what was typed before, whatever it had become by then. */
  restore() {
    const typed = typedTexts(this.key);
    if (!typed || restored.has(this.key) || document.querySelector("[role=alert] .faults")) return false;
    restored.add(this.key);
    this.show(typed);
    return true;
  }

  /** @param {import("./typed-texts.js").Typed} typed */
  async show(typed) {
    const body = new URLSearchParams(typed.fields.filter(([name]) => name !== "then"));
    body.set("then", "show");
    const page = await this.send(body);
    if (!page?.main || "touched" in this.form.dataset) return;
    const fresh = this.replace(page.main);
    fresh.isTyped = true;
    const time = new Date(typed.at);
    const isToday = time.toDateString() === new Date().toDateString();
    const said = isToday ? time.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }) : time.toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
    fresh.note(`Restored what you typed at ${said}.`, "Discard", () => {
      fresh.forget();
      location.reload();
    });
  }

  /** @param {SubmitEvent} event */
  async submit(event) {
    const button = /** @type {HTMLButtonElement | null} */ (event.submitter);
    if (button?.hasAttribute("data-leaves")) return;
    event.preventDefault();
    if (button?.dataset.move && this.scenarios.move(button)) return;
    this.keep();
    button?.setAttribute("aria-busy", "true");
    const page = await this.send(new URLSearchParams(/** @type {any} */ (new FormData(this.form, button))));
    button?.removeAttribute("aria-busy");
    if (page?.address) {
      this.forget();
      location.assign(page.address);
    } else if (page?.main) {
      const isTyped = this.isTyped;
      restored.add(this.key);
      const fresh = this.replace(page.main);
      if (fresh) fresh.isTyped = isTyped;
    }
  }

  /** An address to go to, or a page to show here; null where the server has not answered, which is then said. */
  async send(/** @type {URLSearchParams} */ body) {
    const kept = "What you typed is kept here.";
    try {
      const response = await fetch(this.form.action, {
        method: "POST",
        body,
        headers: { Accept: "application/json, text/html;q=0.9" },
      });
      if (response.headers.get("content-type")?.includes("json")) {
        const answer = await response.json();
        if (answer.address) return { address: answer.address };
        this.note(response.status === 401 ? `You are signed out. ${kept} Sign in in another tab, then try again.` : `${answer.detail ?? answer.title} ${kept}`);
        return null;
      }
      const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
      const main = fresh.getElementById("main");
      if (main?.querySelector("plan-form")) return { main };
      this.note(response.redirected ? `You are signed out. ${kept} Sign in in another tab, then try again.` : `The server answered with ${response.status}. ${kept}`);
    } catch {
      this.note(`The server does not answer. ${kept} Try again.`);
    }
    return null;
  }

  /** @param {Element} main @returns {PlanForm} */
  replace(main) {
    const place = window.scrollY;
    document.getElementById("main").replaceWith(main);
    main.dispatchEvent(new Event("part:replaced", { bubbles: true }));
    const fresh = main.querySelector("plan-form");
    if (!fresh.focusFault()) {
      window.scrollTo({ top: place });
      const open = main.querySelector("[data-scenario] details[open] > summary");
      (main.querySelector("[role=alert]") ?? open ?? main).focus({ preventScroll: true });
    }
    return fresh;
  }

  /** The first faulty field, in whatever part it is. */
  focusFault() {
    const faulty = this.form.querySelector("[aria-invalid=true]");
    if (!faulty) return false;
    this.reveal(faulty);
    return true;
  }

  /** @param {Element} field */
  reveal(field) {
    for (let place = field.closest("details"); place; place = place.parentElement.closest("details")) place.open = true;
    /** @type {HTMLElement} */ (field.closest("stage-editor") ?? field).focus();
  }

  /** Links to faults lead into closed parts too. @param {MouseEvent} event */
  follow(event) {
    const link = event.target.closest('a[href^="#f-"]');
    const field = link && document.getElementById(link.getAttribute("href").slice(1));
    if (!field) return;
    event.preventDefault();
    this.reveal(field);
  }

  /** @param {string} text @param {string} [button] @param {() => void} [act] */
  note(text, button, act) {
    const place = this.querySelector("[data-note]");
    if (!place) return;
    const note = Object.assign(document.createElement("div"), { className: "notice", role: "status" });
    note.append(Object.assign(document.createElement("span"), { textContent: text }));
    if (button) {
      const offered = Object.assign(document.createElement("button"), { type: "button", className: "button small", textContent: button });
      offered.addEventListener("click", act);
      note.append(offered);
    }
    place.replaceChildren(note);
    if (!button) note.scrollIntoView({ block: "nearest" });
  }
}

customElements.define("plan-form", PlanForm);
