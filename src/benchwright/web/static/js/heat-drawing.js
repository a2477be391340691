// The heat map of response times: how many requests took how long, second by second.

import { count, milliseconds } from "./figures.js";
import { drawMarks } from "./chart-paint.js";
import { AXIS_WIDTH, shorten, timeAxis } from "./line-drawing.js";

const METRIC = "http_req_duration";
const POLL_MS = 3000;
const COLUMN_PX = 3;
const SHADES = 6;
const LEAST_MS = 0.1;
const LEAST_ROWS = 10;
const MOST_ROWS = 24;

/** @typedef {{times_ms: number[], step_s: number, lower: number[], upper: number[], cells: [number, number, number][]}} Map */

export class HeatDrawing {
  /** @param {any} page the <run-page> @param {string} name @param {import("./chart-kinds.js").Kind} kind */
  constructor(page, name, kind) {
    this.page = page;
    this.name = name;
    this.kind = kind;
    /** @type {Map | null} */
    this.map = null;
    this.labels = [];
    this.isLoading = true;
    this.loadedAt = 0;
    this.most = 0;
  }

  /** Asks anew when something else is to be shown, or new seconds came. @param {() => void} onLoaded */
  refresh(onLoaded, width = 600) {
    const { page } = this;
    // Of a scenario that did nothing yet there is no heat map.
    if (page.chosen && !page.store.scenarioTotals.get(page.chosen.key)?.requests) {
      this.loaded = undefined;
      this.take(null);
      return;
    }
    const wanted = JSON.stringify([page.chosen?.key, page.view.zoomed, page.isLive]);
    const isOld = page.isLive && !page.view.zoomed && Date.now() - this.loadedAt >= POLL_MS;
    if (wanted === this.loaded && !isOld) return;
    this.loaded = wanted;
    this.loadedAt = Date.now();
    void this.load(wanted, Math.round(width / COLUMN_PX)).then(onLoaded);
  }

  /** @param {string} wanted @param {number} points */
  async load(wanted, points) {
    const { page } = this;
    const query = new URLSearchParams({ points: String(Math.max(points, 50)) });
    if (page.chosen) query.append("label", `scenario=${page.chosen.key}`);
    const { zoomed } = page.view;
    if (zoomed) {
      query.set("from", String(Math.floor(page.startMs + zoomed.from)));
      query.set("to", String(Math.ceil(page.startMs + zoomed.to)));
    }
    try {
      const response = await fetch(`${page.address}/series/${METRIC}/heat-map?${query}`);
      if (this.loaded !== wanted) return;
      // 404: nothing of it was measured.
      this.take(response.ok ? await response.json() : null);
    } catch {
      this.loaded = undefined;
      this.isLoading = false;
    }
  }

  /** @param {Map | null} map */
  take(map) {
    this.isLoading = false;
    this.map = map?.cells.length ? coarser(map) : null;
    this.most = 0;
    /** Where the cells of each column begin. @type {number[]} */
    this.starts = [];
    if (!this.map) return;
    const { cells, times_ms: times } = this.map;
    let next = 0;
    for (let column = 0; column <= times.length; column += 1) {
      while (next < cells.length && cells[next][0] < column) next += 1;
      this.starts.push(next);
    }
    for (const cell of cells) this.most = Math.max(this.most, cell[2]);
  }

  get isEmpty() {
    return !this.map;
  }

  signature() {
    return this.map ? `heat ${this.bounds().join()}` : "";
  }

  /** Whole powers of ten hold still while values come. */
  bounds() {
    const { lower, upper } = /** @type {Map} */ (this.map);
    const least = Math.max(lower.find((value) => value > 0) ?? LEAST_MS, LEAST_MS);
    const most = Math.max(...upper, least * 1.1);
    return [half(least, Math.floor), half(most, Math.ceil)];
  }

  data() {
    const { times_ms: times, upper } = /** @type {Map} */ (this.map);
    return [times.map((time) => (time - this.page.startMs) / 1000), times.map(() => upper[0] || 1)];
  }

