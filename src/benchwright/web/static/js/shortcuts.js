// Keys that lead somewhere. What each does stands in the dialog (web/shell.py), and only there.

import { openDialog } from "./dialogs.js";

const PATIENCE_MS = 1200;
const SWITCH = "single-keys";

const dialog = /** @type {HTMLDialogElement | null} */ (document.getElementById("shortcuts"));
const keys = new Map();
for (const row of /** @type {NodeListOf<HTMLElement>} */ (dialog?.querySelectorAll("[data-keys]") ?? [])) {
  keys.set(row.dataset.keys, row.dataset);
}

/** @type {Record<string, () => void>} */
const ACTIONS = {
  search: () => document.getElementById("search-everything")?.focus(),
  help: () => openDialog(dialog),
  next: () => moveInList(1),
  previous: () => moveInList(-1),
};

let first = "";
let firstAt = 0;

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || isTyping(event.target)) return;
  if (document.querySelector("dialog:modal")) return;
  if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key === "k") {
    event.preventDefault();
    ACTIONS.search();
    return;
  }
  // Shift is needed to write some of the signs, so it counts as part of them.
  if (event.ctrlKey || event.metaKey || event.altKey || !areOn()) return;
  const pair = `${first} ${event.key}`;
  // When it was pressed: a busy page hears of it later.
  const at = event.timeStamp;
  const found = keys.get(at - firstAt < PATIENCE_MS && keys.has(pair) ? pair : event.key);
  [first, firstAt] = [event.key, at];
  if (!found?.path && !found?.action) return;
  event.preventDefault();
  first = "";
  if (found.path) location.assign(found.path);
  else ACTIONS[found.action]();
});

/** @param {EventTarget | null} target */
function isTyping(target) {
  if (!(target instanceof HTMLElement)) return false;
  const writes = "input:not([type=checkbox], [type=radio], [type=submit]), textarea, select";
  return target.isContentEditable || target.matches(writes);
}

/** Moves the focus to the link of another line of the page's lists. @param {number} step */
function moveInList(step) {
  const links = [];
  for (const row of document.querySelectorAll("main tbody tr, main [data-line]")) {
    const link = /** @type {HTMLElement | null} */ (row.querySelector("th a[href], td a[href], a[href]"));
    if (link?.checkVisibility()) links.push(link);
  }
  const row = document.activeElement?.closest("tr, [data-line]");
  const at = row ? links.findIndex((link) => row.contains(link)) : -1;
  const next = at < 0 ? (step > 0 ? 0 : links.length - 1) : at + step;
  links[next]?.focus();
  links[next]?.scrollIntoView({ block: "nearest" });
}

/** Whether keys without a modifier do anything: who speaks to a computer may want none to. */
export function areOn() {
  try {
    return localStorage.getItem(SWITCH) !== "off";
  } catch {
    return true;
  }
}

const box = /** @type {HTMLInputElement | null} */ (document.getElementById(SWITCH));
if (box) box.checked = areOn();
box?.addEventListener("change", () => {
  try {
    if (box.checked) localStorage.removeItem(SWITCH);
    else localStorage.setItem(SWITCH, "off");
  } catch {
    box.checked = true; // it cannot be kept
  }
});
