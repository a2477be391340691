// <live-chart kind="…">: one chart. It draws what its <run-page> or <run-overlay> holds, when in sight.

import uPlot from "uplot";
import "./run-page.js"; // its element comes first: charts ask it
import { ChartTip } from "./chart-tip.js";
import { showLegend } from "./chart-legend.js";
import { addTableButton, fillTable } from "./chart-table.js";
import { kindOf } from "./chart-kinds.js";
import { palette } from "./chart-paint.js";
import { elapsed } from "./figures.js";
import { HeatDrawing } from "./heat-drawing.js";
import { LineDrawing } from "./line-drawing.js";

const PAGE_STEPS = 10;
const TEXT_EVERY_MS = 10_000;
const MIN_DRAG_PX = 6;
/** Drawn a little before it comes into sight. */
const SOON = "120px 0px";

class LiveChart extends HTMLElement {
  connectedCallback() {
    const owner = /** @type {any} */ (this.closest("run-overlay, run-page"));
    if (owner && !owner.view) customElements.whenDefined(owner.localName).then(() => this.isConnected && this.connectedCallback());
    if (!owner?.view) return;
    this.page = owner;
    const metric = this.getAttribute("metric");
    const name = [this.getAttribute("kind"), metric].filter(Boolean).join(" ");
    const kind = kindOf(this.getAttribute("kind") ?? "", metric);
    this.figure = this.closest(".chart");
    this.heading = this.figure?.querySelector("h3")?.textContent?.trim() ?? "";
    this.drawing = kind.heat ? new HeatDrawing(this.page, name, kind) : new LineDrawing(this.page, name, kind);
    this.isVisible = false;
    this.isStale = true;
    this.describedAt = 0;
    this.tip = new ChartTip();
    this.stop = new AbortController();
    const { signal } = this.stop;
    const view = this.page.view;
    document.addEventListener("themechange", () => this.rebuild(), { signal });
    window.addEventListener("beforeprint", () => this.draw(), { signal });
    this.page.addEventListener("run:figures", () => this.refresh(), { signal });
    view.addEventListener("range", () => this.refresh(), { signal });
    view.addEventListener("selection", () => this.refresh(), { signal });
    view.addEventListener("cursor", () => this.isVisible && this.showCursor(), { signal });
    this.addEventListener("keydown", (event) => this.onKey(event), { signal });
    this.addEventListener("focus", () => this.onFocus(), { signal });
    this.addEventListener("dblclick", () => view.resetZoom(), { signal });
    addTableButton(this.figure, this.heading, (isOn) => {
      this.table?.remove();
      this.table = isOn ? document.createElement("div") : undefined;
      if (this.table) this.before(this.table);
      this.fillTable();
    });
    this.sight = new IntersectionObserver((entries) => {
      this.isVisible = entries[entries.length - 1].isIntersecting;
      if (this.isVisible && this.isStale) this.page.queue(this);
    }, { rootMargin: SOON });
    this.sight.observe(this);
    this.sizes = new ResizeObserver(() => this.plot && this.plot.width !== this.clientWidth && this.fit());
    this.sizes.observe(this);
  }

  disconnectedCallback() {
    this.stop?.abort();
    this.sight?.disconnect();
    this.sizes?.disconnect();
    this.plot?.destroy();
    this.plot = undefined;
  }

  /** Something changed: it is drawn with the next frame, if anybody can see it. */
  refresh() {
    this.isStale = true;
    if (this.isVisible) this.page.queue(this);
    else if (!this.figure?.querySelector(".legend li")) {
      // Its place is taken before anybody looks, so that nothing moves then.
      this.drawing.signature();
      if (this.page.hasLoaded) this.putAway();
      showLegend(this.figure, this.page.view, this.drawing);
    }
  }

  /** An ended run whose machine told nothing of this needs no room for it. */
  putAway() {
    const { drawing, page } = this;
    this.figure?.toggleAttribute("hidden", Boolean(drawing.isEmpty && drawing.kind.optional && !page.isLive));
  }

  rebuild() {
    this.plot?.destroy();
    this.plot = undefined;
    // At once: paper does not wait for frames.
    if (this.isVisible) this.draw();
    else this.isStale = true;
  }

  fit() {
    if (this.clientWidth && this.clientHeight) this.plot.setSize({ width: this.clientWidth, height: this.clientHeight });
  }