  /** @param {any} paint */
  options(paint) {
    const axis = { stroke: paint.color("--chart-axis"), font: paint.font, ticks: { show: false }, gap: 6 };
    const grid = { stroke: paint.color("--chart-grid"), width: 1 };
    const [least, most] = this.bounds();
    const shades = Array.from({ length: SHADES }, (_, i) => paint.color(`--heat-${i + 1}`));
    return {
      padding: [8, 12, 0, 0],
      scales: { y: { distr: 3, range: () => [least, most] } },
      axes: [
        timeAxis(axis, grid),
        {
          ...axis,
          size: AXIS_WIDTH,
          grid,
          splits: () => logTicks(least, most),
          filter: (/** @type {any} */ _u, /** @type {number[]} */ ticks) => ticks,
          values: (/** @type {any} */ _u, /** @type {number[]} */ ticks) => ticks.map((v) => shorten(milliseconds(v))),
        },
      ],
      series: [{}, { paths: () => null, points: { show: false } }],
      cursorPoints: false,
      hooks: {
        drawAxes: [(/** @type {any} */ u) => this.drawCells(u, shades)],
        draw: [(/** @type {any} */ u) => drawMarks(u, this.page.marks(), paint)],
      },
    };
  }

  /** @param {any} u @param {string[]} shades */
  drawCells(u, shades) {
    if (!this.map) return;
    const { ctx } = u;
    const { left, top, width, height } = u.bbox;
    const { lower, upper, cells, times_ms: times, step_s: step } = this.map;
    const y = (/** @type {number} */ value) => Math.round(u.valToPos(value, "y", true));
    const [least] = this.bounds();
    // A time of 0, as of a refused connection, has no place on a logarithm: it is the lowest row.
    const tops = upper.map((value) => (value > 0 ? y(value) : y(least) - 3 * devicePixelRatio));
    const bottoms = lower.map((value) => y(Math.max(value, least)));
    const middles = times.map((time) => u.valToPos((time - this.page.startMs) / 1000, "x", true));
    // Around its time, where lines have their point and the cursor stands.
    const half = Math.max(0.5, (u.valToPos(step, "x", true) - u.valToPos(0, "x", true)) / 2);
    ctx.save();
    ctx.beginPath();
    ctx.rect(left, top, width, height);
    ctx.clip();
    // One colour after the other: changing it is what costs.
    const byShade = shades.map(() => /** @type {[number, number][]} */ ([]));
    for (const [column, row, number] of cells) byShade[this.shade(number)].push([column, row]);
    byShade.forEach((places, shade) => {
      ctx.fillStyle = shades[shade];
      for (const [column, row] of places) {
        // Rounded alike on both sides, so that no gap is left between neighbours.
        const [start, end] = [Math.round(middles[column] - half), Math.round(middles[column] + half)];
        ctx.fillRect(start, tops[row], Math.max(1, end - start), Math.max(1, bottoms[row] - tops[row]));
      }
    });
    ctx.restore();
  }

  /** By the logarithm: what happened once is seen beside what happened a thousand times. @param {number} number */
  shade(number) {
    const share = Math.log1p(number) / Math.log1p(this.most || 1);
    return Math.max(0, Math.min(SHADES - 1, Math.ceil(share * SHADES) - 1));
  }

  /** The smallest count that has this shade. @param {number} shade */
  leastOf(shade) {
    return Math.floor(Math.expm1((shade / SHADES) * Math.log1p(this.most))) + 1;
  }

  /** What a column holds, slowest first. @param {number} column */
  rows(column) {
    if (!this.map || column < 0 || column >= this.map.times_ms.length) return [];
    const { lower, upper, cells } = this.map;
    return cells
      .slice(this.starts?.[column], this.starts?.[column + 1])
      .reverse()
      .map(([, row, number]) => ({ name: rangeText(lower[row], upper[row]), lower: lower[row], upper: upper[row], number }));
  }

  /** @param {number} column @param {number | null} value under the pointer, in ms */
  at(column, value = null) {
    const rows = this.rows(column);
    const all = rows.reduce((sum, row) => sum + row.number, 0);
    const pointed = value === null ? [] : rows.filter((row) => value >= row.lower && value <= row.upper);
    const shown = pointed.length ? pointed : [...rows].sort((a, b) => b.number - a.number).slice(0, 3);
    return [
      { name: "requests", text: count(all), key: "all" },
      ...shown.map((row) => ({
        name: row.name,
        text: count(row.number),
        sign: () => swatch(this.shade(row.number)),
        key: row.name,
      })),
    ];
  }

