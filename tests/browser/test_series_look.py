"""A series looks the same whether the server or a script draws it."""

from __future__ import annotations

from playwright.sync_api import Page

from benchwright.web.tokens import DASHES, SERIES
from tests.fixtures.served_pages import ServedPages

DRAWN = """
() => [...document.querySelectorAll(".places")[0].querySelectorAll("line")].map(line => {
  const style = getComputedStyle(line);
  const dash = style.strokeDasharray === "none" ? null : style.strokeDasharray.split(",").map(parseFloat);
  return [style.getPropertyValue("--series").trim(), dash];
})
"""
LOOKS = """
async count => {
  const { seriesLook } = await import("/static/js/series-colors.js");
  const style = getComputedStyle(document.documentElement);
  return Array.from({ length: count }, (_, place) => {
    const { color, dash } = seriesLook(place);
    return [style.getPropertyValue(color).trim(), dash];
  });
}
"""


def test_scripts_and_templates_agree(page: Page, served_pages: ServedPages) -> None:
    page.goto(served_pages.url + "/design")
    drawn, looks = page.evaluate(DRAWN), page.evaluate(LOOKS, SERIES * DASHES)
    assert drawn == looks
    assert len({str(look) for look in looks}) == SERIES * DASHES
