// <run-overlay>: several runs on one time axis that begins at zero. Its charts ask it what they
// would ask a <run-page>, whose range and cursor it shares where it stands in one.

import "./run-page.js"; // its element comes first: this one asks it
import { showRange, watchChoices } from "./chart-bar.js";
import { DrawQueue } from "./draw-queue.js";
import { SeriesStore } from "./series-store.js";
import { TimeView } from "./time-view.js";

const AGAIN_MS = 5000;

class RunOverlay extends HTMLElement {
  connectedCallback() {
    this.scenarios = JSON.parse(this.dataset.runs ?? "[]").map((/** @type {any} */ one, /** @type {number} */ index) => ({ ...one, index }));
    this.isLive = this.dataset.live === "true";
    this.targets = [];
    this.chosen = null;
    this.startMs = 0;
    this.hasLoaded = false;
    this.store = new SeriesStore();
    this.drawing = new DrawQueue();
    this.stop = new AbortController();
    const outer = /** @type {any} */ (this.parentElement?.closest("run-page"));
    this.view = outer?.view ?? new TimeView();
    if (!outer) this.standAlone();
    this.load();
  }

  disconnectedCallback() {
    this.stop?.abort();
    clearTimeout(this.timer);
  }

  standAlone() {
    const { signal } = this.stop;
    showRange(this);
    watchChoices(this, this.view, signal);
    this.view.addEventListener("range", () => showRange(this));
    window.addEventListener(
      "popstate",
      () => {
        this.view.read();
        this.view.dispatchEvent(new Event("range"));
      },
      { signal },
    );
  }

  async load() {
    try {
      const response = await fetch(this.dataset.source ?? "");
      if (response.ok) this.take(await response.json());
    } catch {
      // Those under way are asked for again below; else the charts say that there is nothing.
    }
    this.hasLoaded = true;
    this.dispatchEvent(new Event("run:figures"));
    if (this.isLive && this.isConnected) this.timer = setTimeout(() => this.load(), AGAIN_MS);
  }

  /** @param {any} overlay as `GET /api/v1/runs/{id}/overlay` answers it */
  take({ runs }) {
    this.isLive = runs.some((/** @type {any} */ { run }) => !run.ended_at);
    this.store = merge(runs);
  }

  // -- what charts ask ----------------------------------------------------------------------

  /** @param {{draw: () => void}} part */
  queue(part) {
    this.drawing.add(part);
  }

  range() {
    return this.view.zoomed ?? this.wholeRange();
  }

  wholeRange() {
    return { from: 0, to: Math.max(this.store.times.at(-1) ?? 0, 1000) };
  }

  source() {
    return this.store;
  }

  /** @param {SeriesStore} store */
  axis(store) {
    return store.times.map((time) => time / 1000);
  }

  shownScenarios() {
    return this.scenarios;
  }

  marks() {
    return [];
  }

  markAt() {
    return "";
  }

  /** The runs were at different hours. */
  clockAt() {
    return "";
  }

  emptyText() {
    return this.hasLoaded ? "None of these runs has figures over time." : "Loading…";
  }
}

/**
 * All runs on one axis. Where only others have a step, a run's value is undefined, which leaves no
 * gap in its line; before its first and behind its last one it is null.
 * @param {any[]} runs
 */
function merge(runs) {
  const store = new SeriesStore();
  const seconds = [...new Set(runs.flatMap(({ series }) => series?.seconds ?? []))].sort((a, b) => a - b);
  const places = new Map(seconds.map((second, place) => [second, place]));
  store.times = seconds.map((second) => second * 1000);
  runs.forEach(({ series }, index) => {
    if (!series?.seconds.length) return;
    const at = series.seconds.map((/** @type {number} */ second) => places.get(second));
    for (const [name, values] of Object.entries(series.columns)) {
      const column = new Array(seconds.length).fill(null);
      column.fill(undefined, at[0], at.at(-1) + 1);
      at.forEach((/** @type {number} */ place, /** @type {number} */ step) => {
        column[place] = values[step];
      });
      store.columns.set(`r${index}/${name}`, column);
    }
  });
  store.version += 1;
  return store;
}

customElements.define("run-overlay", RunOverlay);
