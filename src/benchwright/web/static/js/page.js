// What every page loads. An element's module is fetched only where the element stands.

import "./shortcuts.js";
import "./theme-switch.js";
import "./dialogs.js";
import "./copying.js";
import "./toasts.js";
import "./whole-texts.js";
import { showLocalTimes } from "./local-time.js";
import { focusAgain } from "./parts.js";
import { forgetAllTexts } from "./typed-texts.js";

const MODULES = {
  "run-page": () => import("./run-page.js"),
  "run-overlay": () => import("./run-overlay.js"),
  "run-log": () => import("./run-log.js"),
  "live-chart": () => import("./live-chart.js"),
  "endpoint-browser": () => import("./endpoint-browser.js"),
  "spec-source": () => import("./spec-source.js"),
  "plan-form": () => import("./plan-form.js"),
  "job-desk": () => import("./job-desk.js"),
  "unsaved-guard": () => import("./unsaved-guard.js"),
  "file-upload": () => import("./file-upload.js"),
  "code-editor": () => import("./code-editor.js"),
  "history-chart": () => import("./history-chart.js"),
  "run-list": () => import("./run-list.js"),
  "fresh-part": () => import("./fresh-part.js"),
  "search-box": () => import("./search-box.js"),
  "running-now": () => import("./running-now.js"),
  "project-switcher": () => import("./project-switcher.js"),
};

/** @param {ParentNode} root */
export function start(root) {
  showLocalTimes(root);
  for (const tab of root.querySelectorAll(".tabs [aria-current]")) bringIntoStrip(tab);
  for (const [name, load] of Object.entries(MODULES)) {
    if (root.querySelector(name)) load();
  }
}

/** A narrow window shows the first tabs only, and the open one may stand beyond. */
function bringIntoStrip(tab) {
  const strip = tab.closest(".tabs");
  strip.scrollLeft = tab.offsetLeft - strip.offsetLeft - (strip.clientWidth - tab.offsetWidth) / 2;
}

start(document);
document.addEventListener("htmx:load", (event) => start(/** @type {Element} */ (event.target)));
document.addEventListener("part:replaced", (event) => start(/** @type {Element} */ (event.target)));

document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (event.target instanceof Element && event.target.matches("[data-forgets-typed]")) forgetAllTexts();
  // Not disabled at once: a disabled button's name would not be sent.
  if (button) setTimeout(() => button.setAttribute("aria-busy", "true"));
});

// htmx gives the focus back where the same id is there again; else it would be lost. A button that
// is disabled while its request is on its way loses it before that.
let replaced = "";
document.addEventListener("htmx:beforeRequest", (event) => {
  const { target } = /** @type {CustomEvent} */ (event).detail;
  replaced = target.contains(document.activeElement) ? target.id : "";
});
document.addEventListener("htmx:afterSettle", () => {
  const part = replaced && document.activeElement === document.body ? document.getElementById(replaced) : null;
  if (part) focusAgain(part, "");
});

// Whoever goes back finds the page as it was left, where nothing is on its way any more.
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const button of document.querySelectorAll(".button[aria-busy]")) button.removeAttribute("aria-busy");
});
