"""A real browser for tests; a page that complains or looks beyond this machine fails its test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from tests.services import patience
from tests.services.requirements import require

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
    "--no-pings",
    # Whatever a page asks for, no name is looked up outside.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1, EXCLUDE [::1]",
]
SERVERS = ("served_pages", "guarded_pages", "served_lab")
"""Fixtures that pages are loaded from."""
LOOPBACK = {"127.0.0.1", "localhost", "::1"}

OpenContext = Callable[..., "BrowserContext"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # One for each module, not for the session: while Playwright is open, no other test of the
    # process could run an event loop.
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=patience.LONG_ENOUGH_S * 1000)
    (path,) = require("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


class Complaints(list[str]):
    """What the pages of a test complained about; a test may expect one and take it out."""

    def expect(self, part: str) -> None:
        """Takes out every complaint that contains `part`; fails if there is none."""
        found = [complaint for complaint in self if part in complaint]
        assert found, f"no page complained about {part!r}, only: {list(self)}"
        self[:] = [complaint for complaint in self if complaint not in found]

    def watch(self, context: BrowserContext) -> None:
        context.on("console", self._on_console)
        context.on("weberror", lambda error: self.append(f"uncaught: {error.error}"))
        # Not by a route: while one is set, Chromium keeps no file for the next page.
        context.on("request", self._on_request)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.append(f"{message.type}: {message.text} ({message.location.get('url', '')})")

    def _on_request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in ("data", "blob", "about") and address.hostname not in LOOPBACK:
            self.append(f"looked beyond this machine: {request.url}")


@pytest.fixture
def complaints() -> Iterator[Complaints]:
    """Errors and warnings of the console, uncaught errors, requests to other machines."""
    complaints = Complaints()
    yield complaints
    assert not complaints, "the page complained:\n" + "\n".join(complaints)


@pytest.fixture
def open_context(
    request: pytest.FixtureRequest, browser: Browser, complaints: Complaints
) -> Iterator[OpenContext]:
    """Opens further contexts (another user, another size, dark): `open_context(color_scheme="dark")`.

    What is done on their pages waits for the scripts, unless `is_patient=False`.
    """
    # What is made first ends last: a server outlasts the pages that still load from it.
    for server in SERVERS:
        if server in request.fixturenames:
            request.getfixturevalue(server)
    opened: list[BrowserContext] = []

    def open_one(*, is_patient: bool = True, **options: Any) -> BrowserContext:
        defaults = {"locale": "en-US", "timezone_id": "UTC", "reduced_motion": "reduce"}
        defaults["viewport"] = {"width": 1280, "height": 900}  # type: ignore[assignment] # a dict of options
        context = browser.new_context(**{**defaults, **options})
        context.set_default_timeout(30_000)
        complaints.watch(context)
        if is_patient and options.get("java_script_enabled", True):
            patience.watch(context)
        opened.append(context)
        return context

    yield open_one
    for context in opened:
        context.close()


@pytest.fixture
def page(open_context: OpenContext) -> Page:
    """A page in a context of its own, 1280 × 900, light."""
    return open_context().new_page()
