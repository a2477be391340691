// Numbers as people read them; web/figures.py follows the same rules (a test compares them).

const NO_BREAK = "\u00a0";
const MISSING = "–";
const BYTE_UNITS = ["B", "kB", "MB", "GB", "TB", "PB"];

/** @param {unknown} value @returns {value is number} */
const isNumber = (value) => typeof value === "number" && Number.isFinite(value);

/** @param {number} value @param {number} places */
const fixed = (value, places) =>
  value.toLocaleString("en-US", {
    minimumFractionDigits: places,
    maximumFractionDigits: places,
    roundingMode: "halfEven", // as Python does
  });

/** @param {number} value */
function significant(value, digits = 3) {
  if (value === 0) return "0";
  const power = Math.floor(Math.log10(Math.abs(value)));
  let places = digits - 1 - power;
  const scale = 10 ** places;
  const rounded = Math.round(value * scale) / scale;
  if (rounded && Math.abs(rounded) >= 10 ** (power + 1)) places -= 1;
  return places <= 0 ? fixed(rounded, 0) : fixed(rounded, Math.min(places, 6));
}

/** @param {number | null | undefined} value */
export function count(value) {
  if (!isNumber(value)) return MISSING;
  if (Math.abs(value) >= 1e9) return `${significant(value / 1e9)}${NO_BREAK}G`;
  if (Math.abs(value) >= 1e6) return `${significant(value / 1e6)}${NO_BREAK}M`;
  return fixed(value, 0);
}

/** @param {number | null | undefined} value */
export function rate(value) {
  if (!isNumber(value)) return MISSING;
  if (Math.abs(value) >= 1e6) return `${significant(value / 1e6)}${NO_BREAK}M`;
  if (Math.abs(value) >= 100) return fixed(value, 0);
  return significant(value, Math.abs(value) >= 1 ? 3 : 2);
}

/** @param {number | null | undefined} value */
export function milliseconds(value) {
  if (!isNumber(value)) return MISSING;
  if (Math.abs(value) >= 999.5) return `${significant(value / 1000)}${NO_BREAK}s`;
  return `${significant(value)}${NO_BREAK}ms`;
}

/** @param {number | null | undefined} value of 0..1 */
export function share(value) {
  if (!isNumber(value)) return MISSING;
  const percent = value * 100;
  if (percent === 0) return `0${NO_BREAK}%`;
  if (percent > 0 && percent < 0.01) return `<${NO_BREAK}0.01${NO_BREAK}%`;
  if (percent >= 99.95 && percent < 100) return `>${NO_BREAK}99.9${NO_BREAK}%`;
  return `${significant(percent, percent >= 10 ? 3 : 2)}${NO_BREAK}%`;
}

/** @param {number | null | undefined} value */
export function size(value) {
  if (!isNumber(value)) return MISSING;
  let power = 0;
  while (Math.abs(value) >= 999.5 && power < BYTE_UNITS.length - 1) {
    value /= 1000;
    power += 1;
  }
  return `${power === 0 ? fixed(value, 0) : significant(value)}${NO_BREAK}${BYTE_UNITS[power]}`;
}

/** @param {number | null | undefined} seconds */
export function duration(seconds) {
  if (!isNumber(seconds)) return MISSING;
  if (seconds < 0.9995) return seconds ? `${fixed(seconds * 1000, 0)}${NO_BREAK}ms` : `0${NO_BREAK}s`;
  if (seconds < 9.95) return `${fixed(seconds, 1).replace(/\.0$/, "")}${NO_BREAK}s`;
  let whole = Math.round(seconds);
  if (whole < 60) return `${whole}${NO_BREAK}s`;
  const parts = [];
  for (const [unit, length] of /** @type {const} */ ([["d", 86_400], ["h", 3600], ["min", 60], ["s", 1]])) {
    const amount = Math.floor(whole / length);
    whole -= amount * length;
    if (amount) parts.push(`${amount}${NO_BREAK}${unit}`);
    else if (parts.length) break;
  }
  return parts.slice(0, 2).join(" ");
}

/** Time since the start, as on a stopwatch. @param {number} ms */
export function elapsed(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}
