// The large figures of a run and those of its scenarios, as they come.

import { count, duration, milliseconds, rate, share, size } from "./figures.js";

const PERCENTILES = ["p50", "p95", "p99"];

/** @param {any} page the <run-page> */
export function showLiveFigures(page) {
  const { store } = page;
  const requests = store.totals.requests ?? null;
  const failed = store.totals.failed ?? null;
  const seconds = lengthS(store);
  show(page, "requests", rate(store.latest("requests_per_s")), seconds ? `${rate(requests / seconds)}/s average` : "");
  for (const name of PERCENTILES) show(page, name, milliseconds(store.latest(`${name}_ms`)), "last second");
  show(page, "errors", share(requests ? failed / requests : null), `${count(failed)} of ${count(requests)}`);
  page.querySelector('[data-figure="errors"]')?.classList.toggle("is-bad", failed > 0);
  const prepared = store.latest("vus_max");
  show(page, "vus", count(store.latest("vus")), prepared === null ? "busy now" : `busy now, of ${count(prepared)}`);
  for (const way of ["received", "sent"]) {
    const now = store.latest(`data_${way}_bytes_per_s`);
    show(page, way, now === null ? size(now) : `${size(now)}/s`, inAll(store.totals[`data_${way}_bytes`]));
  }
  showScenarios(page);
}

/** An ended run without a summary: what its series tell, and that they are no exact figures. @param {any} page */
export function showTotals(page) {
  const { totals } = page.store;
  show(page, "requests", rate((totals.requests ?? 0) / lengthS(page.store)), `${count(totals.requests)} in all`);
  for (const name of PERCENTILES) show(page, name, milliseconds(totals[`${name}_ms`]), "approximate");
  show(page, "errors", share(totals.requests ? totals.failed / totals.requests : null), `${count(totals.failed)} of ${count(totals.requests)}`);
  for (const way of ["received", "sent"]) {
    const bytes = totals[`data_${way}_bytes`];
    show(page, way, size(bytes), bytes ? "in all" : "");
  }
  showScenarios(page);
}

/** @param {any} page */
function showScenarios(page) {
  const { store } = page;
  for (const row of page.querySelectorAll("#run-scenarios tr[data-scenario]")) {
    const key = row.dataset.scenario;
    const { requests, failed } = store.scenarioTotals.get(key) ?? { requests: 0, failed: 0 };
    setText(row.querySelector("[data-cell=requests]"), count(requests));
    setText(row.querySelector("[data-cell=rate]"), `${rate(store.latest(`${key}/requests_per_s`))}/s`);
    for (const name of PERCENTILES) {
      setText(row.querySelector(`[data-cell=${name}]`), milliseconds(store.latest(`${key}/${name}_ms`)));
    }
    const errors = row.querySelector("[data-cell=errors]");
    setText(errors, share(requests ? failed / requests : null));
    errors?.classList.toggle("is-bad", failed > 0);
  }
}

/** @param {any} page @param {any} progress */
export function showProgress(page, { percent, remaining_s: remaining, elapsed_s: elapsed, stage, facts }) {
  const bar = page.querySelector("#run-progress");
  if (bar && percent !== null) bar.value = percent;
  else bar?.removeAttribute("value");
  const place = page.querySelector("#run-stage");
  const share = place && percent !== null ? `${Math.floor(percent)} %, ` : "";
  setText(page.querySelector("#run-remaining"), share + (remaining === null ? `${duration(elapsed)} so far` : `${duration(Math.ceil(remaining))} left`));
  if (place) showStage(place, stage ?? "", facts ?? []);
}

/** @param {Element} place @param {string} stage @param {string[]} facts */
function showStage(place, stage, facts) {
  setText(place.querySelector("strong"), stage);
  const shown = [...place.querySelectorAll("span")];
  facts.forEach((fact, index) => {
    const span = shown[index] ?? place.appendChild(document.createElement("span"));
    setText(span, fact);
  });
  for (const span of shown.slice(facts.length)) span.remove();
}

/** @param {any} page @param {string} name @param {string} value @param {string} note */
function show(page, name, value, note) {
  const figure = page.querySelector(`[data-figure="${name}"]`);
  if (!figure) return;
  setMeasure(figure.querySelector("[data-value]"), value);
  setText(figure.querySelector("[data-note]"), note);
}

/** @param {any} store */
const lengthS = ({ times }) => (times.length ? (times[times.length - 1] - times[0]) / 1000 + 1 : 0);

/** @param {number | null | undefined} bytes */
const inAll = (bytes) => (bytes ? `${size(bytes)} in all` : "");

/** @param {Element | null} element @param {string} text */
function setText(element, text) {
  if (element && element.textContent !== text) element.textContent = text;
}

/** The unit quieter than its number, as the server draws it. @param {Element | null} element @param {string} text */
function setMeasure(element, text) {
  if (!element || element.textContent === text) return;
  const cut = text.lastIndexOf("\u00a0") + 1;
  const unit = document.createElement("span");
  unit.className = "unit";
  unit.textContent = text.slice(cut);
  element.replaceChildren(...(cut ? [text.slice(0, cut), unit] : [text]));
}
