// How charts are painted: colours of the theme, scales, limits and marks.

const LABEL_HEIGHT = 14;
const TICKS_Y = 4;
const SMALL_PX = 380;
/** A limit further above than this would press the values flat: it is named at the upper edge. */
const REACH = 2.5;

/** Colours as the theme has them now: a canvas cannot read CSS variables. @param {Element} element */
export function palette(element) {
  const probe = document.createElement("i");
  const read = new Map();
  return {
    /** @param {string} name */
    color(name) {
      if (!read.has(name)) {
        element.append(probe);
        probe.style.color = `var(${name})`;
        read.set(name, getComputedStyle(probe).color);
        probe.remove();
      }
      return read.get(name);
    },
    font: `11px ${getComputedStyle(element).fontFamily}`,
  };
}

/** The round number at or above, in steps that make few ticks. @param {number} most */
export function roundScale(most, whole = false) {
  const value = most > 0 ? most : 1;
  const power = 10 ** Math.floor(Math.log10(value / TICKS_Y));
  let step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((one) => value / one <= TICKS_Y) ?? power * 10;
  if (whole) step = Math.max(1, Math.ceil(step));
  return { max: Math.ceil(value / step - 1e-9) * step, step };
}

const TIME_STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400];

/** Round minutes and seconds. @param {number} from @param {number} to seconds @param {number} width px */
export function timeTicks(from, to, width) {
  const most = Math.max(2, Math.floor(width / 70));
  const step = TIME_STEPS_S.find((one) => (to - from) / one <= most) ?? (to - from) / most;
  const ticks = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) ticks.push(at);
  return ticks;
}

/** @param {{value: number}[]} limits @param {number} most of the values */
export const withinReach = (limits, most) =>
  limits.map((limit) => limit.value).filter((value) => value <= most * REACH);

/**
 * Draws limits as dotted lines with their names, which keep apart from each other.
 * @param {any} u @param {{value: number, label: string, color: string}[]} limits
 * @param {{color: (name: string) => string, font: string}} paint
 * @returns {{label: string, y: number}[]} where the names stand, in px from the top of the plot
 */
export function drawLimits(u, limits, paint) {
  if (!limits.length) return [];
  const { ctx } = u;
  const ratio = devicePixelRatio;
  const { left, top, width, height } = u.bbox;
  // In a small chart many names would hide the lines; the table of scenarios has them, too.
  const hasRoom = width / ratio >= SMALL_PX || limits.length <= 2;
  const placed = limits
    .map((limit) => ({ ...limit, at: u.valToPos(limit.value, "y", true) - top }))
    .map((limit) => ({ ...limit, isAbove: limit.at < 0, y: Math.max(limit.at / ratio - 3, 10) }))
    .sort((a, b) => b.y - a.y);
  // From below to above; where the upper edge is reached, the whole stack moves down again.
  for (let i = 1; i < placed.length; i += 1) placed[i].y = Math.min(placed[i].y, placed[i - 1].y - LABEL_HEIGHT);
  for (let i = placed.length - 1, least = 10; i >= 0; i -= 1, least += LABEL_HEIGHT) {
    placed[i].y = Math.max(placed[i].y, least);
  }
  ctx.save();
  ctx.font = paint.font.replace(/^[\d.]+/, (size) => String(Number(size) * ratio));
  ctx.textAlign = "right";
  ctx.lineWidth = ratio;
  for (const limit of placed) {
    ctx.strokeStyle = limit.color;
    if (!limit.isAbove) {
      ctx.setLineDash([2 * ratio, 3 * ratio]);
      ctx.beginPath();
      ctx.moveTo(left, top + limit.at);
      ctx.lineTo(left + width, top + limit.at);
      ctx.stroke();
    }
    if (!hasRoom) continue;
    // The page's ground around the letters keeps them readable over lines.
    ctx.setLineDash([]);
    ctx.lineJoin = "round";
    ctx.strokeStyle = paint.color("--surface");
    ctx.lineWidth = 3 * ratio;
    const text = limit.isAbove ? `${limit.label} ↑` : limit.label;
    const [x, y] = [left + width - 2 * ratio, top + limit.y * ratio];
    ctx.strokeText(text, x, y);
    ctx.fillStyle = limit.color;
    ctx.fillText(text, x, y);
    ctx.lineWidth = ratio;
  }
  ctx.restore();
  return placed.map(({ label, y }) => ({ label, y }));
}

/** What happened, as thin upright lines. @param {any} u @param {{atMs: number}[]} marks @param {any} paint */
export function drawMarks(u, marks, paint) {
  const { ctx } = u;
  const { left, top, width, height } = u.bbox;
  ctx.save();
  ctx.fillStyle = paint.color("--text-soft");
  ctx.globalAlpha = 0.55;
  for (const mark of marks) {
    const x = Math.round(u.valToPos(mark.atMs / 1000, "x", true));
    if (x < left - 1 || x > left + width + 1) continue;
    ctx.fillRect(x, top, devicePixelRatio, height);
    ctx.fillRect(x - 2 * devicePixelRatio, top, 5 * devicePixelRatio, 3 * devicePixelRatio);
  }
  ctx.restore();
}

/** A piece of the line, for legends and tips. @param {import("./chart-kinds.js").Series} one */
export function sample(one) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const line = document.createElementNS(space, "line");
  for (const [name, value] of [["width", "14"], ["height", "6"], ["aria-hidden", "true"]]) svg.setAttribute(name, value);
  for (const [name, value] of [["x1", "0"], ["x2", "14"], ["y1", "3"], ["y2", "3"]]) line.setAttribute(name, value);
  line.style.stroke = `var(${one.color})`;
  line.style.strokeWidth = "2";
  if (one.dash) line.style.strokeDasharray = one.dash.join(" ");
  svg.append(line);
  return svg;
}

/** Names are data and may be long. @param {string} name @param {number} most */
export const clip = (name, most) => (name.length > most ? `${name.slice(0, most - 1)}…` : name);
