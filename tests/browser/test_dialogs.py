"""What opens above a page: by mouse, by keyboard, without scripts, and while the page renews itself."""

from __future__ import annotations

from functools import partial
from operator import eq

import pytest
from playwright.sync_api import FloatRect, Page, expect

from tests.fixtures.served_pages import ServedPages
from tests.fixtures.site import Site
from tests.services.chromium import OpenContext
from tests.services.patience import wait_for_value


@pytest.fixture
def secrets(served_pages: ServedPages) -> str:
    """The address of a page with two secrets."""
    site = Site(served_pages.harness, served_pages.harness.client())
    for name in ("API_TOKEN", "OTHER"):
        site.send("/p/default/secrets", {"name": name, "value": "a value"})
    return served_pages.url + "/p/default/secrets"


def test_a_confirmation_asks_by_name_and_begins_with_the_harmless_choice(
    page: Page, secrets: str
) -> None:
    page.goto(secrets)
    opener = page.get_by_label("Forget API_TOKEN")
    opener.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Forget the secret “API_TOKEN”?")
    expect(dialog).to_be_visible()
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(opener).to_be_focused()

    opener.click()
    expect(dialog).to_be_visible()
    page.mouse.click(5, 5)
    expect(dialog).to_be_hidden()

    opener.click()
    dialog.get_by_role("button", name="Forget").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator(".toast")).to_contain_text("API_TOKEN")
    expect(page.locator("#announcer")).to_contain_text("API_TOKEN")
    page.get_by_role("button", name="Dismiss").click()
    expect(page.locator(".toast")).to_have_count(0)


def test_marking_text_beyond_the_edge_closes_nothing(page: Page, secrets: str) -> None:
    page.goto(secrets)
    page.get_by_label("Forget API_TOKEN").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    box = dialog.locator("p").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    page.mouse.down()
    page.mouse.move(5, 5)
    page.mouse.up()
    expect(dialog).to_be_visible()


def test_a_confirmation_works_without_scripts(open_context: OpenContext, secrets: str) -> None:
    page = open_context(java_script_enabled=False).new_page()
    page.goto(secrets)
    page.get_by_label("Forget API_TOKEN").click()
    expect(page.get_by_text("Forget the secret “API_TOKEN”?")).to_be_visible()
    page.locator("dialog").get_by_role("button", name="Forget").first.click()
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator(".toast")).to_be_visible()


def test_what_is_open_stays_open_while_the_page_renews_what_is_around_it(
    page: Page, served_pages: ServedPages
) -> None:
    page.goto(served_pages.url + "/design")
    page.get_by_role("button", name="Open a dialog").click()
    dialog = page.get_by_role("dialog", name="Save the load test")
    dialog.get_by_label("Name").fill("typed before")
    renew(page)
    expect(dialog).to_be_visible()
    expect(dialog.get_by_label("Name")).to_have_value("typed before")
    expect(dialog.get_by_label("Name")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()

    page.locator("summary", has_text="Stop").click()
    question = page.get_by_role("dialog", name="Stop the run")
    expect(question).to_be_visible()
    renew(page)
    expect(question.get_by_role("button", name="Cancel")).to_be_focused()
    page.keyboard.press("Enter")
    expect(question).to_be_hidden()

    page.get_by_label("Actions of this row").click()
    expect(page.get_by_role("button", name="Run again")).to_be_visible()
    renew(page)
    expect(page.get_by_role("button", name="Run again")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Run again")).to_be_hidden()


def renew(page: Page) -> None:
    """Lets the server draw the part with the controls anew."""
    old = page.locator("#controls").element_handle()
    page.evaluate("import('/static/js/parts.js').then(parts => parts.refreshParts(['controls']))")
    assert old is not None
    assert not old.evaluate("element => element.isConnected")


def test_a_menu_opens_and_closes_by_mouse_and_keyboard(
    page: Page, served_pages: ServedPages
) -> None:
    page.set_viewport_size({"width": 420, "height": 900})
    page.goto(served_pages.url + "/design")
    opener = page.get_by_label("Actions of this row")
    items = page.locator(".menu-items", has_text="Run again")
    opener.click()
    expect(items).to_be_visible()
    # It is open a moment before it has found its place.
    wait_for_value(page, items.bounding_box, is_inside)
    page.keyboard.press("ArrowDown")
    expect(items.get_by_role("button", name="Run again")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(items.get_by_role("button", name="Download")).to_be_focused()
    page.keyboard.press("Escape")
    expect(items).to_be_hidden()
    expect(opener).to_be_focused()
    opener.click()
    expect(items).to_be_visible()
    page.mouse.click(2, 450)
    expect(items).to_be_hidden()
    opener.click()
    expect(items).to_be_visible()
    page.keyboard.press("Shift+Tab")
    expect(items).to_be_hidden()


def is_inside(box: FloatRect | None) -> bool:
    """In a window of 420 × 900."""
    if box is None:
        return False
    right, bottom = box["x"] + box["width"], box["y"] + box["height"]
    return box["x"] >= 0 and right <= 420 and bottom <= 900


def test_a_menu_works_without_scripts(open_context: OpenContext, served_pages: ServedPages) -> None:
    page = open_context(java_script_enabled=False).new_page()
    page.goto(served_pages.url + "/design")
    page.get_by_label("Actions of this row").click()
    expect(page.get_by_role("button", name="Run again")).to_be_visible()


def test_copying_takes_the_text_or_what_an_element_holds(
    open_context: OpenContext, served_pages: ServedPages
) -> None:
    context = open_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(served_pages.url + "/about")
    for given, is_address, expected in (
        ("a text", False, "a text"),
        ("#no-such-element", False, "#no-such-element"),
        ("#spot", False, "held by an element"),
        ("/p/x", True, served_pages.url + "/p/x"),
    ):
        page.evaluate(
            """([text, isAddress]) => {
              document.querySelector("main").innerHTML = '<p id="spot">held by an element</p><button data-copies>Copy</button>';
              const button = document.querySelector("[data-copies]");
              button.dataset.copies = text;
              if (isAddress) button.dataset.address = "";
            }""",
            [given, is_address],
        )
        page.locator("[data-copies]").click()
        copied = partial(page.evaluate, "navigator.clipboard.readText()")
        wait_for_value(page, copied, partial(eq, expected))
        if expected == "a text":
            expect(page.locator("#announcer")).to_have_text("Copied")
            # The word goes again, so that the next one is heard.
            expect(page.locator("#announcer")).to_be_empty()
            expect(page.locator("[data-copies]")).not_to_have_attribute("data-copied", "")
