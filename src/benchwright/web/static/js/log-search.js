// Finding something in a log: the server says in which lines, here they are marked and visited.

const HIGHLIGHT = "log-match";
const MAX_MARKS = 2000;

export class LogSearch {
  /** @param {string} address of the run @param {string} file another log than the run's own */
  constructor(address, file = "") {
    this.address = address;
    this.file = file;
    this.text = "";
    this.matchCase = false;
    /** @type {number[]} */
    this.lines = [];
    this.count = 0;
    this.place = -1;
  }

  /** Lines with the text; without one, those that report an error. */
  async find() {
    const query = new URLSearchParams({ q: this.text, match_case: String(this.matchCase), ...(this.file && { file: this.file }) });
    const response = await fetch(`${this.address}/log/matches?${query}`);
    if (!response.ok) throw new Error(response.statusText);
    const found = await response.json();
    const now = this.lines[this.place];
    this.lines = found.lines;
    this.count = found.count;
    this.place = now === undefined ? -1 : this.lines.indexOf(now);
  }

  /** The next or previous line with a match; from the last one on to the first. @param {1 | -1} way */
  step(way) {
    if (!this.lines.length) return null;
    if (this.place < 0) this.place = way > 0 ? 0 : this.lines.length - 1;
    else this.place = (this.place + way + this.lines.length) % this.lines.length;
    return this.lines[this.place];
  }

  /** Marks the text in what is shown, without touching the elements. @param {HTMLElement} view */
  mark(view) {
    const highlights = /** @type {any} */ (CSS).highlights;
    if (!highlights) return;
    if (!this.text) {
      highlights.delete(HIGHLIGHT);
      return;
    }
    const wanted = this.matchCase ? this.text : this.text.toLowerCase();
    const ranges = [];
    for (const line of view.querySelectorAll(".log-line > span")) {
      const content = line.textContent ?? "";
      const text = this.matchCase ? content : content.toLowerCase();
      for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + wanted.length)) {
        ranges.push(rangeOf(line, at, at + wanted.length));
        if (ranges.length >= MAX_MARKS) break;
      }
      if (ranges.length >= MAX_MARKS) break;
    }
    highlights.set(HIGHLIGHT, new /** @type {any} */ (window).Highlight(...ranges));
  }
}

/** @param {Element} line @param {number} from @param {number} to in its text, which colours may split */
function rangeOf(line, from, to) {
  const range = document.createRange();
  const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
  let before = 0;
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const length = node.nodeValue?.length ?? 0;
    if (from >= before && from < before + length) range.setStart(node, from - before);
    if (to <= before + length) {
      range.setEnd(node, to - before);
      break;
    }
    before += length;
  }
  return range;
}
