// <endpoint-browser>: thousands of endpoints to filter, open and choose from. The server draws all
// rows; this hides those that do not match, and fetches details when a row is opened.

import { ChosenEndpoints } from "./chosen-endpoints.js";
import { EndpointList } from "./endpoint-list.js";

const QUIET_MS = 300;

class EndpointBrowser extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.input = this.querySelector("#f-q");
    for (const element of this.querySelectorAll("[data-plain]")) element.remove();
    this.tag = this.querySelector("[data-tag-now]")?.value ?? "";
    this.list = new EndpointList(this.querySelector("[data-list]"));
    this.chosen = new ChosenEndpoints(this, this.list);

    this.input.addEventListener("input", () => this.filter());
    this.form.addEventListener("submit", (event) => this.submit(event));
    this.form.addEventListener("change", (event) => this.change(event.target));
    // `toggle` does not bubble.
    this.addEventListener("toggle", (event) => this.open(event.target), true);
    this.addEventListener("keydown", (event) => this.move(event));
    this.querySelector("[data-clear]").addEventListener("click", () => {
      this.chosen.clear();
      this.show();
      this.input.focus();
    });
    this.querySelector("[data-reset]").addEventListener("click", (event) => {
      event.preventDefault();
      this.reset();
    });
    this.querySelector("[data-all-label]").hidden = false;
    this.filter();
    if ("partial" in this.dataset) this.readAll();
    else this.ready();
  }

  /** The rest of the rows; what was filtered by the server is replaced by everything. */
  async readAll() {
    const total = Number(this.dataset.total);
    this.isReading = true;
    let fresh = "filtered" in this.dataset;
    let offset = fresh ? 0 : this.list.rows.length;
    try {
      while (offset < total) {
        const response = await fetch(`${this.dataset.rows}?offset=${offset}&limit=500`);
        if (!response.ok) throw new Error(response.statusText);
        const added = this.list.append(await response.text(), fresh);
        if (!added) break;
        fresh = false;
        this.markTaken();
        offset += added;
        this.filter();
        // Keys and clicks come first.
        await new Promise((done) => setTimeout(done));
      }
    } catch {
      this.isIncomplete = true;
    }
    this.isReading = false;
    this.ready();
  }

  /** What the load test has already; rows that come later do not say so themselves. */
  markTaken() {
    for (const id of this.dataset.taken?.split(" ") ?? []) {
      const summary = this.list.byId.get(id)?.element.querySelector(".summary");
      if (!summary || summary.querySelector("[data-taken]")) continue;
      const badge = Object.assign(document.createElement("span"), { className: "badge", textContent: "in it" });
      badge.dataset.taken = "";
      summary.append(" ", badge);
    }
  }

  ready() {
    this.chosen.forgetUnknown(!this.isIncomplete);
    this.show();
    this.dataset.ready = "";
  }

  methods() {
    return [...this.querySelectorAll(".chips input:checked")].map((box) => box.value);
  }

  filter() {
    this.list.filter(this.input.value, this.methods(), this.tag);
    this.show();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.remember(), QUIET_MS);
  }

  show() {
    this.chosen.show();
    const { shown, rows } = this.list;
    const total = Math.max(Number(this.dataset.total), rows.length);
    const text = (number) => number.toLocaleString("en");
    const what = total === 1 ? "endpoint" : "endpoints";
    let line = shown === rows.length ? `${text(total)} ${what}` : `${text(shown)} of ${text(total)}`;
    if (this.isReading) line += ", reading the rest…";
    if (this.isIncomplete) line += ", not all could be read: reload the page";
    const place = this.querySelector("[data-shown]");
    if (place.textContent !== line) place.textContent = line;
    this.querySelector("[data-none]").hidden = shown > 0 || Boolean(this.isReading);
  }

  /** The filter belongs to the address, so that it survives a reload and can be shared. */
  remember() {
    const address = new URL(location.href);
    for (const name of ["q", "method", "tag", "start", "endpoint", "suggested"]) {
      address.searchParams.delete(name);
    }
    const words = this.input.value.trim();
    if (words) address.searchParams.set("q", words);
    for (const name of this.methods()) address.searchParams.append("method", name);
    if (this.tag) address.searchParams.set("tag", this.tag);
    if (address.href !== location.href) history.replaceState(history.state, "", address);
  }

  reset() {
    this.input.value = "";
    for (const box of this.querySelectorAll(".chips input:checked")) box.checked = false;
    this.chooseTag("");
    this.input.focus();
  }

  chooseTag(name) {
    this.tag = name;
    for (const button of this.querySelectorAll(".tag-nav .tag")) {
      if (button.value === name) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    }
    this.filter();
  }

  submit(event) {
    if (event.submitter?.hasAttribute("data-set-up")) {
      this.chosen.submit(event, this.form);
      return;
    }
    event.preventDefault();
    if (event.submitter?.name === "tag") this.chooseTag(event.submitter.value);
  }

  change(box) {
    if (box.name === "method") this.filter();
    else if (this.chosen.change(box)) this.show();
  }

  /** Up and down go from row to row, and from the filter into the list. */
  move(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || event.altKey || event.ctrlKey || event.metaKey) return;
    const row = event.target.closest("summary")?.closest(".endpoint");
    if (!row && event.target !== this.input) return;
    if (event.target === this.input && step < 0) return;
    const next = this.list.next(row, step);
    if (!next && !row) return;
    event.preventDefault();
    (next ? next.querySelector("summary") : step < 0 ? this.input : null)?.focus();
  }

  async open(details) {
    const row = details.parentElement;
    if (!details.open || !row.classList.contains("endpoint") || "read" in row.dataset) return;
    row.dataset.read = "";
    const place = details.querySelector(".detail");
    place.setAttribute("aria-busy", "true");
    try {
      const id = row.querySelector("input").value;
      const response = await fetch(`${this.dataset.endpoints}${id}?part=true`);
      if (!response.ok) throw new Error(response.statusText);
      const link = place.firstElementChild;
      link.textContent = "Page of this endpoint";
      place.insertAdjacentHTML("afterbegin", await response.text());
      place.dispatchEvent(new Event("part:replaced", { bubbles: true }));
    } catch {
      delete row.dataset.read; // opening it once more tries again
    }
    place.removeAttribute("aria-busy");
  }
}

customElements.define("endpoint-browser", EndpointBrowser);
