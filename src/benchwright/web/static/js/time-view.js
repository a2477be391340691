// What the charts of a run show together: a range, the second under the cursor, and a scenario.

const MIN_RANGE_MS = 2000;

/**
 * Times are ms since the start of the run. `range` says that another stretch is shown, `selection`
 * that other series are, `cursor` that the cursor moved: that one at most once a frame.
 */
export class TimeView extends EventTarget {
  constructor() {
    super();
    /** @type {number | null} */
    this.cursorMs = null;
    /** What legends switched off: `kind series`. @type {Set<string>} */
    this.hidden = new Set();
    this.read();
  }

  /** Takes over what the address says. */
  read() {
    const query = new URLSearchParams(location.search);
    const [from, to] = ["from", "to"].map((name) => milliseconds(query.get(name) ?? ""));
    this.zoomed = from >= 0 && to - from >= MIN_RANGE_MS ? { from, to } : null;
    this.scenario = query.get("focus");
    this.filter = query.get("lines") ?? "";
  }

  /** Puts what is shown into the address, beside what others keep there. */
  write() {
    const address = new URL(location.href);
    const set = (/** @type {string} */ name, /** @type {string | null} */ value) =>
      value ? address.searchParams.set(name, value) : address.searchParams.delete(name);
    set("from", this.zoomed && seconds(this.zoomed.from));
    set("to", this.zoomed && seconds(this.zoomed.to));
    set("focus", this.scenario);
    set("lines", this.filter);
    if (address.href !== location.href) history.replaceState(history.state, "", address);
  }

  /** @param {number} from @param {number} to */
  zoom(from, to) {
    // Not finer than the address: whoever opens it sees the same.
    const start = milliseconds(seconds(Math.max(0, from)));
    this.zoomed = { from: start, to: Math.max(milliseconds(seconds(to)), start + MIN_RANGE_MS) };
    this.write();
    this.dispatchEvent(new Event("range"));
  }

  resetZoom() {
    if (!this.zoomed) return;
    this.zoomed = null;
    this.write();
    this.dispatchEvent(new Event("range"));
  }

  /** @param {string | null} key of a scenario, or none for all */
  choose(key) {
    this.scenario = key;
    this.select();
  }

  /** @param {string} text that names of the scenarios to show contain */
  narrow(text) {
    this.filter = text;
    this.select();
  }

  /** @param {string} kind @param {string[]} keys @param {boolean} shown */
  show(kind, keys, shown) {
    for (const key of keys) this.hidden[shown ? "delete" : "add"](`${kind} ${key}`);
    this.select();
  }

  select() {
    this.write();
    this.dispatchEvent(new Event("selection"));
  }

  /** @param {number | null} ms */
  moveCursor(ms) {
    if (ms === this.cursorMs) return;
    this.cursorMs = ms;
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.dispatchEvent(new Event("cursor"));
    });
  }
}

/** @param {number} ms */
const seconds = (ms) => String(Math.round(ms / 100) / 10);

/** @param {string} text seconds, as an address has them */
function milliseconds(text) {
  return Math.round(Number.parseFloat(text) * 1000);
}
