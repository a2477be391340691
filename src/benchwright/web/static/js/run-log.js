// <run-log>: a run's log. Its end, what is written while one looks, and any line one asks for.

import { LogSearch } from "./log-search.js";
import { LogTimes } from "./log-times.js";
import { LogWindow } from "./log-window.js";
import { refreshParts } from "./parts.js";

const NEAR_EDGE_PX = 400;
const AT_END_PX = 24;
const TYPING_MS = 200;
const LOOK_AGAIN_MS = 3000;
const FOLLOW_FILE_MS = 2000;
const FIND_LOGS_MS = 4000;

class RunLog extends HTMLElement {
  connectedCallback() {
    if (!this.window) this.setUp();
    this.stop = new AbortController();
    const { signal } = this.stop;
    this.page = this.closest("run-page");
    if (this.file) this.following = setInterval(() => this.followFile(), FOLLOW_FILE_MS);
    else this.page?.addEventListener("run:log", (event) => this.enqueue(() => this.take(/** @type {any} */ (event).detail)), { signal });
    if (document.querySelector("#run-logs")) this.finding = setInterval(() => this.findLogs(), FIND_LOGS_MS);
    window.addEventListener("hashchange", () => this.toHash(), { signal });
  }

  /** Once: the element may be moved into another part of the page, with all that it shows. */
  setUp() {
    this.address = this.dataset.api ?? "";
    this.view = /** @type {HTMLElement} */ (this.querySelector(".log"));
    this.file = this.dataset.file ?? "";
    this.window = new LogWindow(this.address, this.view, this.file);
    this.search = new LogSearch(this.address, this.file);
    this.errors = new LogSearch(this.address, this.file);
    this.times = new LogTimes(this.address, this.view, this.file, this.field("times"));
    this.work = Promise.resolve();
    this.view.addEventListener("scroll", () => this.onScroll(), { passive: true });
    this.on("follow", "change", () => this.onFollow());
    this.on("wrap", "change", () => this.showWrap());
    this.on("match_case", "change", () => this.find());
    this.on("q", "input", () => {
      clearTimeout(this.typing);
      this.typing = setTimeout(() => this.find(), TYPING_MS);
    });
    this.on("q", "keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      this.visit(event.shiftKey ? -1 : 1);
    });
    this.addEventListener("click", (event) => this.onClick(event));
    this.recallWrap();
    this.querySelector("[data-log-tools]")?.removeAttribute("hidden");
    this.enqueue(() => this.begin());
  }

  disconnectedCallback() {
    this.stop?.abort();
    clearTimeout(this.typing);
    clearTimeout(this.lookingAgain);
    clearInterval(this.following);
    clearInterval(this.finding);
    this.times?.stop();
    /** @type {any} */ (CSS).highlights?.delete("log-match");
  }

  /** @param {string} name @returns {HTMLInputElement | null} */
  field(name) {
    return this.querySelector(`input[name=${name}]`);
  }

  /** @param {string} name @param {string} type @param {(event: any) => void} handler */
  on(name, type, handler) {
    this.field(name)?.addEventListener(type, handler);
  }

  /** One after the other, so that no piece overtakes another. @param {() => unknown} job */
  enqueue(job) {
    this.work = this.work.then(job).catch(() => this.say("The log cannot be read at the moment."));
    return this.work;
  }

  async begin() {
    if (lineInAddress()) await this.goTo(/** @type {number} */ (lineInAddress()));
    else await this.toEnd();
    this.times.look();
    await this.countErrors();
  }

  /** A log of the workload's own is asked for: the stream brings only what was printed. */
  followFile() {
    if (document.hidden || this.page?.dataset.live !== "true" || !this.window.isAtEnd) return;
    this.enqueue(async () => {
      if (await this.window.loadMore()) this.afterGrowth();
    });
  }

  /** Whether the workload has begun another log: which there are, the server says. */
  async findLogs() {
    const list = /** @type {HTMLElement | null} */ (document.querySelector("#run-logs"));
    if (!list || document.hidden || this.page?.dataset.live !== "true") return;
    const response = await fetch(`${this.address}/logs`).catch(() => null);
    if (response?.ok && (await response.json()).length !== Number(list.dataset.count)) await refreshParts(["run-logs"]);
  }

  async toEnd() {
    await this.window.loadEnd();
    const soFar = this.page?.dataset.live === "true" ? " so far" : "";
    this.say(this.window.parts.length ? "" : `Nothing was written${soFar}.`);
    this.scrollToEnd();
    this.search.mark(this.view);
  }

  /** @param {any} piece */
  async take(piece) {
    await this.window.take(piece);
    this.afterGrowth();
  }

  afterGrowth() {
    if (this.window.parts.length) this.say("");
    this.times.look();
    if (this.field("follow")?.checked) {
      this.window.cutTop();
      this.scrollToEnd();
    }
    // What was looked for may have been written again.
    this.lookingAgain ??= setTimeout(() => {
      this.lookingAgain = undefined;
      this.enqueue(() => this.countErrors());
      if (this.search.text) this.enqueue(() => this.runSearch());
    }, LOOK_AGAIN_MS);
  }

  // -- moving -------------------------------------------------------------------------------

  onScroll() {
    const { view } = this;
    const rest = view.scrollHeight - view.scrollTop - view.clientHeight;
    const follow = this.field("follow");
    if (follow && this.window.isAtEnd && !this.isJumping) {
      if (rest > AT_END_PX && view.scrollTop < (this.scrolledTo ?? 0)) follow.checked = false;
      else if (rest <= 2 && this.page?.dataset.live === "true" && this.window.isAtEnd) follow.checked = true;
    }
    this.scrolledTo = view.scrollTop;
    if (this.isLoading) return;
    const load = view.scrollTop < NEAR_EDGE_PX && this.window.start > 0 ? "loadAbove" : rest < NEAR_EDGE_PX && !this.window.isAtEnd ? "loadBelow" : null;
    if (!load) return;
    this.isLoading = true;
    this.enqueue(async () => {
      await this.window[load]();
      if (load === "loadBelow") this.window.cutTop();
      this.search.mark(this.view);
      this.times.look();
    }).then(() => {
      this.isLoading = false;
      // It may have been scrolled on meanwhile.
      this.onScroll();
    });
  }

  onFollow() {
    if (!this.field("follow")?.checked) return;
    if (this.window.isAtEnd) this.scrollToEnd();
    else this.enqueue(() => this.toEnd());
  }

  scrollToEnd() {
    this.view.scrollTop = this.view.scrollHeight;
    this.scrolledTo = this.view.scrollTop;
  }

  toHash() {
    const number = lineInAddress();
    if (number) this.enqueue(() => this.goTo(number));
  }

  /** Shows a line, in the middle of the view. @param {number} number */
  async goTo(number) {
    this.isJumping = true;
    const follow = this.field("follow");
    if (follow) follow.checked = false;
    await this.window.loadLine(number);
    this.times.look();
    const place = this.view.getBoundingClientRect();
    if (place.top < 0 || place.bottom > innerHeight) this.view.scrollIntoView({ block: "center" });
    const line = this.window.line(number);
    this.view.querySelector(".is-here")?.classList.remove("is-here");
    if (line) {
      line.classList.add("is-here");
      const box = this.view.getBoundingClientRect();
      this.view.scrollTop += line.getBoundingClientRect().top - box.top - this.view.clientHeight / 2;
      this.scrolledTo = this.view.scrollTop;
    } else {
      this.say(`There is no line ${number}.`);
    }
    this.search.mark(this.view);
    requestAnimationFrame(() => (this.isJumping = false));
  }

  // -- finding ------------------------------------------------------------------------------

  find() {
    this.search.text = this.field("q")?.value ?? "";
    this.search.matchCase = Boolean(this.field("match_case")?.checked);
    this.search.place = -1;
    return this.enqueue(() => this.runSearch());
  }

  async runSearch() {
    if (this.search.text) await this.search.find();
    else this.search.lines = [];
    this.search.mark(this.view);
    this.showCount();
  }

  /** @param {1 | -1} way */
  async visit(way) {
    clearTimeout(this.typing);
    if (this.search.text !== this.field("q")?.value) await this.find();
    else await this.work;
    const number = this.search.step(way);
    this.showCount();
    if (number) await this.enqueue(() => this.goTo(number));
  }

  showCount() {
    const { text, place, count } = this.search;
    const words = !text ? "" : !count ? "no match" : place < 0 ? `${count.toLocaleString("en-US")} lines` : `${place + 1} of ${count.toLocaleString("en-US")}`;
    set(this.querySelector("[data-log-count]"), words);
    for (const button of this.querySelectorAll("[data-log-step]")) {
      /** @type {HTMLButtonElement} */ (button).disabled = !text || !count;
    }
  }

  async countErrors() {
    await this.errors.find();
    const { count } = this.errors;
    const button = /** @type {HTMLButtonElement | null} */ (this.querySelector("[data-log-error]"));
    if (!button) return;
    button.disabled = !count;
    set(button.querySelector("span"), count ? `Next of ${count.toLocaleString("en-US")} ${count === 1 ? "error" : "errors"}` : "No errors");
  }

  /** @param {MouseEvent} event */
  onClick(event) {
    const target = /** @type {Element} */ (event.target);
    const step = /** @type {HTMLElement | null} */ (target.closest("[data-log-step]"));
    if (step) void this.visit(step.dataset.logStep === "back" ? -1 : 1);
    if (target.closest("[data-log-error]")) {
      const number = this.errors.step(1);
      if (number) this.enqueue(() => this.goTo(number));
    }
    const link = /** @type {HTMLElement | null} */ (target.closest("a[data-line]"));
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    // Without `hashchange`: the line stands there, nothing has to move.
    history.replaceState(history.state, "", `#L${link.dataset.line}`);
    this.view.querySelector(".is-here")?.classList.remove("is-here");
    link.closest(".log-line")?.classList.add("is-here");
  }

  // -- the look -----------------------------------------------------------------------------

  recallWrap() {
    const wrap = this.field("wrap");
    try {
      if (wrap && localStorage.getItem("log-wrap")) wrap.checked = localStorage.getItem("log-wrap") === "yes";
    } catch {
      // Storage is switched off.
    }
    this.showWrap();
  }

  showWrap() {
    const wrap = this.field("wrap");
    this.view.classList.toggle("is-unwrapped", !wrap?.checked);
    try {
      localStorage.setItem("log-wrap", wrap?.checked ? "yes" : "no");
    } catch {
      // It holds for this page only.
    }
  }

  /** @param {string} text */
  say(text) {
    set(this.querySelector("[data-log-note]"), text);
  }
}

function lineInAddress() {
  const match = /^#L(\d{1,12})$/.exec(location.hash);
  return match ? Number(match[1]) : null;
}

/** @param {Element | null | undefined} element @param {string} text */
function set(element, text) {
  if (element && element.textContent !== text) element.textContent = text;
}

customElements.define("run-log", RunLog);
