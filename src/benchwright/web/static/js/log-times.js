// When each line of a log was printed, and which were printed as errors; where that was noted.

const GATHER_MS = 300;
const ASK_AGAIN_MS = 10_000;
const MOST_LINES = 5000;
const KEPT = "log-times";

export class LogTimes {
  /**
   * @param {string} address of the run @param {HTMLElement} view of the lines @param {string} file
   * @param {HTMLInputElement | null} choice whether they are shown
   */
  constructor(address, view, file, choice) {
    this.address = address;
    this.view = view;
    this.file = file;
    this.choice = choice;
    this.askedAt = -Infinity;
    this.isKnown = false;
    choice?.addEventListener("change", () => this.show(true));
  }

  /** Something may have come into the view. */
  look() {
    if (!this.choice || (!this.isKnown && performance.now() - this.askedAt < ASK_AGAIN_MS)) return;
    this.gathering ??= setTimeout(() => {
      this.gathering = undefined;
      this.load().catch(() => {}); // without times the log can be read all the same
    }, GATHER_MS);
  }

  stop() {
    clearTimeout(this.gathering);
    this.gathering = undefined;
  }

  async load() {
    for (const [first, last] of stretches(this.view)) {
      this.askedAt = performance.now();
      const count = Math.min(last - first + 1, MOST_LINES);
      const query = new URLSearchParams({ line: String(first), count: String(count), ...(this.file && { file: this.file }) });
      const response = await fetch(`${this.address}/log/times?${query}`);
      if (!response.ok) return;
      const { times_ms: times, error_lines: errors } = await response.json();
      if (!times.length) return;
      if (!this.isKnown) this.begin();
      times.forEach((/** @type {number | null} */ time, /** @type {number} */ place) => this.note(first + place, time));
      for (const number of errors) this.row(number)?.classList.add("is-error-stream");
    }
  }

  begin() {
    this.isKnown = true;
    this.choice?.closest("label")?.removeAttribute("hidden");
    try {
      if (this.choice) this.choice.checked = localStorage.getItem(KEPT) === "yes";
    } catch {
      // Storage is switched off.
    }
    this.show(false);
  }

  /** @param {boolean} isChoice */
  show(isChoice) {
    const isOn = Boolean(this.choice?.checked);
    this.view.classList.toggle("has-times", isOn);
    if (!isChoice) return;
    try {
      localStorage.setItem(KEPT, isOn ? "yes" : "no");
    } catch {
      // It holds for this page only.
    }
  }

  /** @param {number} number @param {number | null} time */
  note(number, time) {
    const row = this.row(number);
    if (!row || row.querySelector("time")) return;
    const element = document.createElement("time");
    if (time !== null) {
      const at = new Date(time);
      element.dateTime = at.toISOString();
      element.title = at.toLocaleString();
      element.textContent = `${at.toLocaleTimeString("en-GB")}.${String(at.getMilliseconds()).padStart(3, "0")}`;
    }
    row.querySelector("span")?.before(element);
  }

  /** @param {number} number @returns {HTMLElement | null} */
  row(number) {
    return this.view.querySelector(`#L${number}`);
  }
}

/** First and last numbers of lines in a row that have no time yet. @param {HTMLElement} view */
function stretches(view) {
  /** @type {[number, number][]} */
  const found = [];
  for (const row of view.querySelectorAll(".log-line:not(:has(> time), [data-open-line])")) {
    const number = Number(row.id.slice(1));
    const last = found.at(-1);
    if (last && last[1] === number - 1) last[1] = number;
    else found.push([number, number]);
  }
  return found;
}
