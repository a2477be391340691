"""The list of runs in a browser: ticking, columns, what changes while one looks."""

from __future__ import annotations

import re
import uuid

from playwright.sync_api import Page, expect

from benchwright.runs import service
from benchwright.runs.state import RunState
from benchwright.runs.transitions import transition
from tests.fixtures.served_pages import ServedPages
from tests.services.chromium import OpenContext

RUNS = "/p/default/runs"
HEIGHT = "row => row.getBoundingClientRect().height"


def expect_boxes(page: Page, *wanted: bool) -> None:
    boxes = page.locator("input[name=run]")
    expect(boxes).to_have_count(len(wanted))
    for place, is_checked in enumerate(wanted):
        expect(boxes.nth(place)).to_be_checked(checked=is_checked)


def test_ticking_one_several_and_all(page: Page, served_pages: ServedPages) -> None:
    for number in range(5):
        served_pages.harness.make_run(name=f"run {number}")
    page.goto(served_pages.url + RUNS)
    bar = page.locator("form.bulk")
    expect(bar).to_be_hidden()
    ticks = page.locator("input[name=run]")
    ticks.nth(1).check()
    expect(bar.locator("[data-count]")).to_have_text("1 selected")
    expect(bar.get_by_role("button", name="Compare")).to_be_disabled()
    ticks.nth(3).click(modifiers=["Shift"])
    expect_boxes(page, False, True, True, True, False)
    page.get_by_label("Select all runs of this page").check()
    expect(bar.locator("[data-count]")).to_have_text("5 selected")
    bar.get_by_role("button", name="Clear selection").click()
    expect(bar).to_be_hidden()
    # With the keyboard: x ticks the run whose link has the focus.
    page.get_by_role("link", name="run 2").focus()
    page.keyboard.press("x")
    expect_boxes(page, False, False, True, False, False)


def test_more_than_the_page_can_be_selected_and_tagged(
    page: Page, served_pages: ServedPages
) -> None:
    for number in range(4):
        served_pages.harness.make_run(name=f"run {number}")
    page.goto(served_pages.url + RUNS + "?limit=3")
    page.get_by_label("Select all runs of this page").check()
    bar = page.locator("form.bulk")
    bar.get_by_label("all 4 that there are").check()
    expect(bar.locator("[data-count]")).to_have_text("All 4 selected")
    bar.get_by_label("Tags, with commas between them").fill("nightly, 日本")
    bar.get_by_role("button", name="Add tags").click()
    expect(page.locator(".toast")).to_contain_text("Added nightly, 日本: 4 runs")
    expect(page.locator("tbody .run-tag")).to_have_count(6)
    page.locator("tbody .run-tag", has_text="日本").first.click()
    expect(page.locator("tbody tr")).to_have_count(4)
    expect(page.locator(".chip")).to_contain_text("日本")
    page.get_by_role("link", name="Clear all").click()
    expect(page).to_have_url(served_pages.url + RUNS)


def test_deleting_names_what_goes(page: Page, served_pages: ServedPages) -> None:
    for number in range(3):
        served_pages.harness.make_run(name=f"run {number}")
    page.goto(served_pages.url + RUNS)
    page.locator("input[name=run]").nth(0).check()
    page.locator("input[name=run]").nth(1).check()
    page.get_by_role("button", name="Delete…").click()
    expect(page.get_by_role("heading", name="Delete 2 runs?")).to_be_visible()
    expect(page.get_by_text("run 2")).to_be_visible()
    page.get_by_role("button", name="Delete 2 runs").click()
    expect(page.locator(".toast")).to_contain_text("Deleted 2 runs")
    expect(page.locator("tbody th a")).to_have_text(["run 0"])


def test_facets_columns_and_order_stand_in_the_address(
    page: Page, served_pages: ServedPages
) -> None:
    served_pages.harness.make_run(name="good", verdict="met")
    served_pages.harness.make_run(name="bad")
    page.goto(served_pages.url + RUNS)
    page.locator(".narrowing summary", has_text="Verdict").click()
    page.get_by_role("link", name=re.compile("Targets met")).click()
    expect(page).to_have_url(re.compile("verdict=met"))
    expect(page.locator("tbody th a")).to_have_text(["good"])
    page.locator(".chip").click()
    page.get_by_role("link", name="p95").click()
    expect(page).to_have_url(re.compile("sort=-p95"))
    page.locator("summary", has_text="Columns").click()
    page.get_by_label("Errors", exact=True).uncheck()
    page.get_by_label("Size", exact=True).check()
    page.get_by_role("button", name="Show these").click()
    expect(page.locator("thead")).to_contain_text("Size")
    expect(page).to_have_url(re.compile("sort=-p95"))
    page.goto(served_pages.url + RUNS)
    expect(page.locator("thead")).to_contain_text("Size")
    expect(page.locator("thead")).not_to_contain_text("Errors")


def test_rows_change_while_one_looks_and_nothing_moves(
    page: Page, served_pages: ServedPages
) -> None:
    harness = served_pages.harness
    harness.make_run(name="done")
    live = harness.make_run(RunState.RUNNING, name="live", results=False, age_s=8)
    page.goto(served_pages.url + RUNS)
    row = page.locator(f"tr[data-run='{live}']")
    expect(row.locator("[data-cell=requests]")).not_to_have_text("–")
    page.get_by_label("Select live").check()
    row.locator("th a").focus()
    height = row.evaluate(HEIGHT)
    percent = row.locator("progress").get_attribute("value")
    expect(row.locator("progress")).not_to_have_attribute("value", percent or "")
    assert row.evaluate(HEIGHT) == height
    expect(row.locator("th a")).to_be_focused()
    end(served_pages, live)
    expect(row.locator("[data-cell=state]")).to_contain_text("Completed")
    expect(page.get_by_label("Select live")).to_be_checked()
    expect(row).not_to_have_attribute("data-live", "")


def test_without_scripts_the_form_stands_below(
    open_context: OpenContext, served_pages: ServedPages
) -> None:
    older = served_pages.harness.make_run(name="one")
    newer = served_pages.harness.make_run(name="two")
    page = open_context(java_script_enabled=False).new_page()
    page.goto(served_pages.url + RUNS)
    bar = page.locator("form.bulk")
    expect(bar).to_be_visible()
    for box in page.locator("input[name=run]").all():
        box.check()
    bar.get_by_role("button", name="Compare").click()
    expect(page).to_have_url(re.compile(f"{newer}/compare\\?with={older}"))


def test_tags_and_note_are_written_on_the_page_of_the_run(
    page: Page, served_pages: ServedPages
) -> None:
    run_id = served_pages.harness.make_run()
    page.goto(f"{served_pages.url}{RUNS}/{run_id}")
    page.locator("#run-notes").get_by_text("Tags and note").click()
    page.get_by_label("Tags", exact=True).fill("nightly, release")
    page.get_by_label("Note").fill("The cache was cold.\nAgain tomorrow.")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#run-notes > .run-tag")).to_have_text(["nightly", "release"])
    expect(page.locator(".run-note")).to_contain_text("Again tomorrow.")


def end(pages: ServedPages, run_id: uuid.UUID) -> None:
    with pages.harness.database.write() as session:
        run = service.get_run(session, run_id)
        transition(session, run, RunState.COLLECTING, "It ended")
        transition(session, run, RunState.SUCCEEDED, "It ended")
