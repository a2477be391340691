// The rows of <endpoint-browser>: what is written in them, which of them match, what follows what.
// What is known of a row is kept beside it: to ask 5,000 elements takes longer than to filter them.

/**
 * @typedef {{element: HTMLElement, box: HTMLInputElement, text: string, method: string,
 *            tags: string[], chunk: Chunk, id: string, matches: boolean, isShown: boolean,
 *            isChosen: boolean}} Row
 * @typedef {{element: HTMLElement, head: Head, rows: Row[], shown: number, size: number}} Chunk
 * @typedef {{element: HTMLElement, name: string, shown: number, rows: Row[]}} Head
 */

const ROWS_IN_A_FRAME = 400;

export class EndpointList {
  /** @param {HTMLElement} element */
  constructor(element) {
    this.element = element;
    this.end = element.querySelector("[data-none]");
    this.clear();
    this.read([...element.children]);
  }

  clear() {
    /** @type {Row[]} */
    this.rows = [];
    /** @type {Chunk[]} */
    this.chunks = [];
    /** @type {Head[]} */
    this.heads = [];
    /** @type {Map<string, Row>} */
    this.byId = new Map();
    this.shown = 0;
  }

  /**
   * Rows as the server drew them; the number of them.
   * @param {string} html @param {boolean} afresh whether they replace what is there
   */
  append(html, afresh) {
    const part = document.createElement("template");
    part.innerHTML = html;
    const elements = [...part.content.children];
    // A tag that goes on has its heading already.
    const last = afresh ? undefined : this.heads.at(-1);
    if (last && elements[0]?.dataset.tag === last.name) elements.shift().remove();
    if (afresh) {
      while (this.element.firstElementChild !== this.end) this.element.firstElementChild.remove();
      this.clear();
    }
    this.end.before(part.content);
    return this.read(elements);
  }

  /** @param {Element[]} elements */
  read(elements) {
    const before = this.rows.length;
    for (const element of elements) {
      if (element.matches(".tag-head")) {
        this.heads.push({ element, name: element.dataset.tag, shown: 0, rows: [] });
      } else if (element.matches(".chunk")) {
        const head = this.heads.at(-1);
        const chunk = { element, head, rows: [], shown: 0, size: -1 };
        this.chunks.push(chunk);
        for (const row of element.children) this.readRow(row, chunk);
      }
    }
    return this.rows.length - before;
  }

  readRow(element, chunk) {
    const box = element.firstElementChild;
    const summary = element.lastElementChild.firstElementChild;
    const tags = [chunk.head.name, ...(element.dataset.tags?.split("\n") ?? [])];
    const method = summary.firstElementChild.textContent;
    const words = `${method} ${summary.textContent} ${element.dataset.op} ${tags.join(" ")}`;
    const row = {
      element, box, method, tags, chunk,
      id: box.value,
      text: words.toLowerCase(),
      matches: true,
      isShown: !element.hidden,
      isChosen: box.checked,
    };
    this.rows.push(row);
    chunk.rows.push(row);
    chunk.head.rows.push(row);
    this.byId.set(row.id, row);
  }

  /** @param {string} typed @param {string[]} methods @param {string} tag */
  filter(typed, methods, tag) {
    const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
    for (const part of [...this.chunks, ...this.heads]) part.shown = 0;
    this.shown = 0;
    for (const row of this.rows) {
      const { text, method, tags, chunk } = row;
      row.matches =
        (!methods.length || methods.includes(method)) &&
        (!tag || tags.includes(tag)) &&
        words.every((word) => text.includes(word));
      if (row.matches) {
        this.shown += 1;
        chunk.shown += 1;
        chunk.head.shown += 1;
      }
    }
    this.draw(0);
  }

  /**
   * Shows and hides from chunk `first` on: what is in sight at once, the rest frame by frame.
   * Chunks that a stretch has pushed out of sight cost nothing when they fill.
   * @param {number} first
   */
  draw(first) {
    cancelAnimationFrame(this.frame);
    let changed = 0;
    let number = first;
    for (; number < this.chunks.length && changed < ROWS_IN_A_FRAME; number += 1) {
      const chunk = this.chunks[number];
      for (const row of chunk.rows) {
        if (row.isShown === row.matches) continue;
        row.isShown = row.matches;
        row.element.hidden = !row.matches;
        changed += 1;
      }
      if (chunk.size !== chunk.shown) {
        chunk.size = chunk.shown;
        // So that the scroll bar is right for what is not drawn.
        chunk.element.style.containIntrinsicBlockSize = `calc(${chunk.shown} * var(--row))`;
      }
      const { head } = chunk;
      if (head.isShown !== head.shown > 0) {
        head.isShown = head.shown > 0;
        head.element.hidden = !head.isShown;
      }
    }
    if (number < this.chunks.length) this.frame = requestAnimationFrame(() => this.draw(number));
  }

  /** @param {HTMLElement | null | undefined} element @param {number} step */
  next(element, step) {
    const rows = this.rows;
    let place = element ? rows.findIndex((row) => row.element === element) : -1;
    do place += step;
    while (rows[place] && !rows[place].matches);
    return rows[place]?.element;
  }

  /** Those that match now. */
  visible() {
    return this.rows.filter((row) => row.matches);
  }
}
