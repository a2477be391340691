// <running-now>: how many runs are under way, how far they are, and a menu of them.
//
// Also keeps other parts of the page up to date: elements with `data-run-progress` (a run's id)
// show its progress, and parts with `data-follows-runs` are drawn anew when a run begins or ends.

import { openDialog } from "./dialogs.js";
import { duration } from "./figures.js";
import { refreshParts } from "./parts.js";

const BUSY_MS = 2500;
const IDLE_MS = 20_000;
const AWAY_MS = 15_000;

/** @typedef {{public_id: string, project: string, name: string, state: string, is_stopping: boolean, progress: {percent: number | null, elapsed_s: number, remaining_s: number | null}}} RunningRun */
/** @typedef {{active: number, queued: number, percent: number | null, runs: RunningRun[]}} RunningNow */

class RunningNowElement extends HTMLElement {
  connectedCallback() {
    this.menu = /** @type {HTMLElement} */ (this.querySelector("details"));
    this.dialog = /** @type {HTMLDialogElement} */ (this.querySelector("dialog"));
    this.words = /** @type {HTMLElement} */ (this.querySelector("[data-words]"));
    this.list = /** @type {HTMLElement} */ (this.querySelector("[data-runs]"));
    this.more = /** @type {HTMLElement} */ (this.querySelector("[data-more]"));
    this.line = /** @type {HTMLTemplateElement} */ (this.querySelector("template"));
    /** @type {string | null} */
    this.known = null;
    document.addEventListener("visibilitychange", () => this.next(document.hidden ? null : 0));
    this.load();
  }

  disconnectedCallback() {
    this.next(null);
  }

  /** @param {number | null} wait_ms */
  next(wait_ms) {
    clearTimeout(this.timer);
    if (wait_ms !== null && !document.hidden) this.timer = setTimeout(() => this.load(), wait_ms);
  }

  async load() {
    /** @type {RunningNow} */
    let now;
    try {
      const response = await fetch(`${document.body.dataset.root}/running.json`);
      if (!response.ok) return this.next(AWAY_MS);
      now = await response.json();
    } catch {
      return this.next(AWAY_MS);
    }
    this.show(now);
    this.next(now.active + now.queued ? BUSY_MS : IDLE_MS);
  }

  /** @param {RunningNow} now */
  show(now) {
    const words = { active: "", queued: "", percent: "" };
    if (now.active) words.active = `${now.active} running`;
    if (now.queued) words.queued = `${now.queued} queued`;
    if (now.active && now.percent !== null) words.percent = `${Math.floor(now.percent)} %`;
    this.say(words);
    this.menu.hidden = !(now.active + now.queued);
    for (const [index, run] of now.runs.entries()) this.showRun(run, index);
    while (this.list.children.length > now.runs.length) this.list.lastElementChild?.remove();
    const others = now.active + now.queued - now.runs.length;
    this.more.hidden = others <= 0;
    write(this.more, `${others} more`);
    for (const run of now.runs) showProgress(document, run);
    this.follow(now.runs);
  }

  /** @param {Record<string, string>} words */
  say(words) {
    for (const [name, text] of Object.entries(words)) {
      let word = this.words.querySelector(`[data-${name}]`);
      if (!text) word?.remove();
      if (!text) continue;
      if (!word) {
        word = document.createElement("span");
        word.toggleAttribute(`data-${name}`, true);
        this.words.append(word);
      }
      write(word, text);
    }
  }

  /** @param {RunningRun} run @param {number} index */
  showRun(run, index) {
    let item = /** @type {HTMLElement | null} */ (this.list.querySelector(`[data-run="${run.public_id}"]`));
    if (!item) {
      item = /** @type {HTMLElement} */ (this.line.content.cloneNode(true)).firstElementChild;
      item.dataset.run = run.public_id;
      item.querySelector("progress").dataset.runProgress = run.public_id;
      item.querySelector("[data-left]").dataset.runLeft = run.public_id;
    }
    if (this.list.children[index] !== item) this.list.insertBefore(item, this.list.children[index] ?? null);
    const address = `${document.body.dataset.root}/p/${run.project}/runs/${run.public_id}`;
    const link = /** @type {HTMLAnchorElement} */ (item.querySelector("[data-name]"));
    write(link, run.name);
    link.title = run.name.slice(0, 1000);
    link.href = address;
    const stop = /** @type {HTMLButtonElement} */ (item.querySelector("[data-stop]"));
    stop.disabled = run.is_stopping;
    stop.onclick = () => this.askToStop(run.name, `${address}/stop`);
    write(/** @type {Element} */ (stop.querySelector("span")), run.is_stopping ? "Stopping…" : "Stop");
  }

  /** @param {string} name @param {string} address */
  askToStop(name, address) {
    /** @type {HTMLFormElement} */ (this.dialog.querySelector("form")).action = address;
    write(/** @type {Element} */ (this.dialog.querySelector("h2")), `Stop “${name}”?`);
    openDialog(this.dialog);
  }

  /** Parts of the page that show runs by their state are drawn anew when one changes. @param {RunningRun[]} runs */
  follow(runs) {
    const states = runs.map((run) => `${run.public_id} ${run.state} ${run.is_stopping}`).join();
    if (this.known !== null && states !== this.known) {
      refreshParts([...document.querySelectorAll("[data-follows-runs]")].map((part) => part.id));
    }
    this.known = states;
  }
}

/** @param {ParentNode} root @param {RunningRun} run */
function showProgress(root, run) {
  const { percent, remaining_s, elapsed_s } = run.progress;
  for (const bar of /** @type {NodeListOf<HTMLProgressElement>} */ (root.querySelectorAll(`[data-run-progress="${run.public_id}"]`))) {
    if (percent === null) bar.removeAttribute("value");
    else bar.value = percent;
  }
  let text = `${duration(Math.round(elapsed_s))} so far`;
  if (run.state === "queued") text = "queued";
  else if (run.state === "collecting") text = "collecting";
  else if (remaining_s === 0) text = "about to end";
  else if (remaining_s !== null) text = `${duration(Math.ceil(remaining_s))} left`;
  for (const place of root.querySelectorAll(`[data-run-left="${run.public_id}"]`)) write(place, text);
}

/** Writes only what is new, so that nothing flickers. @param {Element} element @param {string} text */
function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

customElements.define("running-now", RunningNowElement);
