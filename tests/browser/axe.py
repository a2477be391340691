"""What axe finds in a page, and what makes a page wider than its window."""

from __future__ import annotations

from typing import Any, Literal

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

Theme = Literal["light", "dark"]

THEMES: tuple[Theme, ...] = ("light", "dark")
DESKTOP, DOUBLED, PHONE = 1440, 720, 390
"""At 200 % a window of 1440 pixels has room for 720. A page is loaded once for all widths."""
CONTRAST = "color-contrast"
AS_SEEN: tuple[tuple[Theme, dict[str, Any]], ...] = (
    ("light", {}),
    ("dark", {"runOnly": [CONTRAST]}),
)
"""Of what axe looks at, the theme has a say in contrasts alone."""
SETTLED = """() => Promise.all(document.getAnimations()
  .filter(a => a instanceof CSSTransition).map(a => a.finished.catch(() => 0)))"""
"""Colours that change slowly are looked at when they have changed."""
SIDEWAYS = """
() => document.documentElement.scrollWidth <= innerWidth ? [] :
  [...document.querySelectorAll("body *")]
    .filter(e => e.getBoundingClientRect().right > innerWidth + 1 && e.checkVisibility())
    .slice(-3).map(e => "wider than the window: " + e.outerHTML.slice(0, 120))
    .concat(["wider than the window"])
"""
TWICE = """() => [...document.querySelectorAll("[id]")].map(e => e.id)
  .filter((id, place, all) => all.indexOf(id) !== place).map(id => "two elements are #" + id)"""


def violations(page: Page, within: str = "html", **options: Any) -> list[str]:
    """What axe finds in a part of a page; its script is put into each page once.

    Some rules are about pages as wholes: they hold where the part is all of `html`.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    page.evaluate(SETTLED)
    # Nothing is fetched for the two rules that look into style sheets and films: no page has any.
    options |= {"resultTypes": ["violations"], "preload": False}
    run = "([within, options]) => axe.run(within, options).then(all => all.violations)"
    found = page.evaluate(run, [within, options])
    return [_summary(violation) for violation in found]


def violations_in_both_themes(page: Page, within: str = "html") -> list[str]:
    found = []
    for theme, options in AS_SEEN:
        page.emulate_media(color_scheme=theme)
        found += [f"{theme}: {what}" for what in violations(page, within, **options)]
    page.emulate_media(color_scheme="light")
    return found


def all_violations(page: Page) -> list[str]:
    """What is wrong with the page that is open: wide, at 200 % and on a phone, light and dark."""
    page.set_viewport_size({"width": DESKTOP, "height": 900})
    seen = violations_in_both_themes(page) + sideways(page) + ids_used_twice(page)
    page.set_viewport_size({"width": DOUBLED, "height": 450})
    seen += sideways(page)
    page.set_viewport_size({"width": PHONE, "height": 800})
    seen += sideways(page)
    # Colours are the same there; what only a phone shows is looked at on one page for all.
    return seen + violations(page, rules={CONTRAST: {"enabled": False}})


def sideways(page: Page) -> list[str]:
    """What makes the page wider than its window."""
    found: list[str] = page.evaluate(SIDEWAYS)
    return found


def ids_used_twice(page: Page) -> list[str]:
    """Axe asks only about those that labels name; scripts and links find the first one alone."""
    found: list[str] = page.evaluate(TWICE)
    return found


def _summary(violation: dict[str, Any]) -> str:
    nodes = [node["html"][:160] for node in violation["nodes"][:3]]
    return f"{violation['impact']}: {violation['id']}: {nodes}"
