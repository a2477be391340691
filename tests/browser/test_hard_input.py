"""Names and outcomes that pages do not like: each page still reads well, wide and narrow."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.fixtures.odd_runs import make_odd_runs
from tests.fixtures.served_pages import ServedPages
from tools.pictures import hard_input

WIDTHS = (1440, 390)
FAULTS = """
() => {
  const found = [];
  if (document.documentElement.scrollWidth > innerWidth) found.push("wider than the window");
  const title = document.querySelector("main h1");
  if (!title?.checkVisibility() || !title.textContent.trim()) found.push("no heading");
  const seen = [...document.querySelectorAll(".page-head .actions > *")].filter((e) => e.checkVisibility());
  const rest = [...document.querySelectorAll(".page-head h1, .page-head .badge, .page-head .crumbs a, .page-head p")];
  for (const action of seen) {
    const a = action.getBoundingClientRect();
    if (a.right > innerWidth + 1 || a.left < -1) found.push(`out of the window: ${action.textContent.trim()}`);
    for (const other of [...rest, ...seen]) {
      if (other === action || other.contains(action) || action.contains(other)) continue;
      const b = other.getBoundingClientRect();
      const [across, down] = [Math.min(a.right, b.right) - Math.max(a.left, b.left), Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top)];
      if (across > 1 && down > 1) found.push(`${action.textContent.trim()} lies over ${other.outerHTML.slice(0, 120)}`);
    }
  }
  return found;
}
"""


def faults(page: Page) -> list[str]:
    found: list[str] = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        found += [f"at {width}: {fault}" for fault in page.evaluate(FAULTS)]
    return found


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_pages_of_odd_runs_read_well(page: Page, served_pages: ServedPages) -> None:
    harness = served_pages.harness
    pages = hard_input.fill(harness)
    for name, run_id in make_odd_runs(harness.installation).items():
        pages[name] = f"/p/default/runs/{run_id}"
    for name in ("all_failed", "script_name"):
        pages[f"{name}-failures"] = f"{pages[name]}?tab=failures"
    found = []
    for name, path in pages.items():
        page.goto(served_pages.url + path)
        expect(page.locator("main h1")).to_be_visible()
        found += [f"{name}, {fault}" for fault in faults(page)]
    assert not found, "\n" + "\n".join(found)
