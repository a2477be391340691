"""The log of a run: numbers, search, jumps, and logs of any length."""

from __future__ import annotations

import re
import uuid
from functools import partial
from operator import eq
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from benchwright.runs import service as runs
from benchwright.runs.folder import RunFolder
from benchwright.runs.state import RunState
from benchwright.runs.transitions import transition
from tests.fixtures.served_pages import ServedPages
from tests.services.chromium import OpenContext
from tests.services.patience import wait_for_value

LINES = 30_000
TOP = "log => log.scrollTop"
BROKEN = (777, 20_000)


def line_text(number: int) -> str:
    if number in BROKEN:
        return f"\x1b[31mERRO\x1b[0m[{number}] it broke: Connection refused"
    return f"\x1b[32mINFO\x1b[0m[{number}] took {number % 97} ms"


def open_log(
    page: Page, pages: ServedPages, lines: list[str], place: str = "", state: RunState = RunState.SUCCEEDED
) -> Path:  # fmt: skip
    log = "".join(f"{line}\n" for line in lines)
    run_id = pages.harness.make_run(state, log=log, age_s=3, length_s=60)
    page.goto(f"{pages.url}/p/default/runs/{run_id}{place}")
    expect(page.locator(".log-line").first).to_be_attached()
    page.locator(".log").scroll_into_view_if_needed()
    return RunFolder.of(pages.harness.data_dir, run_id).log


@pytest.fixture
def long_log(page: Page, served_pages: ServedPages) -> Page:
    open_log(page, served_pages, [line_text(number) for number in range(1, LINES + 1)])
    return page


def line(page: Page, number: int) -> Locator:
    return page.locator(f"#L{number}")


def numbers(page: Page) -> list[int]:
    found: list[int] = page.evaluate(
        "[...document.querySelectorAll('.log-line')].map(line => Number(line.id.slice(1)))"
    )
    return found


def highlighted(page: Page) -> list[str]:
    found: list[str] = page.evaluate(
        "[...(CSS.highlights.get('log-match') ?? [])].map(range => range.toString())"
    )
    return found


def expect_highlighted(page: Page, *texts: str) -> None:
    wait_for_value(page, partial(highlighted, page), partial(eq, list(texts)))


def test_only_the_end_of_a_long_log_is_loaded_and_the_rest_on_demand(long_log: Page) -> None:
    expect(line(long_log, LINES)).to_be_in_viewport()
    shown = numbers(long_log)
    assert shown[-1] == LINES
    assert len(shown) < 5000
    log = long_log.locator(".log")
    while True:
        first = numbers(long_log)[0]
        if first < LINES - 9000:
            break
        log.evaluate("log => log.scrollTo(0, 0)")
        expect(line(long_log, first - 1)).to_be_attached()
    shown = numbers(long_log)
    assert shown == list(range(shown[0], shown[0] + len(shown)))
    assert len(shown) < 7000  # what is far below was forgotten
    # Loading above did not move what one looks at away.
    assert log.evaluate("log => log.scrollTop") > 0
    long_log.get_by_label("Follow").check()
    expect(line(long_log, LINES)).to_be_in_viewport()


def test_a_search_counts_marks_and_moves(long_log: Page) -> None:
    field = long_log.get_by_label("Search the log")
    count = long_log.locator("[data-log-count]")
    field.fill("connection REFUSED")
    expect(count).to_have_text("2 lines")
    field.press("Enter")
    expect(count).to_have_text("1 of 2")
    expect(line(long_log, BROKEN[0])).to_be_in_viewport()
    expect(line(long_log, BROKEN[0])).to_have_class(re.compile("is-here"))
    expect_highlighted(long_log, "Connection refused")
    field.press("Enter")
    expect(line(long_log, BROKEN[1])).to_be_in_viewport()
    field.press("Enter")
    expect(count).to_have_text("1 of 2")
    field.press("Shift+Enter")
    expect(count).to_have_text("2 of 2")
    long_log.get_by_label("Match case").check()
    expect(count).to_have_text("no match")
    expect(long_log.get_by_role("button", name="Next match")).to_be_disabled()
    field.fill("")
    expect(count).to_be_empty()
    expect_highlighted(long_log)


def test_a_match_is_marked_across_colours(page: Page, served_pages: ServedPages) -> None:
    open_log(page, served_pages, ["plain", "\x1b[31mER\x1b[32mRO\x1b[0m[1] end"])
    page.get_by_label("Search the log").fill("erro[1]")
    expect(page.locator("[data-log-count]")).to_have_text("1 lines")
    expect_highlighted(page, "ERRO[1]")


def test_one_jumps_from_error_to_error(long_log: Page) -> None:
    button = long_log.get_by_role("button", name="Next of 2 errors")
    button.click()
    expect(line(long_log, BROKEN[0])).to_be_in_viewport()
    expect(line(long_log, BROKEN[0]).locator(".ansi-red")).to_have_text("ERRO")
    button.click()
    expect(line(long_log, BROKEN[1])).to_be_in_viewport()
    button.click()
    expect(line(long_log, BROKEN[0])).to_be_in_viewport()


