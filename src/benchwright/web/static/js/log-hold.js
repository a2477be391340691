// Keeps a log in place while the page around it changes.

/** The log that one reads stays as it is while the panel around it is drawn anew. @param {Element} page */
export function holdLog(page) {
  const log = /** @type {any} */ (page.querySelector("run-log"));
  const scrolled = log?.view.scrollTop;
  const place = log?.view.getBoundingClientRect();
  const focused = log?.contains(document.activeElement) ? /** @type {any} */ (document.activeElement) : null;
  return () => {
    const fresh = page.querySelector("run-log");
    if (!log || !fresh || fresh === log) return;
    fresh.replaceWith(log);
    log.view.scrollTop = scrolled;
    if (place.top < innerHeight && place.bottom > 0) scrollBy(0, log.view.getBoundingClientRect().top - place.top);
    focused?.focus({ preventScroll: true });
  };
}
