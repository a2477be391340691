// Lines over time: what <live-chart> draws for all kinds but the heat map.

import { elapsed, share } from "./figures.js";
import { drawLimits, drawMarks, roundScale, sample, timeTicks, withinReach } from "./chart-paint.js";

const FAINT = 0.18;
const MAX_LIMITS = 8;
export const AXIS_WIDTH = 62;

/** @typedef {import("./chart-kinds.js").Series} Series */

export class LineDrawing {
  /** @param {any} page the <run-page> @param {string} name @param {import("./chart-kinds.js").Kind} kind */
  constructor(page, name, kind) {
    this.page = page;
    this.name = name;
    this.kind = kind;
    /** @type {Series[]} what there are values of */
    this.series = [];
    /** @type {{label: string, y: number}[]} */
    this.labels = [];
  }

  /** Looks at what there is; the result changes when the chart has to be built anew. */
  signature() {
    const { page, kind } = this;
    const { store, view } = page;
    const chosen = page.chosen?.key ?? null;
    this.series = kind
      .series({ scenarios: page.shownScenarios(), chosen, keys: store.keys() })
      .filter((one) => store.has(one.key, one.rare ? 0 : null));
    return this.series.map((one) => `${one.key} ${this.isHidden(one)} ${this.isFaint(one)}`).join() + (view.zoomed ? " zoomed" : "");
  }

  get isEmpty() {
    return !this.series.length;
  }

  /** @param {Series} one */
  isHidden(one) {
    return this.page.view.hidden.has(`${this.name} ${one.key}`);
  }

  /** @param {Series} one */
  isFaint(one) {
    const { chosen } = this.page;
    return Boolean(one.scenario && chosen && one.scenario !== chosen.key);
  }

  data() {
    const store = this.page.source();
    return [this.page.axis(store), ...this.series.map((one) => store.column(one.key))];
  }

  /** @param {any} paint */
  options(paint) {
    const { kind, page } = this;
    const axis = { stroke: paint.color("--chart-axis"), font: paint.font, ticks: { show: false }, gap: 6 };
    const grid = { stroke: paint.color("--chart-grid"), width: 1 };
    const limits = this.limits(paint);
    const scale = (/** @type {any} */ format, /** @type {{value: number}[]} */ reached) =>
      format === share
        ? { range: () => [0, 1] }
        : kind.sparse
          ? { range: (/** @type {any} */ _u, /** @type {number | null} */ least, /** @type {number | null} */ most) => signedRange(least, most) }
        : {
            range: (/** @type {any} */ _u, /** @type {any} */ _min, /** @type {number | null} */ most) =>
              [0, roundScale(Math.max(most ?? 0, ...withinReach(reached, most ?? 0)), kind.whole).max],
          };
    const yAxis = (/** @type {string} */ name, /** @type {any} */ format, /** @type {number} */ side) => ({
      ...axis,
      scale: name,
      side,
      size: AXIS_WIDTH,
      grid: side === 3 ? grid : { show: false },
      splits: (/** @type {any} */ _u, /** @type {any} */ _i, /** @type {number} */ min, /** @type {number} */ max) =>
        stepsTo(min, max, format === share ? 0.25 : roundScale(max - min, kind.whole).step),
      values: (/** @type {any} */ _u, /** @type {number[]} */ ticks) => ticks.map((v) => (v === 0 ? "0" : shorten(format(v)))),
    });
    const hasSecond = kind.format2 && this.series.some((one) => one.axis === 1);
    return {
      padding: [8, hasSecond ? 0 : 12, 0, 0],
      scales: {
        y: scale(kind.format, limits),
        ...(hasSecond ? { y2: scale(kind.format2, []) } : {}),
      },
      axes: [
        timeAxis(axis, grid),
        yAxis("y", kind.format, 3),
        ...(hasSecond ? [yAxis("y2", kind.format2, 1)] : []),
      ],
      series: [
        {},
        ...this.series.map((one) => ({
          scale: one.axis ? "y2" : "y",
          show: !this.isHidden(one),
          stroke: paint.color(one.color),
          width: one.scenario && one.scenario === page.chosen?.key ? 2.5 : 1.75,
          alpha: this.isFaint(one) ? FAINT : 1,
          dash: one.dash,
          spanGaps: Boolean(kind.sparse),
          fill: one.area ? translucent(paint.color(one.color)) : undefined,
          points: { show: this.isDotted },
        })),
      ],
      hooks: {
        draw: [
          (/** @type {any} */ u) => {
            this.labels = drawLimits(u, limits, paint);
            drawMarks(u, page.marks(), paint);
          },
        ],
      },
    };
  }

