"""A reader who acts when the page is there: no test is won or lost by how soon a script came.

Pages load an element's script where the element stands. Until it has come, the element does what
HTML does without it: a test that types in that moment tests something else than it says.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache, wraps
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Locator, Page

ACTIONS = (
    *("click", "dblclick", "tap", "hover", "focus"),
    *("fill", "clear", "press", "press_sequentially", "set_input_files"),
    *("check", "uncheck", "set_checked", "select_option"),
)
READS = (
    *("all", "all_inner_texts", "all_text_contents", "bounding_box", "count", "evaluate"),
    *("evaluate_all", "get_attribute", "inner_text", "input_value", "text_content"),
)
MOVES_TO_PAGES = ("goto", "reload", "go_back", "go_forward")
KEYS = ("press", "type", "down", "insert_text")
MOVES = ("move", "click", "down", "wheel")

UNFINISHED = ":not(:defined), code-editor:not(:has(.cm-editor))"
"""An editor fetches its language first: until then its plain field is still there to be found."""
LONG_ENOUGH_S = 20.0
"""For whatever a page does by itself, on a machine that does ten other things."""

T = TypeVar("T")

_contexts: set[BrowserContext] = set()


def watch(context: BrowserContext) -> None:
    """Whatever is done on the pages of this context waits for their scripts."""
    _patch()
    _contexts.add(context)
    context.on("close", _forget)


def _forget(context: BrowserContext) -> None:
    _contexts.discard(context)


def wait_for_scripts(page: Page) -> None:
    """Until the page has loaded and each of its elements knows what it does."""
    page.wait_for_load_state("load")
    page.wait_for_selector(UNFINISHED, state="detached")


def wait_for_value(page: Page, read: Callable[[], T], is_right: Callable[[T], object]) -> T:
    """What is read, as soon as it is right: what a page draws later cannot be asserted at once."""
    deadline = time.monotonic() + LONG_ENOUGH_S
    while not is_right(value := read()):
        if time.monotonic() > deadline:
            raise AssertionError(f"after {LONG_ENOUGH_S:g} s it is still {value!r}")
        page.wait_for_timeout(50)
    return value


def _wait(page: Page) -> None:
    if page.context in _contexts:
        wait_for_scripts(page)


def _wait_for(locator: Locator) -> None:
    """Until it is there as well: it may be part of a page that is still to come."""
    _wait(locator.page)
    if locator.page.context in _contexts:
        locator.wait_for(state="attached")
        wait_for_scripts(locator.page)


def _wait_for_all() -> None:
    for context in list(_contexts):
        for page in context.pages:
            wait_for_scripts(page)


def _before(kind: type, names: tuple[str, ...], wait: Callable[[Any], None]) -> None:
    def patient(action: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(action)
        def act(self: Any, *arguments: Any, **options: Any) -> Any:
            wait(self)
            return action(self, *arguments, **options)

        return act

    for name in names:
        setattr(kind, name, patient(getattr(kind, name)))


def _after(kind: type, names: tuple[str, ...], wait: Callable[[Any], None]) -> None:
    def patient(action: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(action)
        def act(self: Any, *arguments: Any, **options: Any) -> Any:
            answer = action(self, *arguments, **options)
            wait(self)
            return answer

        return act

    for name in names:
        setattr(kind, name, patient(getattr(kind, name)))


@cache
def _patch() -> None:
    from playwright.sync_api import Keyboard, Locator, Mouse, Page

    _before(Locator, ACTIONS, _wait_for)
    _before(Locator, READS, lambda locator: _wait(locator.page))
    _after(Page, MOVES_TO_PAGES, _wait)
    # A keyboard and a mouse do not say whose they are.
    _before(Keyboard, KEYS, lambda _: _wait_for_all())
    _before(Mouse, MOVES, lambda _: _wait_for_all())
