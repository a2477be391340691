"""A reader who acts when the page is there: no test is won or lost by how soon a script came.

Pages load an element's script where the element stands. Until it has come, the element does what
HTML does without it: a test that types in that moment tests something else than it says.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, wraps
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

ACTIONS = (
    *("click", "dblclick", "tap", "hover", "focus"),
    *("fill", "clear", "press", "press_sequentially", "set_input_files"),
    *("check", "uncheck", "set_checked", "select_option"),
)
KEYS = ("press", "type", "down", "insert_text")
MOVES = ("move", "click", "down", "wheel")

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
    page.wait_for_selector(":not(:defined)", state="detached")


def _wait(page: Page) -> None:
    if page.context in _contexts:
        wait_for_scripts(page)


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


@cache
def _patch() -> None:
    from playwright.sync_api import Keyboard, Locator, Mouse

    _before(Locator, ACTIONS, lambda locator: _wait(locator.page))
    # A keyboard and a mouse do not say whose they are.
    _before(Keyboard, KEYS, lambda _: _wait_for_all())
    _before(Mouse, MOVES, lambda _: _wait_for_all())
