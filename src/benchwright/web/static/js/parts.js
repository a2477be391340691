// Replaces parts of this page by how the server draws them now; the focus stays where it was, or near.

import { keepOpen } from "./dialogs.js";

let asked = 0;
/** By part, the question whose answer it shows. @type {Map<string, number>} */
const shownFor = new Map();

/** @param {string[]} ids */
export async function refreshParts(ids) {
  const number = ++asked;
  let text;
  try {
    const response = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!response.ok) return;
    text = await response.text();
  } catch {
    return;
  }
  const fresh = new DOMParser().parseFromString(text, "text/html");
  for (const id of ids) {
    const [old, next] = [document.getElementById(id), fresh.getElementById(id)];
    if (!old || !next) continue;
    // Answers may overtake each other: what was asked for last is the newest.
    if ((shownFor.get(id) ?? 0) > number) continue;
    shownFor.set(id, number);
    const focused = old.contains(document.activeElement) ? document.activeElement : null;
    keepOpen(old, next, () => old.replaceWith(next));
    // What was open has its focus again already.
    if (focused && document.activeElement === document.body) focusAgain(next, focused.id);
    // What htmx does for links and forms is lost with the old part, unless it looks at the new one.
    /** @type {any} */ (window).htmx?.process(next);
    next.dispatchEvent(new Event("part:replaced", { bubbles: true }));
  }
}

/**
 * Whoever works by keyboard goes on from a part that was replaced, not from the top of the page.
 * @param {HTMLElement} part @param {string} id what had the focus, which may be gone
 */
export function focusAgain(part, id) {
  const same = id ? document.getElementById(id) : null;
  same?.focus();
  if (same && document.activeElement === same) return;
  if (!part.hasAttribute("tabindex")) part.tabIndex = -1;
  part.focus({ preventScroll: true });
}
