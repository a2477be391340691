// What each chart of a run shows.

import { count, milliseconds, rate, share, size } from "./figures.js";
import { seriesLook } from "./series-colors.js";

/**
 * @typedef {{key: string, name: string, index: number}} Scenario  `index` is its place in the plan
 * @typedef {{key: string, name: string, color: string, dash?: number[], area?: boolean, rare?: boolean,
 *   axis?: number, targetsOf?: string | null, scenario?: string}} Series  `rare` ones are left out
 *   while they are zero; `targetsOf` names the scenario whose targets are drawn beside it, null the run
 * @typedef {{scenarios: Scenario[], chosen: string | null, keys: string[]}} Shown  `keys` are those of all columns
 * @typedef {{format: (value: number | null) => string, format2?: (value: number | null) => string,
 *   series: (shown: Shown) => Series[], follows?: boolean, whole?: boolean, heat?: boolean,
 *   optional?: boolean, sparse?: boolean}} Kind
 *   `follows` ones show the chosen scenario instead of the whole run; `optional` ones are put away
 *   where an ended run has none of it; lines of `sparse` ones go on over what has no value, and
 *   their values may be below zero
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

/**
 * A line for each device, and for each of several figures of it.
 * @param {[string, string][]} figures prefixes of columns, and what they are called
 */
const byDevice = (figures) => (/** @type {Shown} */ { keys }) => {
  const devices = [...new Set(keys.filter((key) => key.startsWith("host_device_")).map((key) => key.split(":")[1]))].sort();
  return devices.flatMap((device, place) =>
    figures.map(([figure, name], nth) => ({
      key: `${figure}:${device}`,
      name: `${device} ${name}`.trim(),
      color: seriesLook(place).color,
      dash: nth ? DASH : undefined,
    })),
  );
};

export const REPORTED = "reported.";

/** @param {number | null} value */
const plain = (value) => (value !== null && Number.isInteger(value) ? count(value) : rate(value));

/** A number that a workload reports, or a list of them. @param {string} metric @returns {Kind} */
const reported = (metric) => ({
  format: plain,
  sparse: true,
  series: ({ keys }) =>
    keys
      .filter((key) => key === REPORTED + metric || key.startsWith(`${REPORTED}${metric}:`))
      .sort((a, b) => Number(a.split(":")[1] ?? 0) - Number(b.split(":")[1] ?? 0))
      .map((key, place) => ({ key, name: key.includes(":") ? `${metric} ${key.split(":")[1]}` : metric, ...seriesLook(place) })),
});

/** @param {string} name @param {string | null} metric */
export const kindOf = (name, metric) => (name === "reported" ? reported(metric ?? "") : KINDS[name]);

/** @type {Record<string, Kind>} */
const KINDS = {
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
  cpu: {
    format: share,
    series: () => [
      { key: "process_cpu", name: "workload", color: "--series-1", area: true },
      { key: "host_cpu", name: "machine", color: "--series-7", dash: DASH },
    ],
  },
  memory: {
    format: size,
    series: () => [
      { key: "process_memory_bytes", name: "workload", color: "--series-1", area: true },
      { key: "host_memory_bytes", name: "machine", color: "--series-7", dash: DASH },
    ],
  },
  disk: {
    format: sizePerSecond,
    optional: true,
    series: () => [
      { key: "process_read_bytes_per_s", name: "workload reads", color: "--series-1" },
      { key: "process_written_bytes_per_s", name: "writes", color: "--series-2" },
      { key: "host_disk_read_bytes_per_s", name: "machine reads", color: "--series-1", dash: DASH },
      { key: "host_disk_written_bytes_per_s", name: "writes", color: "--series-2", dash: DASH },
    ],
  },
  network: {
    format: sizePerSecond,
    optional: true,
    series: () => [
      { key: "process_received_bytes_per_s", name: "workload receives", color: "--series-3" },
      { key: "process_sent_bytes_per_s", name: "sends", color: "--series-4" },
      { key: "host_network_received_bytes_per_s", name: "machine receives", color: "--series-3", dash: DASH },
      { key: "host_network_sent_bytes_per_s", name: "sends", color: "--series-4", dash: DASH },
    ],
  },
  device_busy: { format: share, optional: true, series: byDevice([["host_device_busy", ""]]) },
  device_wait: { format: milliseconds, optional: true, series: byDevice([["host_device_wait_ms", ""]]) },
  device_operations: {
    format: perSecond,
    optional: true,
    series: byDevice([["host_device_reads_per_s", "reads"], ["host_device_writes_per_s", "writes"]]),
  },
};
