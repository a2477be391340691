// The stages of one load as a line whose corners can be moved, by pointer and by keys.

const SVG = "http://www.w3.org/2000/svg";
const UNITS_S = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400 };
/** While one moves a corner the axes stand still; room beyond lets it grow. */
const ROOM = 1.25;

/** Seconds of `1m30s` or of a bare number; NaN for anything else. @param {string} text */
function readDuration(text) {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(text)) return NaN;
  let seconds = 0;
  for (const [, number, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)) seconds += Number(number) * UNITS_S[unit];
  return seconds;
}

/** @param {number} seconds */
function writeDuration(seconds) {
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60), Math.round(seconds % 60)];
  return `${h ? `${h}h` : ""}${m ? `${m}m` : ""}${s || !(h || m) ? `${s}s` : ""}`;
}

export class StagePicture {
  /**
   * @param {{read: () => string[][] | null, start: () => number, change: (index: number, duration: string, target: string) => void}} stages
   */
  constructor(stages) {
    this.stages = stages;
    this.element = document.createElement("div");
    this.element.className = "stage-picture";
    this.element.setAttribute("role", "group");
    this.element.setAttribute("aria-label", "Shape of the load");
    this.plot = this.element.appendChild(document.createElement("div"));
    const svg = this.plot.appendChild(document.createElementNS(SVG, "svg"));
    for (const [name, value] of Object.entries({ viewBox: "0 0 1000 100", preserveAspectRatio: "none", "aria-hidden": "true" })) svg.setAttribute(name, value);
    this.area = svg.appendChild(document.createElementNS(SVG, "polygon"));
    /** @type {HTMLElement[]} */
    this.handles = [];
  }

  /** The corners as the fields have them; nothing is drawn as long as one cannot be read. */
  draw() {
    const stages = this.stages.read()?.map(([duration, target]) => [readDuration(duration), target === "" ? NaN : Number(target)]);
    const isReadable = Boolean(stages?.length) && stages.flat().every((value) => Number.isFinite(value) && value >= 0);
    this.element.hidden = !isReadable;
    if (!isReadable) return;
    let at = 0;
    this.corners = stages.map(([duration, target]) => ({ begin: at, end: (at += duration), target }));
    if (!this.isHeld) this.scale = { s: Math.max(at, 1) * ROOM, top: Math.max(1, this.stages.start(), ...stages.map(([, target]) => target)) * ROOM };
    this.show();
  }

  show() {
    const { s, top } = this.scale;
    const x = (/** @type {number} */ seconds) => Math.min(1, seconds / s);
    const y = (/** @type {number} */ value) => 1 - Math.min(1, value / top);
    const points = [[0, this.stages.start()], ...this.corners.map(({ end, target }) => [end, target])];
    const outline = points.map(([seconds, value]) => `${x(seconds) * 1000},${y(value) * 100}`).join(" ");
    this.area.setAttribute("points", `0,100 ${outline} ${x(points.at(-1)[0]) * 1000},100`);
    while (this.handles.length < this.corners.length) this.handles.push(this.plot.appendChild(this.handle(this.handles.length)));
    while (this.handles.length > this.corners.length) this.handles.pop().remove();
    this.corners.forEach(({ begin, end, target }, index) => {
      const handle = this.handles[index];
      handle.style.insetInlineStart = `${x(end) * 100}%`;
      handle.style.insetBlockStart = `${y(target) * 100}%`;
      handle.setAttribute("aria-valuenow", String(target));
      handle.setAttribute("aria-valuemax", String(Math.max(top, target)));
      handle.setAttribute("aria-valuetext", `to ${target} in ${writeDuration(end - begin)}`);
    });
  }

  /** @param {number} index */
  handle(index) {
    const handle = document.createElement("div");
    handle.className = "stage-handle";
    handle.tabIndex = 0;
    handle.setAttribute("role", "slider");
    handle.setAttribute("aria-valuemin", "0");
    handle.setAttribute("aria-label", `End of stage ${index + 1}: arrow up and down change the load, left and right the time`);
    handle.addEventListener("keydown", (event) => this.press(event, index));
    handle.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      handle.setPointerCapture(event.pointerId);
      this.isHeld = true;
    });
    handle.addEventListener("pointermove", (event) => {
      if (handle.hasPointerCapture(event.pointerId)) this.drag(event, index);
    });
    handle.addEventListener("lostpointercapture", () => {
      this.isHeld = false;
      this.draw();
    });
    return handle;
  }

  /** @param {PointerEvent} event @param {number} index */
  drag(event, index) {
    const box = this.plot.getBoundingClientRect();
    const share = (/** @type {number} */ value) => Math.min(1, Math.max(0, value));
    const { s, top } = this.scale;
    const seconds = share((event.clientX - box.left) / box.width) * s - this.corners[index].begin;
    this.put(index, seconds, (1 - share((event.clientY - box.top) / box.height)) * top);
  }

  /** @param {KeyboardEvent} event @param {number} index */
  press(event, index) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const { begin, end, target } = this.corners[index];
    const steps = event.shiftKey ? 10 : 1;
    const moves = { ArrowUp: [0, 1], ArrowDown: [0, -1], ArrowRight: [1, 0], ArrowLeft: [-1, 0] };
    const [across, up] = moves[event.key] ?? [];
    if (across === undefined) return;
    event.preventDefault();
    this.put(index, end - begin + across * steps * step(end - begin), target + up * steps * this.rise());
  }

  /** The least that a load is changed by. */
  rise() {
    return step(this.scale.top / ROOM);
  }

  /** @param {number} index @param {number} seconds @param {number} target */
  put(index, seconds, target) {
    const grid = step(seconds);
    const value = this.rise();
    const rounded = Math.max(1, Math.round(seconds / grid) * grid);
    this.stages.change(index, writeDuration(rounded), String(Math.max(0, Math.round(target / value) * value)));
    this.draw();
  }
}

/** Round steps that suit a value: 1 below 100, 5 below 500, 10 below 1,000… @param {number} value */
function step(value) {
  if (value < 100) return 1;
  const power = 10 ** (Math.floor(Math.log10(value)) - 2);
  return value / power < 500 ? 5 * power : 10 * power;
}
