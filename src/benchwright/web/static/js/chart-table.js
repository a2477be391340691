// The values of a chart as a table, for whom a picture says nothing.

import { clip } from "./chart-paint.js";
import { elapsed } from "./figures.js";

const MOST_ROWS = 120;

/**
 * Fills the box again, keeping its place; of many points it shows every n-th.
 * @param {HTMLElement} box @param {string} title @param {any} drawing
 * @param {number[]} xs seconds since the start @param {number} first @param {number} last places in `xs`
 */
export function fillTable(box, title, drawing, xs, first, last) {
  const scrolled = box.scrollTop;
  const columns = drawing.columns();
  const step = Math.max(1, Math.ceil((last - first + 1) / MOST_ROWS));
  const table = document.createElement("table");
  table.className = "table chart-table";
  const caption = table.createCaption();
  caption.className = "visually-hidden";
  caption.textContent = step > 1 ? `${title}, one of ${step} points` : title;
  const head = table.createTHead().insertRow();
  for (const name of ["Time", ...columns.map((/** @type {any} */ column) => column.name)]) {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.dir = "auto";
    cell.textContent = clip(name, 40);
    head.append(cell);
  }
  const body = table.createTBody();
  for (let place = first; place <= last; place += step) {
    const row = body.insertRow();
    const time = document.createElement("th");
    time.scope = "row";
    time.textContent = elapsed(xs[place] * 1000);
    row.append(time);
    for (const column of columns) row.insertCell().textContent = column.text(place);
  }
  if (!box.hasAttribute("tabindex")) {
    box.className = "chart-table-box";
    box.tabIndex = 0;
    box.setAttribute("role", "region");
    box.setAttribute("aria-label", `${title}, values`);
  }
  box.replaceChildren(table);
  box.scrollTop = scrolled;
}

/** @param {Element | null} figure @param {string} title @param {(isOn: boolean) => void} onToggle */
export function addTableButton(figure, title, onToggle) {
  if (!figure || figure.querySelector("[data-chart-table]")) return;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "chart-as-table";
  button.dataset.chartTable = "";
  button.setAttribute("aria-pressed", "false");
  button.setAttribute("aria-label", `${title} as a table`);
  button.textContent = "Table";
  button.addEventListener("click", () => {
    const isOn = figure.toggleAttribute("data-as-table");
    button.setAttribute("aria-pressed", String(isOn));
    onToggle(isOn);
  });
  figure.querySelector(".chart-head")?.append(button);
}
