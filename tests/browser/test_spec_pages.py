"""The browser of endpoints: filter, choice, details by keyboard, changes, adding a document."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.fixtures.served_pages import ServedPages
from tests.fixtures.site import SMALL_SPEC, Site
from tests.services.chromium import OpenContext
from tests.services.patience import wait_for_value


def large(count: int) -> str:
    """Endpoints in three groups."""
    paths = {
        f"/things/{number}": {
            "get": {"summary": f"Thing {number}", "tags": [f"Group {number % 3}"]},
            "delete": {
                "operationId": f"drop{number}",
                "tags": [f"Group {number % 3}", "Dangerous"],
            },
        }
        for number in range(count // 2)
    }
    return json.dumps(
        {"openapi": "3.1.0", "info": {"title": "Large", "version": "1"}, "paths": paths}
    )


class Browser:
    """A spec's page."""

    def __init__(self, page: Page, pages: ServedPages) -> None:
        self.page = page
        self.pages = pages
        self.site = Site(pages.harness, pages.harness.client())

    def open(self, document: str = SMALL_SPEC, query: str = "") -> str:
        spec = self.site.add_spec(document)
        self.page.goto(self.pages.url + spec + query)
        self.wait()
        return spec

    def wait(self) -> None:
        expect(self.page.locator("endpoint-browser[data-ready]")).to_be_attached(timeout=30_000)

    @property
    def rows(self) -> Locator:
        return self.page.locator(".endpoint:not([hidden])")

    @property
    def filter(self) -> Locator:
        return self.page.get_by_label("Filter endpoints", exact=True).and_(
            self.page.locator("input")
        )

    def expect_chosen(self, text: str) -> None:
        expect(self.page.locator("[data-chosen]")).to_have_text(text)


@pytest.fixture
def browsing(page: Page, served_pages: ServedPages) -> Browser:
    return Browser(page, served_pages)


def test_the_filter_narrows_and_stands_in_the_address(browsing: Browser) -> None:
    browsing.open()
    page = browsing.page
    browsing.filter.fill("get ID")
    expect(browsing.rows).to_have_count(1)
    expect(page.locator("[data-shown]")).to_have_text("1 of 3")
    expect(page).to_have_url(re.compile(r"\?q=get\+ID$"))
    page.reload()
    browsing.wait()
    expect(browsing.rows).to_have_count(1)
    browsing.filter.fill("nothing like it")
    expect(page.get_by_text("No endpoint matches")).to_be_visible()
    page.get_by_role("link", name="Show all 3").click()
    expect(browsing.rows).to_have_count(3)
    expect(browsing.filter).to_be_focused()


def test_methods_and_tags_narrow_too(browsing: Browser) -> None:
    spec = browsing.open(large(30))
    page = browsing.page
    page.locator(".chip", has_text="DELETE").click()
    expect(browsing.rows).to_have_count(15)
    page.get_by_role("navigation", name="Tags").get_by_role("button", name="Group 1").click()
    expect(browsing.rows).to_have_count(5)
    # A tag that is not an endpoint's first.
    page.get_by_role("button", name="Dangerous").click()
    expect(browsing.rows).to_have_count(15)
    expect(page).to_have_url(browsing.pages.url + spec + "?method=DELETE&tag=Dangerous")


def test_a_list_that_was_filtered_by_the_server_becomes_whole(browsing: Browser) -> None:
    browsing.open(large(1500), "?q=thing+33")
    expect(browsing.page.locator("[data-shown]")).to_have_text("34 of 1,500")
    browsing.filter.fill("drop")
    expect(browsing.page.locator("[data-shown]")).to_have_text("750 of 1,500")
    browsing.filter.fill("")
    expect(browsing.rows).to_have_count(1500)
    headings = browsing.page.locator(".tag-head h2")
    expect(headings).to_have_text(["Group 0", "Dangerous", "Group 1", "Group 2"])


def test_a_choice_survives_filter_and_reload(browsing: Browser) -> None:
    browsing.open(large(700))
    page = browsing.page
    page.get_by_label("Choose GET /things/7", exact=True).check()
    browsing.filter.fill("things/30")
    page.get_by_label("All shown").check()
    browsing.expect_chosen("23 chosen, 1 not shown")
    browsing.filter.fill("")
    browsing.expect_chosen("23 chosen")
    # The address follows when one has stopped typing; until then a reload filters as before.
    expect(page).not_to_have_url(re.compile("q="))
    page.reload()
    browsing.wait()
    browsing.expect_chosen("23 chosen")
    expect(page.get_by_label("Choose GET /things/7", exact=True)).to_be_checked()
    page.get_by_role("button", name="Clear").click()
    browsing.expect_chosen("")
    expect(page.get_by_role("button", name="Set up a load test")).to_be_disabled()


