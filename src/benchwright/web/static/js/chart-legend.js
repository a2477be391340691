// The series of a chart as buttons: press to hide or show one, Alt or twice to see it alone.

import { clip } from "./chart-paint.js";

/** @param {Element | null} figure @param {any} view @param {any} drawing */
export function showLegend(figure, view, drawing) {
  const list = figure?.querySelector(".legend");
  if (!list) return;
  const entries = drawing.legend();
  const names = entries.map((/** @type {any} */ entry) => `${entry.key} ${entry.name}`).join();
  if (list.dataset.names === names) {
    for (const button of list.querySelectorAll("button")) {
      press(button, entries.find((/** @type {any} */ entry) => entry.key === button.dataset.key));
    }
    return;
  }
  list.dataset.names = names;
  const focused = list.contains(document.activeElement) ? /** @type {any} */ (document.activeElement).dataset.key : null;
  list.replaceChildren(
    ...entries.map((/** @type {any} */ entry) => {
      const item = document.createElement("li");
      item.append(entry.isFixed ? fixed(entry) : toggle(entry, view, drawing));
      return item;
    }),
  );
  for (const button of list.querySelectorAll("button")) {
    if (button.dataset.key === focused) button.focus({ preventScroll: true });
  }
}

/** @param {any} entry */
function fixed(entry) {
  const text = document.createElement("span");
  text.className = "legend-entry";
  text.append(entry.sign(), entry.name);
  return text;
}

/** @param {any} entry @param {any} view @param {any} drawing */
function toggle(entry, view, drawing) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "legend-entry";
  button.dataset.key = entry.key;
  press(button, entry);
  button.title = `${clip(entry.name, 200)}\nAlt-click or double-click: this one only`;
  const name = document.createElement("span");
  name.dir = "auto";
  name.textContent = clip(entry.name, 40);
  button.append(entry.sign(), name);
  button.addEventListener("click", (event) => {
    // The second click of two: the first one has toggled it already.
    if (event.altKey || event.detail === 2) showAlone(entry.key, view, drawing);
    else if (event.detail < 2) view.show(drawing.name, [entry.key], button.getAttribute("aria-pressed") === "false");
  });
  return button;
}

/** @param {HTMLElement} button @param {any} entry */
function press(button, entry) {
  button.setAttribute("aria-pressed", String(entry.isOn));
  button.classList.toggle("is-faint", Boolean(entry.isFaint));
}

/** Only this one; all of them when it is alone already. @param {string} key @param {any} view @param {any} drawing */
function showAlone(key, view, drawing) {
  const others = drawing.legend().filter((/** @type {any} */ entry) => entry.key !== key);
  const isAlone = others.every((/** @type {any} */ entry) => !entry.isOn);
  view.show(drawing.name, others.map((/** @type {any} */ entry) => entry.key), isAlone);
  view.show(drawing.name, [key], true);
}
