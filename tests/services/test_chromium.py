from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.services.chromium import Complaints, OpenContext

if TYPE_CHECKING:
    from playwright.sync_api import Page


def test_a_page_is_shown(page: Page) -> None:
    page.set_content("<h1>Hello</h1>")
    assert page.get_by_role("heading").inner_text() == "Hello"
    assert page.evaluate("navigator.language") == "en-US"


def test_an_error_in_the_console_is_a_complaint(page: Page, complaints: Complaints) -> None:
    page.set_content("<script>console.error('a broken chart')</script>")
    complaints.expect("a broken chart")


def test_an_uncaught_error_is_a_complaint(page: Page, complaints: Complaints) -> None:
    with page.expect_event("pageerror"):
        page.set_content("<script>setTimeout(() => { throw new Error('no such series') })</script>")
    complaints.expect("no such series")


def test_a_request_to_another_machine_is_a_complaint(page: Page, complaints: Complaints) -> None:
    page.set_content("<img src='https://cdn.example.org/logo.png'>")
    complaints.expect("looked beyond this machine: https://cdn.example.org/logo.png")
    complaints.expect("Failed to load resource")


def test_only_what_happened_can_be_expected(complaints: Complaints) -> None:
    with pytest.raises(AssertionError, match="no page complained about 'x'"):
        complaints.expect("x")


def test_a_second_context_has_its_own_options(open_context: OpenContext) -> None:
    dark = open_context(color_scheme="dark", viewport={"width": 400, "height": 800}).new_page()
    assert dark.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    assert dark.evaluate("innerWidth") == 400
