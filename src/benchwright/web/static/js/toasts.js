// Toasts: read out, and gone after a while unless something went wrong.

const SHOWN_FOR_MS = 8000;

for (const toast of document.querySelectorAll(".toast:not(.in-place)")) {
  const text = toast.querySelector("p")?.textContent ?? "";
  // What stands in a page from the start is not read out by itself.
  const announcer = document.getElementById("announcer");
  setTimeout(() => {
    if (announcer) announcer.textContent = text;
  }, 100);
  if (!toast.matches(".is-bad, .is-warn")) leaveInTime(toast);
}

/** Stays while it is pointed at or in focus. @param {Element} toast */
function leaveInTime(toast) {
  const timer = setTimeout(() => {
    if (toast.matches(":hover, :focus-within")) leaveInTime(toast);
    else toast.remove();
  }, SHOWN_FOR_MS);
  toast.addEventListener("keydown", (event) => {
    if (/** @type {KeyboardEvent} */ (event).key !== "Escape") return;
    clearTimeout(timer);
    toast.remove();
  });
}
