// What the values are at the cursor, beside its line.

import { clip } from "./chart-paint.js";

const MOST_ROWS = 8;
const DISTANCE_PX = 10;

export class ChartTip {
  constructor() {
    this.box = document.createElement("div");
    this.box.className = "chart-tip";
    this.box.hidden = true;
    this.head = document.createElement("strong");
    this.box.append(this.head);
    /** @type {{row: HTMLElement, sign: HTMLElement, name: HTMLElement, value: HTMLElement, key: string}[]} */
    this.rows = [];
  }

  /** @param {HTMLElement} over the plotting area */
  attach(over) {
    this.hide();
    over.append(this.box);
    this.over = over;
  }

  hide() {
    this.box.hidden = true;
  }

  /**
   * @param {number} left px from the left of the plot @param {string} title
   * @param {{name: string, text: string, key: string, sign?: () => Element}[]} values @param {string} mark
   */
  show(left, title, values, mark) {
    this.head.textContent = mark ? `${title} · ${mark}` : title;
    const shown = values.slice(0, values.length > MOST_ROWS ? MOST_ROWS - 1 : MOST_ROWS);
    if (shown.length < values.length) {
      shown.push({ name: `and ${values.length - shown.length} more`, text: "", key: "more" });
    }
    while (this.rows.length < shown.length) this.rows.push(this.addRow());
    this.rows.forEach((entry, i) => {
      const value = shown[i];
      entry.row.hidden = !value;
      if (!value) return;
      if (entry.key !== value.key) {
        entry.key = value.key;
        entry.name.textContent = clip(value.name, 60);
        entry.sign.replaceChildren(...(value.sign ? [value.sign()] : []));
      }
      entry.value.textContent = value.text;
    });
    this.box.hidden = false;
    const width = this.over?.clientWidth ?? 0;
    const isRight = left < width / 2;
    // A side, not a width: measuring it would lay out the page with every move.
    this.box.style.left = isRight ? `${left + DISTANCE_PX}px` : "auto";
    this.box.style.right = isRight ? "auto" : `${width - left + DISTANCE_PX}px`;
  }

  addRow() {
    const row = document.createElement("div");
    const [sign, name, value] = ["span", "span", "b"].map((tag) => document.createElement(tag));
    name.dir = "auto";
    row.append(sign, name, value);
    this.box.append(row);
    return { row, sign, name, value, key: "" };
  }
}