  columns() {
    const busiest = (/** @type {number} */ column) => this.rows(column).reduce((a, b) => (b.number > a.number ? b : a));
    return [
      { name: "requests", text: (/** @type {number} */ i) => count(this.rows(i).reduce((sum, row) => sum + row.number, 0)) },
      { name: "fastest", text: (/** @type {number} */ i) => this.rows(i).at(-1)?.name ?? "" },
      { name: "most common", text: (/** @type {number} */ i) => busiest(i).name },
      { name: "slowest", text: (/** @type {number} */ i) => this.rows(i)[0]?.name ?? "" },
    ];
  }

  /** The scale of colours, not to be switched. */
  legend() {
    if (!this.map) return [];
    const shades = Array.from({ length: SHADES }, (_, i) => i).filter((i) => this.shade(this.leastOf(i)) === i);
    return shades.map((shade, i) => ({
      key: `shade-${shade}`,
      name: i === shades.length - 1 ? `${count(this.leastOf(shade))}+ requests` : count(this.leastOf(shade)),
      sign: () => swatch(shade),
      isFixed: true,
    }));
  }
}

/**
 * The same with fewer rows: few requests over many rows are a pattern of stripes. Rows are joined
 * by whole numbers of them, as the parts of a row cannot be told apart.
 * @param {Map} map
 */
function coarser(map) {
  const first = map.lower.findIndex((value) => value > 0);
  if (first < 0) return map;
  const { lower, upper, cells, times_ms: times } = map;
  const width = Math.log(upper[first] / lower[first]);
  const places = lower.map((value) => (value > 0 ? Math.round(Math.log(value) / width) : null));
  const all = Math.round(Math.log(upper[upper.length - 1] / lower[first]) / width);
  const inColumn = cells.reduce((sum, cell) => sum + cell[2], 0) / times.length;
  const wanted = Math.min(MOST_ROWS, Math.max(LEAST_ROWS, 2 * Math.sqrt(inColumn)));
  const joined = Math.ceil(all / wanted);
  if (joined <= 1) return map;
  const bins = places.map((place) => (place === null ? null : Math.floor(place / joined)));
  /** @type {Map} */
  const made = { ...map, lower: [], upper: [], cells: [] };
  const rows = bins.map((bin, row) => {
    if (row > 0 && bin === bins[row - 1]) return made.lower.length - 1;
    const place = bin === null ? null : bin * joined - /** @type {number} */ (places[row]);
    made.lower.push(place === null ? lower[row] : lower[row] * Math.exp(place * width));
    made.upper.push(place === null ? upper[row] : lower[row] * Math.exp((place + joined) * width));
    return made.lower.length - 1;
  });
  for (const [column, row, number] of cells) {
    const last = made.cells[made.cells.length - 1];
    if (last && last[0] === column && last[1] === rows[row]) last[2] += number;
    else made.cells.push([column, rows[row], number]);
  }
  return made;
}

/** @param {number} lower @param {number} upper */
const rangeText = (lower, upper) => (upper <= 0 ? "0 ms" : `${milliseconds(lower)} – ${milliseconds(upper)}`);

/** The next of 1, 2, 5, 10, … @param {number} value @param {(v: number) => number} round */
function half(value, round) {
  const steps = [0, Math.log10(2), Math.log10(5)];
  const power = Math.log10(value);
  const whole = Math.floor(power);
  const rest = power - whole;
  if (round === Math.floor) return 10 ** (whole + Math.max(...steps.filter((step) => step <= rest + 1e-9)));
  return 10 ** (whole + (steps.find((step) => step >= rest - 1e-9) ?? 1));
}

/** @param {number} least @param {number} most */
function logTicks(least, most) {
  const ticks = [];
  for (let power = Math.floor(Math.log10(least)); power <= Math.ceil(Math.log10(most)); power += 1) {
    for (const factor of [1, 2, 5]) {
      const tick = factor * 10 ** power;
      if (tick >= least * 0.999 && tick <= most * 1.001) ticks.push(tick);
    }
  }
  return ticks.length > 6 ? ticks.filter((tick) => Math.abs(Math.log10(tick) % 1) < 1e-6) : ticks;
}

/** @param {number} shade */
function swatch(shade) {
  const box = document.createElement("i");
  box.className = "swatch";
  box.style.background = `var(--heat-${shade + 1})`;
  return box;
}

