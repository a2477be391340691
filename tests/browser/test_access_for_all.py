"""Every page in both themes and on a phone, looked at by axe; and with the keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.all_pages import EMPTY, GROUPS, Pages, fill
from tests.browser.axe import (
    CONTRAST,
    PHONE,
    THEMES,
    all_violations,
    sideways,
    violations,
    violations_in_both_themes,
)
from tests.fixtures.served_pages import ServedPages, open_pages
from tests.services.chromium import Complaints, OpenContext


@pytest.fixture(scope="module")
def filled_pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedPages]:
    """Pages of an installation that has one of everything; tests only look at it."""
    with open_pages(tmp_path_factory.mktemp("filled")) as pages:
        yield pages


@pytest.fixture(scope="module")
def groups(filled_pages: ServedPages) -> dict[str, Pages]:
    return fill(filled_pages)


def test_axe_finds_what_is_wrong(page: Page) -> None:
    page.set_content("<p style='color: #eee; background: #fff'>faint</p><img src='data:,'>")
    found = "".join(violations(page, rules={CONTRAST: {"enabled": False}}))
    assert all(rule in found for rule in ("document-title", "html-has-lang", "image-alt"))
    assert CONTRAST not in found
    assert [CONTRAST in what for what in violations_in_both_themes(page)].count(True) == 2
    assert "document-title" not in "".join(violations(page, "p"))


@pytest.mark.slow
def test_axe_finds_nothing_while_there_is_nothing(page: Page, served_pages: ServedPages) -> None:
    found = look(page, served_pages, EMPTY)
    assert not found, "\n" + "\n".join(found)


@pytest.mark.slow
@pytest.mark.parametrize("group", GROUPS)
def test_axe_finds_nothing(
    page: Page,
    filled_pages: ServedPages,
    groups: dict[str, Pages],
    complaints: Complaints,
    group: str,
) -> None:
    found = look(page, filled_pages, groups[group])
    for name in groups[group]:
        if name.startswith("error"):
            complaints.expect(f"status of {name[-3:]}")
    assert not found, "\n" + "\n".join(found)


def look(page: Page, pages: ServedPages, addresses: Pages) -> list[str]:
    found = []
    for name, path in addresses.items():
        page.goto(pages.url + path)
        wait_until_drawn(page, name)
        found += [f"{name}: {what}" for what in all_violations(page)]
    return found


def wait_until_drawn(page: Page, name: str) -> None:
    if name.startswith("run "):
        expect(page.locator("live-chart > *").first).to_be_attached()
    if name in {"edit as text", "own script"}:
        expect(page.locator(".cm-content")).to_be_visible()
    if name == "docs":
        expect(page.locator(".opblock").first).to_be_visible()


@pytest.mark.slow
def test_axe_finds_nothing_in_the_menu_of_a_phone(page: Page, filled_pages: ServedPages) -> None:
    page.set_viewport_size({"width": PHONE, "height": 800})
    page.goto(f"{filled_pages.url}/p/default/runs")
    page.get_by_role("button", name="Menu").click()
    assert violations_in_both_themes(page) == []


@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_nothing_in_what_opens_above_a_page(
    open_context: OpenContext, served_pages: ServedPages, width: int
) -> None:
    page = open_context(viewport={"width": width, "height": 900}).new_page()
    page.goto(served_pages.url + "/design")
    for opener in (
        page.get_by_role("button", name="Open a dialog"),
        page.locator("summary", has_text="Delete this load test"),
        page.locator("summary", has_text="More").first,
    ):
        opener.click()
        # The page below is looked at by itself.
        above = "dialog[open], .menu[open]"
        expect(page.locator(above)).to_be_visible()
        assert violations_in_both_themes(page, above) == []
        assert not sideways(page)
        page.keyboard.press("Escape")


@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_nothing_in_a_plan_with_all_its_parts_open(
    open_context: OpenContext,
    filled_pages: ServedPages,
    groups: dict[str, Pages],
    complaints: Complaints,
    width: int,
) -> None:
    page = open_context(viewport={"width": width, "height": 900}).new_page()
    page.goto(filled_pages.url + groups["plans"]["new load test"])
    states = {
        "open": "document.querySelectorAll('.plan details').forEach((d) => { d.open = true; })",
        "rows": "document.querySelectorAll('row-list fieldset > .button').forEach((b) => b.click())",
        "stages": """document.querySelectorAll('.scenario select[data-choice]').forEach((choice) => {
            if (choice.name.endsWith('.executor')) choice.value = 'ramping-vus';
            choice.dispatchEvent(new Event('change', {bubbles: true}));
        })""",
        "token": "document.getElementById('f-setup').click()",
        "script": "document.getElementById('tab-script').click()",
    }
    found = []
    for name, action in states.items():
        page.evaluate(action)
        page.wait_for_timeout(300)
        found += [f"{name}: {what}" for what in sideways(page)]
    page.get_by_label("Base address").fill("nowhere")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("alert").first).to_be_visible()
    complaints.expect("422")
    page.evaluate(states["open"])
    page.get_by_label("Requests carry").select_option("header")
    found += violations_in_both_themes(page)
    page.get_by_role("button", name="New secret").click()
    found += [f"dialog: {what}" for what in violations(page)]
    assert not found, "\n" + "\n".join(found)


MOVING = """
() => document.getAnimations()
  // One that a scroll drives moves as far as the reader scrolls.
  .filter(a => a.timeline instanceof DocumentTimeline)
  .map(a => [a.effect.getTiming().duration, a.effect.getTiming().iterations])
"""


def test_nothing_moves_where_that_is_not_wanted(
    open_context: OpenContext, served_pages: ServedPages
) -> None:
    moving = {}
    for wish in ("no-preference", "reduce"):
        page = open_context(reduced_motion=wish).new_page()
        page.goto(served_pages.url + "/design")
        page.get_by_role("button", name="Open a dialog").click()
        moving[wish] = [
            (duration, iterations)
            for duration, iterations in page.evaluate(MOVING)
            # JSON has no infinity.
            if iterations is None or duration > 1 or iterations > 1
        ]
    assert moving["no-preference"]
    assert not moving["reduce"]


@pytest.mark.parametrize("theme", THEMES)
def test_forced_colours_keep_what_colours_said(
    open_context: OpenContext, served_pages: ServedPages, theme: str
) -> None:
    page = open_context(color_scheme=theme, forced_colors="active").new_page()
    page.goto(served_pages.url + "/design")
    for part in (".badge", ".method", ".notice", "#controls .button", ".progress"):
        edge = page.locator(part).first.evaluate(
            "e => [getComputedStyle(e).borderTopStyle, getComputedStyle(e).borderTopWidth]"
        )
        assert edge == ["solid", "1px"], part
    series = page.locator(".places line").evaluate_all(
        "all => all.map(e => getComputedStyle(e).stroke)"
    )
    assert len(set(series[:8])) == 8
    checked = page.locator(".check input").nth(1)
    assert checked.evaluate("e => getComputedStyle(e).appearance") == "auto"


def test_the_keyboard_reaches_the_content_first(page: Page, served_pages: ServedPages) -> None:
    page.goto(served_pages.url)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Address of the OpenAPI document")).to_be_focused()


def test_one_gets_out_of_the_editor(
    page: Page, filled_pages: ServedPages, groups: dict[str, Pages]
) -> None:
    page.goto(filled_pages.url + groups["plans"]["edit as text"])
    page.locator(".cm-content").focus()
    page.keyboard.press("Tab")
    expect(page.locator(".cm-content")).not_to_be_focused()