  draw() {
    const { drawing, page } = this;
    if (!page.hasLoaded) return;
    this.isStale = false;
    if (drawing instanceof HeatDrawing) drawing.refresh(() => this.refresh(), this.clientWidth);
    const signature = drawing.signature();
    this.showTitle();
    this.putAway();
    if (drawing.isEmpty) {
      this.showNothing();
      return;
    }
    if (!this.plot || signature !== this.signature) this.build(signature);
    else this.plot.setData(drawing.data());
    if (page.view.cursorMs !== null) this.showCursor();
    this.describe();
    this.fillTable();
  }

  showNothing() {
    const isLoading = this.drawing instanceof HeatDrawing && this.drawing.isLoading && !this.page.isLive;
    const text = isLoading ? "Loading…" : this.page.emptyText();
    if (!this.plot && this.querySelector(".chart-empty")?.textContent === text) return;
    const note = document.createElement("p");
    note.className = "chart-empty";
    note.textContent = text;
    this.plot?.destroy();
    this.plot = undefined;
    this.replaceChildren(note);
    for (const name of ["role", "tabindex", "aria-label", "aria-valuenow", "aria-valuetext"]) this.removeAttribute(name);
    showLegend(this.figure, this.page.view, this.drawing);
  }

  /** @param {string} signature */
  build(signature) {
    this.signature = signature;
    this.plot?.destroy();
    const paint = palette(this);
    const made = this.drawing.options(paint);
    const range = () => {
      const { from, to } = this.page.range();
      return [from / 1000, to / 1000];
    };
    this.replaceChildren();
    this.plot = new uPlot(
      {
        ...made,
        width: this.clientWidth || 600,
        height: this.clientHeight || 208,
        legend: { show: false },
        scales: { ...made.scales, x: { time: false, range } },
        cursor: {
          y: false,
          points: { show: made.cursorPoints ?? true, size: 6, width: 1 },
          drag: { x: true, y: false, setScale: false, dist: MIN_DRAG_PX },
          bind: { dblclick: () => null },
        },
        hooks: { ...made.hooks, setSelect: [(/** @type {any} */ u) => this.onSelect(u)] },
      },
      this.drawing.data(),
      this,
    );
    this.tip.attach(this.plot.over);
    this.plot.over.addEventListener("mousemove", (/** @type {MouseEvent} */ event) => this.onPointer(event));
    this.plot.over.addEventListener("mousedown", () => {
      this.isDragging = true;
      window.addEventListener("mouseup", () => (this.isDragging = false), { once: true });
    });
    this.plot.over.addEventListener("mouseleave", () => {
      this.pointedValue = null;
      this.page.view.moveCursor(null);
    });
    this.setAttribute("role", "slider");
    this.setAttribute("tabindex", "0");
    this.setAttribute("aria-label", `${this.heading}, time`);
    showLegend(this.figure, this.page.view, this.drawing);
  }

  showTitle() {
    const title = this.figure?.querySelector("[data-chart-of]");
    const text = this.drawing.kind.follows && this.page.chosen ? `of ${this.page.chosen.name}` : "";
    if (title && title.textContent !== text) title.textContent = text;
  }

  // -- the cursor ---------------------------------------------------------------------------

  /** @param {MouseEvent} event */
  onPointer(event) {
    const u = this.plot;
    this.pointedValue = u.posToVal(event.offsetY, "y");
    this.page.view.moveCursor(this.snap(u.posToVal(event.offsetX, "x") * 1000));
  }

  /** The time of the point that is nearest. @param {number} ms */
  snap(ms) {
    const xs = this.plot.data[0];
    return xs[this.plot.valToIdx(ms / 1000)] * 1000;
  }

  showCursor() {
    const { plot, page } = this;
    if (!plot) return;
    const ms = page.view.cursorMs;
    const place = ms === null ? -1 : plot.valToIdx(ms / 1000);
    const left = ms === null ? -10 : plot.valToPos(ms / 1000, "x");
    const isInside = ms !== null && left >= 0 && left <= plot.over.clientWidth && plot.data[0].length > 0;
    // Whoever drags over the edge means all up to it: without a cursor it would be all from zero on.
    if (isInside || !this.isDragging) plot.setCursor({ left: isInside ? left : -10, top: 0 }, false);
    if (!isInside) {
      this.tip.hide();
      return;
    }
    const rows = this.drawing.at(place, this.matches(":hover") ? this.pointedValue : null);
    const title = [elapsed(ms), page.clockAt(ms)].filter(Boolean).join(" · ");
    this.tip.show(left, title, rows, page.markAt(ms));
    if (document.activeElement === this) this.announce(ms, rows);
  }

