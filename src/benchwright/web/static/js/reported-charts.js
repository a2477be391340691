// The charts of what a workload reports: which there are, is known only when it has reported.

import { REPORTED } from "./chart-kinds.js";

const MOST_CHARTS = 6;
/** What only counts says the least: it fills the first row, if anything does. */
const A_ROW = 3;
const COUNTERS = ["global_step", "step", "episode", "percent"];

/** @param {any} page the <run-page> */
export function showReported(page) {
  const part = page.querySelector("#reported-charts");
  if (!part) return;
  const metrics = page.store.keys().filter((/** @type {string} */ key) => key.startsWith(REPORTED)).map(metricOf);
  const drawn = new Set([...part.querySelectorAll("live-chart")].map((chart) => chart.getAttribute("metric")));
  const fresh = [...new Set(/** @type {string[]} */ (metrics))].filter((metric) => !drawn.has(metric)).sort((a, b) => rank(a) - rank(b));
  for (const metric of fresh) {
    if (drawn.size >= (rank(metric) < 0 ? MOST_CHARTS : A_ROW)) break;
    drawn.add(metric);
    const figure = part.querySelector("template").content.cloneNode(true).firstElementChild;
    figure.querySelector("h3").firstChild.textContent = `${metric} `;
    figure.querySelector(".legend").setAttribute("aria-label", `Lines of ${metric}`);
    const chart = figure.querySelector("live-chart");
    chart.setAttribute("metric", metric);
    part.querySelector(".charts").append(figure);
  }
  part.hidden = !part.querySelector("live-chart");
}

/** @param {string} key of a column */
const metricOf = (key) => key.slice(REPORTED.length).split(":")[0];

/** @param {string} metric */
const rank = (metric) => COUNTERS.indexOf(metric);
