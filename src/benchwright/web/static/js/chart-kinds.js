// What each chart of a run shows.

import { count, milliseconds, rate, share, size } from "./figures.js";
import { seriesLook } from "./series-colors.js";

/**
 * @typedef {{key: string, name: string, index: number}} Scenario  `index` is its place in the plan
 * @typedef {{key: string, name: string, color: string, dash?: number[], area?: boolean, rare?: boolean,
 *   axis?: number, targetsOf?: string | null, scenario?: string}} Series  `rare` ones are left out
 *   while they are zero; `targetsOf` names the scenario whose targets are drawn beside it, null the run
 * @typedef {{scenarios: Scenario[], chosen: string | null}} Shown
 * @typedef {{format: (value: number | null) => string, format2?: (value: number | null) => string,
 *   series: (shown: Shown) => Series[], follows?: boolean, whole?: boolean, heat?: boolean}} Kind
 *   `follows` ones show the chosen scenario instead of the whole run
 */

export const SHOWN_SCENARIOS = 20;

const DASH = [5, 3];
/** @param {string} figure */
const byScenario = (figure, withTargets = false) => (/** @type {Shown} */ { scenarios }) =>
  scenarios.map(({ key, name, index }) => ({
    key: `${key}/${figure}`,
    name,
    scenario: key,
    ...seriesLook(index),
    targetsOf: withTargets ? key : undefined,
  }));

/** @param {Series[]} series */
const ofChosen = (series) => (/** @type {Shown} */ { chosen }) =>
  series.map((one) => ({
    ...one,
    key: chosen ? `${chosen}/${one.key}` : one.key,
    targetsOf: one.targetsOf === null ? chosen : one.targetsOf,
  }));

/** @param {number | null} value */
const perSecond = (value) => `${rate(value)}/s`;
/** @param {number | null} value */
const sizePerSecond = (value) => `${size(value)}/s`;

/** @type {Record<string, Kind>} */
export const KINDS = {
  response_time: {
    format: milliseconds,
    follows: true,
    series: ofChosen([
      { key: "p99_ms", name: "p99", color: "--series-4", dash: DASH },
      { key: "p95_ms", name: "p95", color: "--series-1", targetsOf: null },
      { key: "p50_ms", name: "p50", color: "--series-3" },
    ]),
  },
  heat_map: { format: milliseconds, follows: true, heat: true, series: () => [] },
  requests: {
    format: perSecond,
    follows: true,
    series: ofChosen([
      { key: "requests_per_s", name: "requests", color: "--series-1", area: true },
      { key: "failed_per_s", name: "failed", color: "--bad" },
      { key: "dropped_iterations_per_s", name: "dropped iterations", color: "--series-5", dash: DASH, rare: true },
    ]),
  },
  scenario_p95: { format: milliseconds, series: byScenario("p95_ms", true) },
  scenario_requests: { format: perSecond, series: byScenario("requests_per_s") },
  overlay_p95: { format: milliseconds, series: byScenario("p95_ms") },
  overlay_p50: { format: milliseconds, series: byScenario("p50_ms") },
  overlay_requests: { format: perSecond, series: byScenario("requests_per_s") },
  overlay_failed: { format: perSecond, series: byScenario("failed_per_s") },
  vus: {
    format: count,
    whole: true,
    series: () => [
      { key: "vus", name: "active", color: "--series-6", area: true },
      { key: "vus_max", name: "prepared", color: "--series-7", dash: DASH },
    ],
  },
  transfer: {
    format: sizePerSecond,
    follows: true,
    series: ofChosen([
      { key: "data_received_bytes_per_s", name: "received", color: "--series-3", area: true },
      { key: "data_sent_bytes_per_s", name: "sent", color: "--series-2" },
    ]),
  },
  generator: {
    format: share,
    format2: size,
    series: () => [
      { key: "process_cpu", name: "its CPU", color: "--series-2" },
      { key: "host_cpu", name: "CPU of the machine", color: "--series-7", dash: DASH },
      { key: "process_memory_bytes", name: "its memory", color: "--series-3", axis: 1 },
    ],
  },
};
