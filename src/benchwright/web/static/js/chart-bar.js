// What stands above the charts: the range, the scenario, the words that narrow their lines.

import { elapsed } from "./figures.js";

/** @param {any} page the <run-page> */
export function showRange(page) {
  const { zoomed } = page.view;
  for (const button of page.querySelectorAll("[data-zoom-reset]")) button.disabled = !zoomed;
  const text = zoomed ? `${elapsed(zoomed.from)} – ${elapsed(zoomed.to)}` : "Drag over a chart to zoom in";
  for (const label of page.querySelectorAll("[data-zoom-range]")) {
    if (label.textContent !== text) label.textContent = text;
  }
}

/** Marks the chosen scenario, above the charts and in the table. @param {any} page */
export function showChoice(page) {
  const { chosen } = page;
  const select = page.querySelector("select[name=focus]");
  if (select) select.value = chosen?.key ?? "";
  const filter = page.querySelector("input[name=lines]");
  if (filter && filter !== document.activeElement) filter.value = page.view.filter;
  for (const row of page.querySelectorAll("#run-scenarios tr[data-scenario]")) {
    const isChosen = row.dataset.scenario === chosen?.key;
    row.classList.toggle("is-chosen", isChosen);
    for (const link of row.querySelectorAll("[data-chooses]")) {
      if (isChosen) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  }
  const note = page.querySelector("[data-scenarios-note]");
  if (note) note.textContent = scenarioNote(page);
}

/** @param {any} page */
function scenarioNote(page) {
  const shown = page.shownScenarios().length;
  if (shown === page.scenarios.length) return "";
  if (page.view.filter) return `${shown} of ${page.scenarios.length} scenarios have a line`;
  return `lines for the ${shown} of ${page.scenarios.length} scenarios with most requests`;
}

/** @param {any} page @param {any} view @param {AbortSignal} signal */
export function watchChoices(page, view, signal) {
  page.addEventListener("click", (/** @type {MouseEvent} */ event) => onClick(page, view, event), { signal });
  page.addEventListener(
    "input",
    (/** @type {Event} */ event) => {
      const field = /** @type {HTMLInputElement} */ (event.target);
      if (field.matches("select[name=focus]")) view.choose(field.value || null);
      if (field.matches("input[name=lines]")) view.narrow(field.value);
    },
    { signal },
  );
}

/** @param {any} page @param {any} view @param {MouseEvent} event */
function onClick(page, view, event) {
  const target = /** @type {Element} */ (event.target);
  if (target.closest("[data-zoom-reset]")) view.resetZoom();
  const more = target.closest("[data-more-charts]");
  if (more) more.setAttribute("aria-expanded", String(more.closest(".more-charts")?.classList.toggle("is-open")));
  const link = /** @type {HTMLElement | null} */ (target.closest("[data-chooses]"));
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const key = link.dataset.chooses ?? "";
  view.choose(key === page.chosen?.key ? null : key);
}
