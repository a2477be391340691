// <run-page>: holds a run's figures, follows its stream, and hands out what is new.

import { showChoice, showRange, watchChoices } from "./chart-bar.js";
import { SHOWN_SCENARIOS } from "./chart-kinds.js";
import { clip } from "./chart-paint.js";
import { DrawQueue } from "./draw-queue.js";
import { holdLog } from "./log-hold.js";
import { refreshParts } from "./parts.js";
import { showLiveFigures, showProgress, showTotals } from "./run-figures.js";
import { showReported } from "./reported-charts.js";
import { RunStream } from "./run-stream.js";
import { SeriesStore } from "./series-store.js";
import { TimeView } from "./time-view.js";

const AXIS_LENGTHS_MS = [1, 2, 5, 10, 20, 30, 60, 120, 240, 480, 1440].map((minutes) => minutes * 60_000);
/** A chart is a few hundred pixels wide: more points are thinned by the server. */
const MOST_POINTS = 1200;
const WANTED_POINTS = 600;
/** What comes within it is drawn at once: a frame costs more than a chart. */
const GATHER_MS = 250;
const REFINE_AFTER_MS = 200;

class RunPage extends HTMLElement {
  connectedCallback() {
    this.address = this.dataset.api;
    this.isLive = this.dataset.live === "true";
    this.scenarios = JSON.parse(this.dataset.scenarios ?? "[]").map((/** @type {any} */ one, /** @type {number} */ index) => ({ ...one, index }));
    this.targets = JSON.parse(this.dataset.targets ?? "[]");
    this.events = JSON.parse(this.dataset.marks ?? "[]");
    this.startedMs = Date.parse(this.dataset.started ?? "") || null;
    this.plannedMs = Number(this.dataset.plannedS || 0) * 1000;
    this.state = this.dataset.state;
    this.hasLoaded = false;
    this.store = new SeriesStore();
    /** Finer figures of the range that is shown, where there are. @type {SeriesStore | null} */
    this.detail = null;
    this.view = new TimeView();
    this.drawing = new DrawQueue();
    this.stop = new AbortController();
    const { signal } = this.stop;
    this.view.addEventListener("range", () => this.onRange());
    this.view.addEventListener("selection", () => showChoice(this));
    window.addEventListener("popstate", () => this.onAddress(), { signal });
    // Other links of the page know nothing of what the charts show.
    document.addEventListener("htmx:pushedIntoHistory", () => this.view.write(), { signal });
    for (const name of ["part:replaced", "htmx:afterSwap"]) document.addEventListener(name, () => showChoice(this), { signal });
    watchChoices(this, this.view, signal);
    this.begin();
  }

  disconnectedCallback() {
    this.stop?.abort();
    clearTimeout(this.gathering);
    this.stream?.close();
  }

  async begin() {
    showChoice(this);
    showRange(this);
    await this.loadSeries();
    if (this.view.zoomed) void this.refine();
    if (!this.isLive || !this.isConnected) return;
    const after = `${this.dataset.eventSeq}.${this.store.cursorMs}.${this.dataset.logSize}`;
    this.stream = new RunStream(`${this.address}/events`, after, {
      state: (data) => this.onState(data),
      event: (data) => this.onEvent(data),
      progress: (data) => showProgress(this, data),
      metrics: (data) => this.onMetrics(data),
      log: (data) => this.dispatchEvent(new CustomEvent("run:log", { detail: data })),
      end: () => this.onEnd(),
      connection: (connected) => this.showConnection(connected),
    });
  }

  async loadSeries() {
    const points = this.isLive ? MOST_POINTS - 1 : WANTED_POINTS;
    // The browser has asked for the first ones already, by the address that the page names.
    const address = (!this.hasLoaded && this.dataset.series) || `${this.address}/series?points=${points}`;
    try {
      const response = await fetch(address);
      if (response.ok) this.store.load(await response.json());
    } catch {
      // The stream brings what can be had; the charts say that there is nothing.
    }
    this.hasLoaded = true;
    this.showNew();
  }

  /** What came is shown with the next frame: none comes while the page is out of sight. */
  showNew() {
    this.startMs = this.store.times.length
      ? Math.min(this.store.times[0], this.startedMs ?? this.store.times[0])
      : (this.startedMs ?? Date.now());
    this.queue(this.figures);
    showReported(this);
    this.dispatchEvent(new Event("run:figures"));
  }

  figures = {
    draw: () => {
      if (!this.store.times.length) return;
      if (this.isLive) showLiveFigures(this);
      else if (this.querySelector("#run-figures")?.dataset.exact === "false") showTotals(this);
    },
  };

  /** @param {{draw: () => void}} part */
  queue(part) {
    this.drawing.add(part);
  }

  // -- what charts ask ----------------------------------------------------------------------

  /** The stretch that all charts show, in ms since the start. */
  range() {
    return this.view.zoomed ?? this.wholeRange();
  }

  /**
   * It grows in steps up to the planned length, so that it holds still most of the time and what
   * there is takes most of the room.
   */
  wholeRange() {
    const { times } = this.store;
    const last = times.length ? times[times.length - 1] - this.startMs : 0;
    if (!this.isLive) return { from: 0, to: Math.max(last, 1000) };
    const wanted = last * 1.1;
    const step = AXIS_LENGTHS_MS.find((length) => length >= wanted) ?? wanted;
    return { from: 0, to: Math.max(last, this.plannedMs ? Math.min(step, this.plannedMs) : step) };
  }

