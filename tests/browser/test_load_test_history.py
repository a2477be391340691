"""The history of a load test in a browser: reached by pointer and keyboard, and without scripts."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect
from sqlalchemy import select

from benchwright.loadtests.models import LoadTest
from tests.fixtures.served_pages import ServedPages
from tests.fixtures.site import Site
from tests.services.chromium import OpenContext

HEIGHT = "element => element.getBoundingClientRect().height"


def make_history(pages: ServedPages, runs: int = 4) -> tuple[str, list[str]]:
    """The address of a load test, and the ids of its runs."""
    site = Site(pages.harness, pages.harness.client())
    key = site.load_test()
    made = [
        str(pages.harness.make_run(load_test_id=key, slower=1 + n / 10, age_s=9000 - 1000 * n))
        for n in range(runs)
    ]
    with pages.harness.database.read() as session:
        public_id = session.scalars(select(LoadTest.public_id).where(LoadTest.id == key)).one()
    return f"{pages.url}/p/default/load-tests/{public_id}", made


def test_points_say_what_they_are_and_lead_to_their_run(
    page: Page, served_pages: ServedPages
) -> None:
    address, runs = make_history(served_pages)
    page.goto(address)
    chart = page.locator("figure.history", has_text="Response time, p95")
    expect(chart.locator("a")).to_have_count(4)
    height = chart.evaluate(HEIGHT)
    chart.locator("a .history-reach").nth(1).hover(force=True)
    expect(chart.locator(".history-tip")).to_contain_text(re.compile("200.ms · \\+10.%"))
    expect(chart.locator(".history-tip")).to_contain_text("Targets missed")
    assert chart.evaluate(HEIGHT) == height
    chart.locator("a .history-reach").nth(1).click(force=True)
    expect(page).to_have_url(re.compile(runs[1]))


def test_the_arrow_keys_go_from_run_to_run(page: Page, served_pages: ServedPages) -> None:
    address, runs = make_history(served_pages)
    page.goto(address)
    chart = page.locator("figure.history").first
    dots = chart.locator("a")
    expect(chart.locator("a[tabindex='0']")).to_have_count(1)
    dots.last.focus()
    page.keyboard.press("ArrowLeft")
    expect(dots.nth(2)).to_be_focused()
    expect(chart.locator(".history-tip")).to_contain_text("67.0")
    page.keyboard.press("Home")
    expect(dots.first).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("figure.history").nth(1).locator("a").last).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(runs[3]))


def test_a_scenario_and_a_range_are_chosen(page: Page, served_pages: ServedPages) -> None:
    address, _ = make_history(served_pages)
    page.goto(address)
    page.get_by_label("Figures of").select_option(label="b")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page).to_have_url(re.compile("scenario=s2"))
    page.get_by_role("link", name="All", exact=True).click()
    expect(page).to_have_url(re.compile("last=all&scenario=s2"))


def test_without_scripts_every_point_is_a_link_with_a_title(
    open_context: OpenContext, served_pages: ServedPages
) -> None:
    address, runs = make_history(served_pages)
    page = open_context(java_script_enabled=False).new_page()
    page.goto(address)
    dots = page.locator("figure.history").first.locator("a")
    expect(dots).to_have_count(4)
    assert "Targets missed" in (dots.first.locator("title").text_content() or "")
    assert [dot.get_attribute("href") for dot in dots.all()] == [
        f"/p/default/runs/{r}" for r in runs
    ]


def test_a_copy_is_made_and_deleted_by_name(page: Page, served_pages: ServedPages) -> None:
    address, _ = make_history(served_pages, runs=1)
    page.goto(address)
    page.locator("summary[aria-label=More]").click()
    page.get_by_role("button", name="Duplicate").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Noon (copy)")
    expect(page.get_by_text("No runs yet")).to_be_visible()
    page.locator("summary[aria-label=More]").click()
    page.locator("details.confirm > summary", has_text="Delete").click()
    expect(page.get_by_role("dialog")).to_contain_text("Noon (copy)")
    page.get_by_role("button", name="Delete this load test").click()
    expect(page).to_have_url(served_pages.url + "/p/default/")
    expect(page.get_by_role("link", name="Noon (copy)")).to_have_count(0)
