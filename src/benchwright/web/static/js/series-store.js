// The figures of one run over time: loaded once as columns, then grown second by second.

/**
 * @typedef {Record<string, number | null>} Figures
 * @typedef {{time_ms: number, overall: Figures, scenarios: Record<string, Figures>,
 *   totals: Figures, gauges: Figures}} Point
 */

export class SeriesStore {
  constructor() {
    /** @type {number[]} */
    this.times = [];
    /** @type {Map<string, (number | null)[]>} */
    this.columns = new Map();
    /** @type {Record<string, number | null>} */
    this.totals = {};
    /** What each scenario did in all. @type {Map<string, {requests: number, failed: number}>} */
    this.scenarioTotals = new Map();
    this.cursorMs = 0;
    this.version = 0;
  }

  /** @param {any} timeline as `GET /api/v1/runs/{id}/series` answers it */
  load(timeline) {
    const [oldTimes, oldColumns] = [this.times, this.columns];
    this.times = [...timeline.times_ms];
    this.columns = new Map();
    for (const [name, values] of Object.entries(timeline.overall)) this.columns.set(name, [...values]);
    for (const [name, values] of Object.entries(timeline.gauges)) this.columns.set(name, [...values]);
    for (const [key, figures] of Object.entries(timeline.scenarios)) {
      for (const [name, values] of Object.entries(figures)) this.columns.set(`${key}/${name}`, [...values]);
    }
    this.totals = timeline.totals?.overall ?? {};
    this.scenarioTotals = new Map();
    for (const [key, { requests, failed }] of Object.entries(timeline.totals?.scenarios ?? {})) {
      this.scenarioTotals.set(key, { requests: requests ?? 0, failed: failed ?? 0 });
    }
    this.cursorMs = timeline.cursor_ms ?? 0;
    this.keepEnd(oldTimes, oldColumns, timeline.live ? (timeline.step_s ?? 1) * 1000 : Infinity);
    this.version += 1;
  }

  /**
   * Coarse steps end before the present: the seconds behind them, which are known, stay.
   * @param {number[]} times @param {Map<string, (number | null)[]>} columns @param {number} stepMs
   */
  keepEnd(times, columns, stepMs) {
    const covered = (this.times.at(-1) ?? Infinity) + stepMs;
    const first = times.findIndex((time) => time >= covered);
    if (first < 0) return;
    this.times.push(...times.slice(first));
    for (const [key, values] of this.columns) {
      values.push(...(columns.get(key)?.slice(first) ?? new Array(times.length - first).fill(null)));
    }
  }

  /** A second may come again with more in it: the later one replaces it. @param {Point} point */
  add(point) {
    let index = this.times.length;
    while (index > 0 && this.times[index - 1] > point.time_ms) index -= 1;
    if (index > 0 && this.times[index - 1] === point.time_ms) index -= 1;
    else this.insertAt(index, point.time_ms);
    this.set(index, "", point.overall);
    this.set(index, "", point.gauges);
    for (const [key, figures] of Object.entries(point.scenarios)) {
      this.count(key, index, figures);
      this.set(index, `${key}/`, figures);
    }
    this.totals = { ...this.totals, ...point.totals };
    this.version += 1;
  }

  /** Adds what is new of a second to the totals of a scenario. @param {string} key @param {number} index @param {Figures} figures */
  count(key, index, figures) {
    const totals = this.scenarioTotals.get(key) ?? { requests: 0, failed: 0 };
    for (const name of /** @type {const} */ (["requests", "failed"])) {
      totals[name] += (figures[`${name}_per_s`] ?? 0) - (this.column(`${key}/${name}_per_s`)[index] ?? 0);
    }
    this.scenarioTotals.set(key, totals);
  }

  /** @param {number} index @param {number} time */
  insertAt(index, time) {
    this.times.splice(index, 0, time);
    // A scenario that is not in a second's point did nothing in it.
    for (const [key, values] of this.columns) {
      values.splice(index, 0, key.includes("/") && key.endsWith("_per_s") ? 0 : null);
    }
  }

  /** @param {number} index @param {string} prefix @param {Figures} figures */
  set(index, prefix, figures) {
    for (const [name, value] of Object.entries(figures)) {
      const key = prefix + name;
      let column = this.columns.get(key);
      if (!column) {
        column = new Array(this.times.length).fill(null);
        this.columns.set(key, column);
      }
      column[index] = value;
    }
  }

  /** Its values, one for each of `times`. @param {string} key @returns {(number | null)[]} */
  column(key) {
    return this.columns.get(key) ?? [];
  }

  /** Those of all columns. */
  keys() {
    return [...this.columns.keys()];
  }

  /** Whether there is a value, and one above `floor`. @param {string} key @param {number | null} floor */
  has(key, floor = null) {
    return this.columns.get(key)?.some((v) => v !== null && v !== undefined && (floor === null || v > floor)) ?? false;
  }

  /** The newest value that there is. @param {string} key */
  latest(key) {
    const column = this.columns.get(key);
    if (!column) return null;
    for (let i = column.length - 1; i >= 0; i -= 1) {
      if (column[i] !== null && column[i] !== undefined) return column[i];
    }
    return null;
  }
}