def test_a_log_without_errors_offers_no_jump(page: Page, served_pages: ServedPages) -> None:
    open_log(page, served_pages, ["level=info msg=fine"])
    expect(page.get_by_role("button", name="No errors")).to_be_disabled()


def test_a_line_has_an_address(long_log: Page) -> None:
    line(long_log, LINES - 3).locator("a").click()
    expect(long_log).to_have_url(re.compile(f"#L{LINES - 3}$"))
    long_log.goto(re.sub("#.*", "#L120", long_log.url))
    expect(line(long_log, 120)).to_be_in_viewport()
    long_log.reload()
    expect(line(long_log, 120)).to_be_in_viewport()
    expect(line(long_log, 120)).to_have_class(re.compile("is-here"))
    expect(line(long_log, 120)).to_contain_text("INFO[120]")


def test_what_is_copied_has_no_numbers(page: Page, served_pages: ServedPages) -> None:
    open_log(page, served_pages, ["one", "", "\x1b[31mthree\x1b[0m"])
    copied: str = page.evaluate("""() => {
      const range = document.createRange();
      range.selectNodeContents(document.querySelector(".log"));
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      return getSelection().toString();
    }""")
    assert [text for text in copied.split("\n") if text] == ["one", "three"]


def test_long_lines_wrap_or_not_and_it_is_remembered(page: Page, served_pages: ServedPages) -> None:
    open_log(page, served_pages, ["word " * 2000])
    log = page.locator(".log")
    overflows = "log => log.scrollWidth > log.clientWidth"
    assert not log.evaluate(overflows)
    page.get_by_label("Wrap").uncheck()
    assert log.evaluate(overflows)
    page.reload()
    expect(page.get_by_label("Wrap")).not_to_be_checked()


def test_a_live_log_is_followed_until_one_looks_elsewhere(
    page: Page, served_pages: ServedPages
) -> None:
    path = open_log(
        page, served_pages, [line_text(n) for n in range(1, 200)], state=RunState.RUNNING
    )
    expect(line(page, 199)).to_be_in_viewport()
    with path.open("a") as file:
        file.write("half a ")
    expect(line(page, 200)).to_have_text("half a ")
    with path.open("a") as file:
        file.write("line\nanother one, ERROR\n")
    expect(line(page, 200)).to_have_text("half a line")
    expect(line(page, 201)).to_be_in_viewport()
    page.get_by_role("button", name="Next of 1 error").click()
    expect(page.get_by_label("Follow")).not_to_be_checked()
    log = page.locator(".log")
    log.hover()
    before = log.evaluate(TOP)
    page.mouse.wheel(0, -2000)
    top = wait_for_value(page, partial(log.evaluate, TOP), lambda now: now < before)
    with path.open("a") as file:
        file.write("the last\n")
    expect(line(page, 202)).to_be_attached()
    assert log.evaluate(TOP) <= top
    page.get_by_label("Follow").check()
    expect(line(page, 202)).to_be_in_viewport()


def test_the_end_of_the_run_leaves_the_log_as_one_reads_it(
    page: Page, served_pages: ServedPages
) -> None:
    lines = [line_text(number) for number in range(1, 1500)]
    open_log(page, served_pages, lines, state=RunState.RUNNING)
    field = page.get_by_label("Search the log")
    field.fill("it broke")
    field.press("Enter")
    expect(line(page, 777)).to_be_in_viewport()
    run_id = uuid.UUID(urlsplit(page.url).path.rpartition("/")[2])
    with served_pages.harness.database.write() as session:
        run = runs.get_run(session, run_id)
        for state in (RunState.COLLECTING, RunState.SUCCEEDED):
            transition(session, run, state, "Because the test says so")
    expect(page.locator("#run-head")).to_contain_text("Completed")
    expect(page.locator("run-page #run-stop")).to_have_count(0)
    page.wait_for_timeout(500)
    expect(line(page, 777)).to_be_in_viewport()
    expect(field).to_have_value("it broke")
    expect(field).to_be_focused()
    field.press("Enter")
    expect(page.locator("[data-log-count]")).to_have_text("1 of 1")


def test_the_end_of_the_log_is_there_without_scripts(
    open_context: OpenContext, served_pages: ServedPages
) -> None:
    page = open_context(java_script_enabled=False).new_page()
    run_id = served_pages.harness.make_run(RunState.SUCCEEDED, log="first\nlast words\n")
    page.goto(f"{served_pages.url}/p/default/runs/{run_id}")
    expect(page.locator(".log")).to_contain_text("last words")
    expect(page.get_by_label("Search the log")).to_be_hidden()
    expect(page.get_by_role("link", name="Whole log")).to_be_visible()