  /** The figures to draw from. */
  source() {
    return (this.view.zoomed && this.detail) || this.store;
  }

  /** Seconds since the start of each point; made once for all charts. @param {SeriesStore} store */
  axis(store) {
    const state = `${store.version} ${this.startMs}`;
    if (this.axisOf !== store || this.axisState !== state) {
      this.axisOf = store;
      this.axisState = state;
      this.axisValues = store.times.map((time) => (time - this.startMs) / 1000);
    }
    return this.axisValues;
  }

  /** The scenario that was chosen, if the run has it. */
  get chosen() {
    return this.scenarios.find((/** @type {any} */ one) => one.key === this.view.scenario) ?? null;
  }

  /** Those with a line of their own: at most so many, those with most requests, and the chosen one. */
  shownScenarios() {
    const filter = this.view.filter.toLowerCase();
    const found = this.scenarios.filter((/** @type {any} */ one) => one.name.toLowerCase().includes(filter));
    if (found.length <= SHOWN_SCENARIOS) return found;
    const requests = (/** @type {any} */ one) => this.store.scenarioTotals.get(one.key)?.requests ?? 0;
    const most = [...found].sort((a, b) => requests(b) - requests(a) || a.index - b.index).slice(0, SHOWN_SCENARIOS);
    if (this.chosen && !most.includes(this.chosen)) most[most.length - 1] = this.chosen;
    return most.sort((a, b) => a.index - b.index);
  }

  marks() {
    return this.events.map((/** @type {any} */ event) => ({ atMs: Date.parse(event.at) - this.startMs, text: event.text }));
  }

  /** What happened near a time. @param {number} ms */
  markAt(ms) {
    const { from, to } = this.range();
    const near = Math.max(1000, (to - from) / 150);
    return this.marks().find((/** @type {any} */ mark) => Math.abs(mark.atMs - ms) <= near)?.text ?? "";
  }

  /** What the clock said. @param {number} ms since the start */
  clockAt(ms) {
    return new Date(this.startMs + ms).toLocaleTimeString();
  }

  emptyText() {
    if (this.isLive || !this.hasLoaded) return "Waiting for the first figures…";
    return "No figures were recorded.";
  }

  // -- what comes from the server -----------------------------------------------------------

  async onMetrics({ points, skipped }) {
    // After a long absence the stream no longer has all that was missed; the timeline does. And
    // of a long run it has fewer points, so that the page does not grow with it.
    if (skipped || this.store.times.length >= MOST_POINTS) this.caughtUp = this.loadSeries();
    await this.caughtUp;
    for (const point of points) this.store.add(point);
    this.gathering ??= setTimeout(() => {
      this.gathering = undefined;
      this.showNew();
    }, GATHER_MS);
  }

  async onState(run) {
    const changed = run.state !== this.state;
    this.state = run.state;
    if (run.state !== "queued") this.classList.remove("is-waiting");
    if (run.started_at) this.startedMs = Date.parse(run.started_at);
    // The words of a state are the server's: it draws them, here they are put in place.
    await refreshParts(["run-head", "run-warnings", "run-waiting"]);
    if (changed) announce(document.querySelector("#run-head [data-state-word]")?.textContent ?? "");
  }

  onEvent({ at, message }) {
    this.events.push({ at, text: clip(message, 80) });
  }

  async onEnd() {
    this.isLive = false;
    this.stream.close();
    const keepLog = holdLog(this);
    await refreshParts(["run-head", "run-warnings", "run-waiting", "run-figures", "run-scenarios", "run-panel"]);
    keepLog();
    await this.loadSeries();
    this.classList.toggle("has-no-figures", !this.store.times.length);
    announce(document.querySelector("#run-head [data-outcome]")?.textContent ?? "The run has ended");
  }

  showConnection(connected) {
    const text = this.querySelector("#run-connection");
    if (text) text.textContent = connected ? "" : "Connection lost, trying again…";
  }

  // -- the range and the scenario -----------------------------------------------------------

  onRange() {
    this.detail = null;
    showRange(this);
    clearTimeout(this.refining);
    if (this.view.zoomed) this.refining = setTimeout(() => this.refine(), REFINE_AFTER_MS);
  }

  /** Asks for finer figures of the range, where those of the whole run are coarse. */
  async refine() {
    const { zoomed } = this.view;
    if (!zoomed) return;
    const [from, to] = [this.startMs + zoomed.from, this.startMs + zoomed.to];
    const there = this.store.times.filter((time) => time >= from && time <= to).length;
    const last = Math.min(to, this.store.times.at(-1) ?? to);
    if (there >= Math.min(WANTED_POINTS / 2, (last - from) / 1000 - 1)) return;
    const query = new URLSearchParams({ points: String(WANTED_POINTS), from: String(Math.floor(from)), to: String(Math.ceil(to)) });
    try {
      const response = await fetch(`${this.address}/series?${query}`);
      if (!response.ok || this.view.zoomed !== zoomed) return;
      this.detail = new SeriesStore();
      this.detail.load(await response.json());
      this.dispatchEvent(new Event("run:figures"));
    } catch {
      // The coarser ones stay.
    }
  }

  onAddress() {
    this.view.read();
    this.onRange();
    this.view.dispatchEvent(new Event("selection"));
  }
}

/** @param {string} text */
function announce(text) {
  const place = document.querySelector("#announcer");
  if (place) place.textContent = text.trim();
}

customElements.define("run-page", RunPage);
