// The lines of a log that are in the page: a stretch of it that grows at both ends and is cut off
// where it gets too long.

import { renderLine } from "./ansi.js";

const PART_BYTES = 48 * 1024;
const MAX_LINES = 4000;
const LINES_A_PART = 500;
/** How many lines above stand with one that is jumped to. */
const CONTEXT_LINES = 50;

export class LogWindow {
  /** @param {string} address of the run @param {HTMLElement} view that scrolls @param {string} file another log than the run's own */
  constructor(address, view, file = "") {
    this.address = address;
    this.file = file;
    this.view = view;
    this.clear();
  }

  clear() {
    this.view.replaceChildren();
    /** @type {{element: HTMLElement, offset: number, first: number, count: number}[]} */
    this.parts = [];
    this.end = 0;
    this.nextLine = 1;
    this.open = "";
    /** Whether what is written now belongs below. */
    this.isAtEnd = false;
  }

  get start() {
    return this.parts[0]?.offset ?? 0;
  }

  get lineCount() {
    return this.parts.reduce((sum, part) => sum + part.count, 0);
  }

  /** @param {Record<string, number>} query */
  async fetch(query) {
    const response = await fetch(`${this.address}/log/lines?${new URLSearchParams(/** @type {any} */ ({ limit: PART_BYTES, ...query, ...(this.file && { file: this.file }) }))}`);
    if (!response.ok) throw new Error(response.statusText);
    return response.json();
  }

  /** Shows the end of the log. @param {number} size as far as it is known */
  async loadEnd(size = 1e14) {
    const part = await this.fetch({ before: size });
    this.clear();
    this.begin(part);
  }

  /** Shows the surroundings of a line; false if it stood there already. @param {number} number */
  async loadLine(number) {
    if (this.line(number)) return false;
    const part = await this.fetch({ line: Math.max(1, number - CONTEXT_LINES) });
    this.clear();
    this.begin(part);
    return true;
  }

  /** @param {any} part */
  begin(part) {
    this.end = part.offset;
    this.nextLine = part.first_line;
    this.append(part.text, part.offset);
    this.end = part.next_offset;
    this.isAtEnd = part.next_offset >= part.size;
  }

  /** Lines above what is shown; the place that one looks at stays. */
  async loadAbove() {
    if (this.start <= 0) return false;
    const part = await this.fetch({ before: this.start });
    const before = this.view.scrollHeight;
    const lines = part.text.replace(/\n$/, "").split("\n");
    const element = block(lines, part.first_line);
    this.parts.unshift({ element, offset: part.offset, first: part.first_line, count: lines.length });
    this.view.prepend(element);
    this.view.scrollTop += this.view.scrollHeight - before;
    while (this.lineCount > MAX_LINES && this.parts.length > 1) this.dropLast();
    return true;
  }

  dropLast() {
    const part = this.parts.pop();
    if (!part) return;
    part.element.remove();
    this.end = part.offset;
    this.nextLine = part.first;
    this.open = "";
    this.isAtEnd = false;
  }

  /** Lines below what is shown, until the end is reached. */
  async loadBelow() {
    if (this.isAtEnd) return false;
    const part = await this.fetch({ after: this.end });
    this.append(part.text, part.offset);
    this.end = part.next_offset;
    this.isAtEnd = part.next_offset >= part.size;
    return true;
  }

  /** What was written meanwhile to a log that no stream brings; whether there was anything. */
  async loadMore() {
    const before = this.end;
    this.isAtEnd = false;
    while (await this.loadBelow());
    return this.end > before;
  }

  /** What was written meanwhile, as the stream brings it. @param {{offset: number, next_offset: number, text: string}} piece */
  async take(piece) {
    if (!this.isAtEnd || piece.next_offset <= this.end) return;
    if (piece.offset !== this.end) {
      // Something is missing, or known already.
      this.isAtEnd = false;
      while (await this.loadBelow());
      return;
    }
    this.append(piece.text, piece.offset);
    this.end = piece.next_offset;
  }

  /** @param {string} text @param {number} offset of it */
  append(text, offset) {
    if (!text) return;
    const wasOpen = this.open !== "";
    const lines = (this.open + text).split("\n");
    this.open = lines.pop() ?? "";
    let last = this.parts.at(-1);
    if (!last || (last.count >= LINES_A_PART && !wasOpen)) {
      last = { element: document.createElement("div"), offset, first: this.nextLine, count: 0 };
      last.element.className = "log-part";
      this.parts.push(last);
      this.view.append(last.element);
    }
    last.element.querySelector("[data-open-line]")?.remove();
    const made = lines.map((line, i) => row(line, this.nextLine + i));
    this.nextLine += lines.length;
    last.count += lines.length;
    if (this.open) {
      const open = row(this.open, this.nextLine);
      open.dataset.openLine = "";
      made.push(open);
    }
    last.element.append(...made);
  }

  /** Forgets lines at the top where there are too many; the place that one looks at stays. */
  cutTop() {
    if (this.lineCount <= MAX_LINES) return;
    const before = this.view.scrollHeight;
    while (this.lineCount > MAX_LINES && this.parts.length > 1) this.parts.shift()?.element.remove();
    this.view.scrollTop -= before - this.view.scrollHeight;
  }

  /** @param {number} number @returns {HTMLElement | null} */
  line(number) {
    return this.view.querySelector(`#L${number}`);
  }
}

/** @param {string[]} lines @param {number} first */
function block(lines, first) {
  const element = document.createElement("div");
  element.className = "log-part";
  element.append(...lines.map((line, i) => row(line, first + i)));
  return element;
}

/** @param {string} line @param {number} number */
function row(line, number) {
  const element = document.createElement("div");
  element.className = "log-line";
  element.id = `L${number}`;
  const link = document.createElement("a");
  link.href = `#L${number}`;
  link.tabIndex = -1;
  // Drawn by the style sheet, so that it is not copied.
  link.dataset.line = String(number);
  link.setAttribute("aria-label", `Line ${number}`);
  const text = document.createElement("span");
  text.append(...renderLine(line));
  element.append(link, text);
  return element;
}