def test_all_of_a_tag_at_once(browsing: Browser) -> None:
    browsing.open()
    page = browsing.page
    page.get_by_label("All 2 of Items").check()
    browsing.expect_chosen("2 chosen")
    page.get_by_label("Choose POST /items").uncheck()
    expect(page.get_by_label("All 2 of Items")).to_be_checked(indeterminate=True)
    page.get_by_role("button", name="Set up a load test").click()
    expect(page.get_by_role("heading", name="New load test")).to_be_visible()
    expect(page.locator("[data-scenario]")).to_have_count(1)
    page.go_back()
    browsing.wait()
    browsing.expect_chosen("1 chosen")


def test_very_many_endpoints_open_as_text(browsing: Browser) -> None:
    browsing.open(large(500))
    page = browsing.page
    page.get_by_label("All", exact=True).check()
    expect(page.locator("[data-limit]")).to_contain_text("will open as text")
    page.get_by_role("button", name="Set up a load test").click()
    expect(page.get_by_role("textbox", name="Plan")).to_be_visible()


def test_rows_open_by_keyboard(browsing: Browser) -> None:
    browsing.open()
    page = browsing.page
    browsing.filter.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    detail = browsing.rows.nth(1).locator(".reading")
    expect(detail).to_contain_text("application/json")
    expect(detail.locator(".tree")).to_contain_text("name")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(browsing.rows.nth(2).locator(".parameters")).to_contain_text("integer")
    for _ in range(3):
        page.keyboard.press("ArrowUp")
    expect(browsing.filter).to_be_focused()


def test_a_focused_row_is_never_behind_the_bar(browsing: Browser) -> None:
    browsing.open(large(300))
    page = browsing.page
    page.locator(".endpoint summary").nth(60).focus()
    for _ in range(25):
        page.keyboard.press("Shift+Tab")
    room = """() => document.activeElement.getBoundingClientRect().top
      - document.querySelector(".browse-head").getBoundingClientRect().bottom"""
    wait_for_value(page, lambda: page.evaluate(room), lambda px: px >= 0)


def test_the_suggestion_is_chosen_and_explained(browsing: Browser) -> None:
    browsing.open(query="?suggested=1")
    browsing.expect_chosen("2 chosen")
    expect(browsing.page.get_by_text("2 endpoints are chosen for a first run")).to_be_visible()


def test_what_changed_is_listed_with_the_load_tests_concerned(browsing: Browser) -> None:
    spec = browsing.open()
    page = browsing.page
    endpoint = browsing.site.endpoints(spec)["GET /items/{id}"]
    plan = f"name: Noon\nscenarios:\n- {{name: a, endpoint: {endpoint}, executor: constant-vus, duration: 5s}}\n"
    browsing.site.send("/p/default/load-tests/new", {"plan": plan, "then": "save"})
    changed = SMALL_SPEC.replace("schema: {type: integer}", "schema: {type: integer, maximum: 9}")
    file = FilePayload(name="o.yaml", mimeType="text/yaml", buffer=changed.encode())
    page.locator(".page-head .menu > summary").click()
    page.get_by_role("link", name="Replace by a file").click()
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Upload and compare").click()
    notice = page.locator(".news")
    expect(notice.locator(".differences")).to_contain_text("path parameter id limits")
    expect(notice.locator("ins")).to_have_text("at most 9")
    expect(notice.locator("#usage")).to_contain_text("Noon")
    page.locator("details.disclosure summary", has_text="Revision 2").click()
    expect(page.locator("details.disclosure .change")).to_have_count(1)


def test_a_dropped_file_is_taken(browsing: Browser) -> None:
    page = browsing.page
    page.goto(browsing.pages.url + "/p/default/specs/new")
    expect(page.get_by_text("Or drop the file here.")).to_be_attached()
    page.evaluate(
        """text => {
          const files = new DataTransfer();
          files.items.add(new File([text], "o.yaml"));
          const drop = new DragEvent("drop", { dataTransfer: files, bubbles: true, cancelable: true });
          document.querySelector("spec-source form").dispatchEvent(drop);
        }""",
        SMALL_SPEC,
    )
    page.get_by_role("button", name="Read endpoints").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Small shop")


def test_without_scripts_filter_and_choice_work(
    open_context: OpenContext, served_pages: ServedPages
) -> None:
    page = open_context(java_script_enabled=False).new_page()
    browsing = Browser(page, served_pages)
    spec = browsing.site.add_spec()
    page.goto(served_pages.url + spec)
    page.get_by_label("Choose POST /items").check()
    page.locator("#f-q").fill("one")
    page.get_by_role("button", name="Filter", exact=True).click()
    expect(browsing.rows).to_have_count(1)
    browsing.expect_chosen("1 chosen")
    page.get_by_role("button", name="Set up a load test").click()
    expect(page.locator("[data-scenario]")).to_have_count(1)
