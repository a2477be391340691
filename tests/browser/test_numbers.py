from __future__ import annotations

from playwright.sync_api import Page

from benchwright.web import assets, figures
from tests.fixtures.served_pages import ServedPages

VALUES = [
    0, 1e-7, 0.00049, 0.0317, 0.2, 0.5, 0.9996, 0.99999, 1, 2.5, 9.94, 9.996, 30, 59.7, 61.2, 90,
    99.96, 402.4, 999.4, 999.6, 1000, 1804.5, 3600, 7500, 90_061, 123_456, 999_999, 1e6, 5.4e6,
    2.5e9, 1e12,
]  # fmt: skip
NAMES = ["count", "rate", "milliseconds", "share", "size", "duration"]


def test_the_browser_writes_numbers_as_the_server_does(
    page: Page, served_pages: ServedPages
) -> None:
    page.goto(served_pages.url + "/about")
    there = page.evaluate(
        "async ([path, names, values]) => {"
        " const figures = await import(path);"
        " return names.map((name) => values.map((value) => figures[name](value))); }",
        [assets.asset_path("js/figures.js"), NAMES, VALUES],
    )
    here = [[getattr(figures, name)(value) for value in VALUES] for name in NAMES]
    assert there == here
