"""Finds one address for each kind of page by following links."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

MOST_PAGES = 80
_IDENTIFIER = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\b\d+\b")
_TAB = re.compile(r"tab=(\w+)")


def discover(browser: Browser, url: str) -> dict[str, str]:
    """Paths by a name that can be a file's."""
    page = browser.new_page()
    waiting, seen = ["/"], dict[str, str]()
    while waiting and len(seen) < MOST_PAGES:
        path = waiting.pop(0)
        name = _name(path)
        if name in seen:
            continue
        answer = page.goto(url + path)
        if answer is None or "text/html" not in answer.headers.get("content-type", ""):
            continue
        seen[name] = path
        waiting += _links(page, urlsplit(url).netloc)
    page.close()
    return seen


def _links(page: Page, here: str) -> list[str]:
    found: list[str] = page.eval_on_selector_all(
        "a[href]:not([download])",
        # A link in a drawing has no address of its own.
        "all => all.map(a => new URL(a.getAttribute('href'), document.baseURI).href)",
    )
    paths = []
    for link in map(urlsplit, found):
        is_file = re.search(r"\.\w+$", link.path) or link.path.startswith(("/api/", "/static/"))
        # Another query is another view of the same page; a tab is a page.
        if link.netloc == here and not is_file and (not link.query or _TAB.fullmatch(link.query)):
            paths.append(link.path + (f"?{link.query}" if link.query else ""))
    return paths


def _name(path: str) -> str:
    parts = urlsplit(path)
    tab = _TAB.search(parts.query)
    name = _IDENTIFIER.sub("N", parts.path).strip("/").replace("/", "-") or "start"
    return f"{name}-{tab[1]}" if tab else name