  /** @param {number} ms @param {{name: string, text: string}[]} rows */
  announce(ms, rows) {
    const { from, to } = this.page.range();
    this.setAttribute("aria-valuemin", String(Math.round(from / 1000)));
    this.setAttribute("aria-valuemax", String(Math.round(to / 1000)));
    this.setAttribute("aria-valuenow", String(Math.round(ms / 1000)));
    const values = rows.map(({ name, text }) => `${name} ${text}`).join(", ");
    this.setAttribute("aria-valuetext", [elapsed(ms), values, this.page.markAt(ms)].filter(Boolean).join(": "));
  }

  /** What the newest values are, for whom does not move the cursor. */
  describe() {
    const at = Date.now();
    if (document.activeElement === this || at - this.describedAt < TEXT_EVERY_MS) return;
    this.describedAt = at;
    const xs = this.plot.data[0];
    if (xs.length) this.announce(xs[xs.length - 1] * 1000, this.drawing.at(xs.length - 1));
  }

  onFocus() {
    if (this.plot && this.page.view.cursorMs === null && this.matches(":focus-visible")) this.step(Infinity);
  }

  /** @param {number} steps points to the right */
  step(steps) {
    const { plot, page } = this;
    const xs = plot.data[0];
    const { from, to } = page.range();
    const [first, last] = [firstAt(xs, from / 1000), lastAt(xs, to / 1000)];
    const now = page.view.cursorMs === null ? last : plot.valToIdx(page.view.cursorMs / 1000);
    const place = Math.max(first, Math.min(last, now + steps));
    if (xs[place] !== undefined) page.view.moveCursor(xs[place] * 1000);
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    if (!this.plot || event.ctrlKey || event.metaKey || event.altKey) return;
    const { view } = this.page;
    const stride = event.shiftKey ? PAGE_STEPS : 1;
    /** @type {Record<string, () => void>} */
    const keys = {
      ArrowLeft: () => this.step(-stride),
      ArrowRight: () => this.step(stride),
      PageDown: () => this.step(-PAGE_STEPS),
      PageUp: () => this.step(PAGE_STEPS),
      Home: () => this.step(-Infinity),
      End: () => this.step(Infinity),
      "+": () => this.zoomBy(0.5),
      "-": () => this.zoomBy(2),
      Escape: () => (view.cursorMs === null ? view.resetZoom() : view.moveCursor(null)),
    };
    if (!keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  }

  // -- the range ----------------------------------------------------------------------------

  /** @param {any} u */
  onSelect(u) {
    const { left, width } = u.select;
    if (width < MIN_DRAG_PX) return;
    u.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
    this.page.view.zoom(u.posToVal(left, "x") * 1000, u.posToVal(left + width, "x") * 1000);
  }

  /** @param {number} factor of the present length, around the cursor */
  zoomBy(factor) {
    const { from, to } = this.page.range();
    const whole = this.page.wholeRange();
    const middle = this.page.view.cursorMs ?? (from + to) / 2;
    const start = middle - (middle - from) * factor;
    const end = middle + (to - middle) * factor;
    if (start <= 0 && end >= whole.to) this.page.view.resetZoom();
    else this.page.view.zoom(Math.max(0, start), Math.min(whole.to, end));
  }

  // -- the table ----------------------------------------------------------------------------

  fillTable() {
    if (!this.table || !this.plot) return;
    const { from, to } = this.page.range();
    const xs = this.plot.data[0];
    fillTable(this.table, this.heading, this.drawing, xs, firstAt(xs, from / 1000), lastAt(xs, to / 1000));
  }
}

/** @param {number[]} xs @param {number} least */
function firstAt(xs, least) {
  const place = xs.findIndex((x) => x >= least);
  return place < 0 ? xs.length - 1 : place;
}

/** @param {number[]} xs @param {number} most */
const lastAt = (xs, most) => Math.max(0, xs.findLastIndex((x) => x <= most));

customElements.define("live-chart", LiveChart);
