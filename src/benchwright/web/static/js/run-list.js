// <run-list>: ticking runs, and the rows of those under way kept up to date.
//
// Without it the form below the table does the same with what is ticked.

import { showLocalTimes } from "./local-time.js";
import { areOn } from "./shortcuts.js";
import { refreshParts } from "./parts.js";

const REFRESH_MS = 3000;
const MAX_ROWS = 100;
/** More than two are laid over each other. */
const MOST_COMPARED = 8;

class RunList extends HTMLElement {
  connectedCallback() {
    this.form = /** @type {HTMLFormElement | null} */ (this.querySelector("form.bulk"));
    this.last = /** @type {HTMLInputElement | null} */ (null);
    this.stopped = new AbortController();
    const { signal } = this.stopped;
    if (this.form) {
      this.everything = /** @type {HTMLInputElement} */ (this.form.elements.namedItem("all"));
      this.page = /** @type {HTMLInputElement} */ (this.querySelector("[data-all]"));
      this.page.hidden = false;
      /** @type {HTMLElement} */ (this.form.querySelector("[data-none]")).hidden = false;
      this.form.querySelector("[data-none]")?.addEventListener("click", () => this.tickAll(false));
      this.addEventListener("click", (event) => this.extend(event));
      this.addEventListener("change", (event) => this.changed(event));
      document.addEventListener("keydown", (event) => this.press(event), { signal });
      // A page that comes back from the browser's history keeps its ticks.
      window.addEventListener("pageshow", () => this.show(), { signal });
      this.show();
    }
    this.timer = setInterval(() => this.refresh(), REFRESH_MS);
  }

  disconnectedCallback() {
    clearInterval(this.timer);
    this.stopped?.abort();
  }

  /** @returns {HTMLInputElement[]} */
  get boxes() {
    return [...this.querySelectorAll("input[name=run]")].map((box) => /** @type {HTMLInputElement} */ (box));
  }

  /** With Shift all between this box and the last one. @param {Event} event */
  extend(event) {
    const box = event.target;
    if (!(box instanceof HTMLInputElement) || box.name !== "run") return;
    if (event instanceof MouseEvent && event.shiftKey && this.last?.isConnected) {
      const boxes = this.boxes;
      const ends = [boxes.indexOf(this.last), boxes.indexOf(box)].sort((a, b) => a - b);
      for (const between of boxes.slice(ends[0], ends[1] + 1)) between.checked = box.checked;
    }
    this.last = box;
    this.show();
  }

  /** @param {Event} event */
  changed(event) {
    if (event.target === this.page) this.tickAll(/** @type {HTMLInputElement} */ (this.page).checked);
    this.show();
  }

  /** @param {boolean} checked */
  tickAll(checked) {
    for (const box of this.boxes) box.checked = checked;
    if (!checked && this.everything) this.everything.checked = false;
    this.show();
  }

  /** `x` ticks the run whose row has the focus. @param {KeyboardEvent} event */
  press(event) {
    const at = document.activeElement;
    if (event.key !== "x" || event.ctrlKey || event.metaKey || event.altKey || !areOn()) return;
    const row = at?.closest("tr[data-run]");
    if (!row || !this.contains(row) || at?.matches("input:not([type=checkbox]), textarea, select")) return;
    const box = /** @type {HTMLInputElement | null} */ (row.querySelector("input[name=run]"));
    if (box) box.checked = !box.checked;
    this.show();
  }

  show() {
    if (!this.form || !this.page || !this.everything) return;
    const boxes = this.boxes;
    const ticked = boxes.filter((box) => box.checked).length;
    for (const box of boxes) box.closest("tr")?.classList.toggle("is-ticked", box.checked);
    this.page.checked = ticked > 0 && ticked === boxes.length;
    this.page.indeterminate = ticked > 0 && ticked < boxes.length;
    const all = this.everything.checked;
    const label = /** @type {HTMLElement} */ (this.everything.closest("label"));
    // Only where there is more than what this page shows.
    label.hidden = !all && (ticked < boxes.length || Number(this.dataset.total) <= boxes.length);
    this.form.classList.toggle("is-open", ticked > 0 || all);
    this.classList.toggle("has-ticked", ticked > 0 || all);
    const count = /** @type {HTMLElement} */ (this.form.querySelector("[data-count]"));
    const text = all ? `All ${Number(this.dataset.total).toLocaleString("en-US")} selected` : `${ticked} selected`;
    if (count.textContent !== text) count.textContent = text;
    const two = /** @type {HTMLButtonElement} */ (this.form.querySelector("[data-two]"));
    two.disabled = ticked < 2 || ticked > MOST_COMPARED || all;
    two.title = two.disabled ? `Select two to ${MOST_COMPARED} runs to compare them` : "";
  }

  async refresh() {
    const live = [...this.querySelectorAll("tr[data-live]")].slice(0, MAX_ROWS);
    if (document.hidden || !live.length || this.busy) return;
    const address = new URL(this.dataset.rows ?? "", location.href);
    for (const row of live) address.searchParams.append("run", row.getAttribute("data-run") ?? "");
    this.busy = true;
    try {
      const response = await fetch(address, { headers: { Accept: "text/html" } });
      if (response.ok) this.take(new DOMParser().parseFromString(await response.text(), "text/html"));
    } catch {
      // The server may be starting again: the next time will tell.
    } finally {
      this.busy = false;
    }
  }

  /** Puts in only what changed: the rest keeps its focus, its ticks and its place. @param {Document} fresh */
  take(fresh) {
    let ended = false;
    for (const next of fresh.querySelectorAll("tr[data-run]")) {
      const row = this.querySelector(`tr[data-run="${next.getAttribute("data-run")}"]`);
      if (!row) continue;
      row.toggleAttribute("data-live", next.hasAttribute("data-live"));
      ended ||= !next.hasAttribute("data-live");
      for (const cell of next.querySelectorAll("[data-cell]")) {
        const old = row.querySelector(`[data-cell="${cell.getAttribute("data-cell")}"]`);
        if (old) exchange(old, cell);
      }
    }
    // What is drawn of ended runs has one more now.
    if (ended && this.dataset.redraws) refreshParts([this.dataset.redraws]);
  }
}

/** @param {Element} old @param {Element} next */
function exchange(old, next) {
  const [bar, now] = [old.querySelector("progress"), next.querySelector("progress")];
  if (bar && now) {
    // The bar itself stays, so that it glides.
    if (now.hasAttribute("value")) bar.setAttribute("value", now.getAttribute("value") ?? "");
    return;
  }
  if (old.querySelector("time") && next.querySelector("time")?.dateTime === old.querySelector("time")?.dateTime) return;
  if (old.className !== next.className) old.className = next.className;
  if (old.innerHTML === next.innerHTML) return;
  old.replaceChildren(...next.childNodes);
  showLocalTimes(old);
}

customElements.define("run-list", RunList);

// What is too much for one request goes on by itself.
document.querySelector("form[data-goes-on]")?.requestSubmit();
