"""Light, dark and the system's: which holds, for how long, and what follows."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from benchwright.runs.state import RunState
from tests.fixtures.served_pages import ServedPages
from tests.services.chromium import OpenContext
from tests.services.patience import wait_for_value


def brightness(page: Page) -> float:
    """Of the ground of the page, from 0 to 1."""
    color: str = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    parts = [float(part) for part in re.findall(r"[\d.]+", color)[:3]]
    return sum(parts) / len(parts) / (255 if color.startswith("rgb") else 1)


def expect_bright(page: Page, is_bright: bool) -> None:
    wait_for_value(
        page, lambda: brightness(page), lambda now: now > 0.8 if is_bright else now < 0.2
    )


def test_a_choice_holds_on_every_page_and_in_every_tab(
    open_context: OpenContext, served_pages: ServedPages
) -> None:
    context = open_context(color_scheme="light")
    page = context.new_page()
    page.goto(served_pages.url)
    expect_bright(page, True)
    page.get_by_role("button", name="System theme").click()
    page.get_by_role("button", name="Light theme").click()
    expect(page.get_by_role("button", name="Dark theme")).to_be_visible()
    expect_bright(page, False)
    page.get_by_role("link", name="Runs", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Runs")
    expect_bright(page, False)
    other = context.new_page()
    other.goto(served_pages.url + "/about")
    expect_bright(other, False)
    other.get_by_role("button", name="Dark theme").click()
    expect(other.get_by_role("button", name="System theme")).to_be_visible()
    expect_bright(other, True)
    page.reload()
    expect(page.get_by_role("button", name="System theme")).to_be_visible()
    expect_bright(page, True)


@pytest.mark.parametrize("scripts", [True, False])
def test_the_system_s_theme_is_followed_while_the_page_is_open(
    open_context: OpenContext, served_pages: ServedPages, scripts: bool
) -> None:
    page = open_context(color_scheme="dark", java_script_enabled=scripts).new_page()
    page.goto(served_pages.url)
    for system, is_dark in (("dark", True), ("light", False), ("dark", True)):
        page.emulate_media(color_scheme=system)  # type: ignore[arg-type]  # one of its literals
        expect_bright(page, not is_dark)


def test_a_choice_is_kept_whatever_the_system_does(
    open_context: OpenContext, served_pages: ServedPages
) -> None:
    page = open_context(color_scheme="dark").new_page()
    run_id = served_pages.harness.make_run(RunState.SUCCEEDED)
    page.goto(f"{served_pages.url}/p/default/runs/{run_id}")
    page.get_by_role("button", name="System theme").click()
    page.emulate_media(color_scheme="light")
    expect_bright(page, True)
    page.emulate_media(color_scheme="dark")
    expect_bright(page, True)
    page.get_by_role("button", name="Light theme").click()
    page.emulate_media(color_scheme="light")
    expect_bright(page, False)
