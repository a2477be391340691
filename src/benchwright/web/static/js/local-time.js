// Times as the reader's clock shows them; the exact one appears on hover.

const EXACT = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });
const SHORT = new Intl.DateTimeFormat(undefined, {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
});
const CLOCK = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});
const RELATIVE = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "short" });
const REFRESH_MS = 15_000;

/** @param {ParentNode} root */
export function showLocalTimes(root) {
  // Other times say no style: those beside the lines of a log stay exact.
  for (const element of root.querySelectorAll("time[data-style]")) show(element);
}

/** @param {Element} element */
function show(element) {
  const at = new Date(element.getAttribute("datetime"));
  if (Number.isNaN(at.getTime())) return;
  element.title = EXACT.format(at);
  const style = element.dataset.style;
  if (style === "clock") element.textContent = CLOCK.format(at);
  else if (style === "short") element.textContent = SHORT.format(at);
  else element.textContent = relative(at);
}

/** @param {Date} at */
export function relative(at) {
  const seconds = (at.getTime() - Date.now()) / 1000;
  const size = Math.abs(seconds);
  if (size < 10) return "just now";
  if (size < 60) return RELATIVE.format(Math.round(seconds), "second");
  if (size < 3600) return RELATIVE.format(Math.round(seconds / 60), "minute");
  if (size < 86_400) return RELATIVE.format(Math.round(seconds / 3600), "hour");
  if (size < 7 * 86_400) return RELATIVE.format(Math.round(seconds / 86_400), "day");
  return SHORT.format(at);
}

setInterval(() => {
  if (!document.hidden) showLocalTimes(document);
}, REFRESH_MS);
