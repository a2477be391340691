"""Takes pictures of pages in each theme and width, and of what opens above them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

WIDTHS = {"wide": 1440, "narrow": 420}
THEMES = ("light", "dark")
HEIGHT = 900
MOST_HEIGHT = 6000
"""Browsers have trouble with pictures of much larger pages, and so has who looks at them."""
SEEN_AFTER_MS = 80
DRAWN_AFTER_MS = 400
"""Charts draw after the page is there."""
MOST_OPENED = 4
OPENERS = "details.menu > summary, details.confirm > summary, [data-opens]"


class Camera:
    """`only` chooses pages by name; `complaints` says which pages are wider than their window."""

    def __init__(
        self,
        browser: Browser,
        folder: Path,
        themes: Sequence[str] | None = None,
        widths: Sequence[str] | None = None,
        only: re.Pattern[str] | None = None,
    ) -> None:
        self._browser, self._folder, self._only = browser, folder, only
        self._themes, self._widths = themes or THEMES, widths or tuple(WIDTHS)
        self.complaints: list[str] = []
        self.taken = 0

    def take(self, group: str, url: str, paths: dict[str, str]) -> None:
        """Whole pages."""
        for name, path, page, variant in self._visits(group, url, paths):
            self._check_width(page, f"{name} ({path})")
            self._shoot(page, f"{name}-{variant}", whole=True)

    def take_open(self, group: str, url: str, paths: dict[str, str]) -> None:
        """Menus, questions and dialogs, one after the other."""
        for name, path, page, variant in self._visits(group, url, paths):
            openers = page.locator(OPENERS)
            seen: set[str] = set()
            for index in range(openers.count()):
                opener = openers.nth(index)
                label = _label(opener)
                if label in seen or not opener.is_visible() or len(seen) == MOST_OPENED:
                    continue
                seen.add(label)
                opener.click()
                self._check_width(page, f"{name} with {label} ({path})")
                self._shoot(page, f"{name}-{label}-{variant}", whole=False)
                page.keyboard.press("Escape")

    def _visits(
        self, group: str, url: str, paths: dict[str, str]
    ) -> Iterator[tuple[str, str, Page, str]]:
        chosen = {n: p for n, p in paths.items() if self._only is None or self._only.search(n)}
        for theme in self._themes:
            for size in self._widths:
                with self._page(theme, WIDTHS[size]) as page:
                    for name, path in chosen.items():
                        page.goto(url + path)
                        page.wait_for_timeout(DRAWN_AFTER_MS)
                        yield f"{group}-{name}", path, page, f"{theme}-{size}"

    @contextmanager
    def _page(self, theme: str, width: int) -> Iterator[Page]:
        context = self._browser.new_context(
            color_scheme="dark" if theme == "dark" else "light",
            viewport={"width": width, "height": HEIGHT},
            reduced_motion="reduce",
            locale="en-US",
        )
        yield context.new_page()
        context.close()

    def _shoot(self, page: Page, name: str, *, whole: bool) -> None:
        path = self._folder / f"{name}.png"
        if whole:
            _see_all(page)
            size = page.evaluate("[innerWidth, document.documentElement.scrollHeight]")
            clip = {"x": 0, "y": 0, "width": size[0], "height": min(size[1], MOST_HEIGHT)}
            page.screenshot(path=path, full_page=True, clip=clip)  # type: ignore[arg-type] # a dict of numbers
        else:
            page.screenshot(path=path)
        self.taken += 1

    def _check_width(self, page: Page, what: str) -> None:
        width = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if width > 0:
            self.complaints.append(f"{what} is {width} px wider than its window")


def _see_all(page: Page) -> None:
    """Brings all of the page into sight once: charts out of sight are not drawn."""
    height = page.evaluate("document.documentElement.scrollHeight")
    for top in range(0, min(height, MOST_HEIGHT), HEIGHT):
        page.evaluate("top => scrollTo(0, top)", top)
        page.wait_for_timeout(SEEN_AFTER_MS)
    page.evaluate("scrollTo(0, 0)")
    page.wait_for_timeout(SEEN_AFTER_MS)


def _label(opener: Locator) -> str:
    text = opener.get_attribute("aria-label") or opener.inner_text()
    return re.sub(r"\W+", "-", text.lower()).strip("-")[:40]
