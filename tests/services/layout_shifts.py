"""What moves on a page without anybody having asked for it."""

from __future__ import annotations

from playwright.sync_api import Page


def watch_shifts(page: Page) -> None:
    """From now on the page keeps in `window.shifts` what moved, and from where to where."""
    page.evaluate("""() => {
      window.shifts = [];
      const place = ({node, previousRect: a, currentRect: b}) =>
        `${(node?.outerHTML ?? node?.textContent)?.slice(0, 120)}: ${a.x},${a.y} to ${b.x},${b.y}`;
      new PerformanceObserver(list => list.getEntries().forEach(e => window.shifts.push(
        `${e.value}: ${e.sources.map(place)}`))).observe({type: "layout-shift"});
    }""")