  /** A single value is no line: it shows as a dot. */
  isDotted = (/** @type {any} */ u, /** @type {number} */ _index, /** @type {number} */ first, /** @type {number} */ last) =>
    u.data[0].length > 0 && last - first < 2;

  /**
   * A target in the colour of its scenario; one that holds for the whole run, in that of limits.
   * @param {any} paint
   */
  limits(paint) {
    const found = [];
    for (const one of this.series) {
      if (one.targetsOf === undefined || this.isHidden(one) || this.isFaint(one)) continue;
      for (const target of this.page.targets) {
        // What holds for every scenario holds for the chosen one.
        if (target.scenario !== one.targetsOf && (target.scenario !== null || one.scenario)) continue;
        const color = paint.color(one.scenario ? one.color : "--bad");
        found.push({ value: target.ms, label: target.label, color });
      }
    }
    return found.slice(0, MAX_LIMITS);
  }

  /** The values at a place in the data, largest first. @param {number} place */
  at(place) {
    const store = this.page.source();
    const found = this.series
      .filter((one) => !this.isHidden(one))
      .map((one) => ({ one, value: this.valueAt(store.column(one.key), place) }));
    if (this.series[0]?.scenario) {
      const rank = (/** @type {any} */ entry) => (this.isFaint(entry.one) ? -1e15 : 0) + (entry.value ?? -1);
      found.sort((a, b) => rank(b) - rank(a));
    }
    return found.map(({ one, value }) => ({ name: one.name, text: this.format(one)(value), sign: () => sample(one), key: one.key }));
  }

  /** Of what is told now and then, what was told last. @param {(number | null)[]} column @param {number} place */
  valueAt(column, place) {
    let at = place;
    while (this.kind.sparse && at > 0 && (column[at] ?? null) === null) at -= 1;
    return column[at] ?? null;
  }

  /** As a table shows them. */
  columns() {
    const store = this.page.source();
    return this.series.map((one) => ({
      name: one.name,
      text: (/** @type {number} */ place) => this.format(one)(store.column(one.key)[place] ?? null),
    }));
  }

  legend() {
    return this.series.map((one) => ({
      key: one.key,
      name: one.name,
      sign: () => sample(one),
      isOn: !this.isHidden(one),
      isFaint: this.isFaint(one),
    }));
  }

  /** @param {Series} one */
  format(one) {
    return one.axis === 1 && this.kind.format2 ? this.kind.format2 : this.kind.format;
  }
}

/** @param {object} axis @param {object} grid */
export const timeAxis = (axis, grid) => ({
  ...axis,
  size: 24,
  grid: { ...grid, show: false },
  border: { show: true, ...grid },
  splits: (/** @type {any} */ u, /** @type {any} */ _i, /** @type {number} */ min, /** @type {number} */ max) =>
    timeTicks(min, max, u.width - AXIS_WIDTH),
  values: (/** @type {any} */ _u, /** @type {number[]} */ ticks) => ticks.map((at) => elapsed(at * 1000)),
});

/** @param {number} min @param {number} max @param {number} step */
function stepsTo(min, max, step) {
  const first = Math.ceil(min / step - 1e-9);
  const count = Math.floor(max / step + 1e-9) - first;
  return Array.from({ length: count + 1 }, (_, i) => (first + i) * step);
}

/** Around zero, in whole steps. @param {number | null} least @param {number | null} most @returns {[number, number]} */
function signedRange(least, most) {
  const [low, high] = [Math.min(0, least ?? 0), Math.max(0, most ?? 0)];
  const { step } = roundScale(high - low);
  return [Math.floor(low / step + 1e-9) * step, Math.max(Math.ceil(high / step - 1e-9) * step, low ? 0 : step)];
}

/** An axis needs no “40.0 %”. @param {string} text */
export const shorten = (text) => text.replace(/(\.\d*?)0+(?!\d)/, "$1").replace(/\.(?!\d)/, "");

/** @param {string} color as computed: `rgb(…)` */
const translucent = (color) => color.replace(/^rgb\((.*)\)$/, "rgb($1 / 12%)").replace(/,(?=.*\/)/g, " ");
