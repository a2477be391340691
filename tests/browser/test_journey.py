"""The main job with a real server, a real k6 and the demo's bookshop."""

from __future__ import annotations

import re
from functools import partial
from operator import eq

import pytest
from playwright.sync_api import Page, expect

from tests.fixtures.served_lab import ServedLab
from tests.services.chromium import OpenContext
from tests.services.patience import wait_for_value

pytestmark = [pytest.mark.k6, pytest.mark.slow, pytest.mark.timeout(180)]

PATIENCE_MS = 60_000
RATE = 10
"""Requests/s of a scenario that nobody changed."""


def choose(page: Page, lab: ServedLab, document: str, *paths: str) -> None:
    """From the address of a document to the form of a load test."""
    page.goto(f"{lab.url}/p/default/specs/new")
    page.get_by_label("Address of the OpenAPI document").fill(document)
    page.get_by_role("button", name="Read endpoints").click()
    page.get_by_role("searchbox", name="Filter endpoints").fill("book")
    expect(page.locator("[data-shown]")).to_have_text(re.compile(r"\d of \d+"))
    for path in paths:
        page.get_by_label(f"Choose GET {path}", exact=True).check()
    page.get_by_role("button", name="Set up a load test").click()
    expect(page.get_by_role("heading", name="New load test")).to_be_visible()


def start(page: Page, duration: str) -> str:
    """Starts what the form describes; the id of the run."""
    page.get_by_label("Duration", exact=True).first.fill(duration)
    page.get_by_role("button", name="Use this load").first.click()
    page.get_by_role("button", name="Run now").click()
    expect(page).to_have_url(re.compile("/runs/"))
    expect(page.locator("#run-head .badge").first).to_have_text("Running", timeout=PATIENCE_MS)
    return page.url.rpartition("/")[2]


def requests_so_far(page: Page) -> int:
    note = page.locator("[data-figure=errors] [data-note]").text_content() or ""
    return int((note.rpartition(" of ")[2] or "0").replace(",", ""))


def test_from_an_address_to_a_verdict_that_is_shared(
    open_context: OpenContext, served_lab: ServedLab, demo_api: str
) -> None:
    served_lab.start()
    page = open_context(permissions=["clipboard-read", "clipboard-write"]).new_page()
    choose(page, served_lab, f"{demo_api}/openapi.json", "/books", "/books/{book_id}")
    page.get_by_role("tab", name="Script").click()
    expect(page.get_by_role("tabpanel", name="Script").locator("pre")).to_contain_text("k6/http")
    scenarios = page.locator("[data-scenario]").count()
    assert scenarios >= 2, "the chosen ones, and what the spec suggests"
    run_id = start(page, "8s")
    value = page.locator("[data-figure=p95] [data-value]")
    expect(value).to_have_text(re.compile(r"\d\sm?s"), timeout=PATIENCE_MS)
    expect(page.locator("live-chart[kind=requests] canvas")).to_be_attached()

    page.reload()
    expect(value).to_have_text(re.compile(r"\d\sm?s"))
    seen = wait_for_value(page, lambda: requests_so_far(page), bool)
    expect(page.locator("#run-head")).to_contain_text("Completed", timeout=PATIENCE_MS)
    expect(page.locator("#run-head")).to_contain_text(re.compile("Targets (met|missed)"))
    assert requests_so_far(page) >= seen

    results = served_lab.results(run_id)
    shown = page.locator("[data-figure=requests] [data-note]")
    expect(shown).to_have_text(f"{results['', 'http_reqs', 'count']:,.0f} in all")
    expect(page.locator("#run-scenarios .target .icon[role=img]")).to_have_count(2 * scenarios)
    page.get_by_role("link", name="Results").click()
    expect(page.get_by_role("row", name=re.compile("Response time")).first).to_be_visible()

    address = share(page)
    assert "tab=results" in address
    assert "from=" in address
    other = open_context(timezone_id="Asia/Tokyo").new_page()
    other.goto(address)
    expect(other.get_by_role("row", name=re.compile("Response time")).first).to_be_visible()
    expect(other.locator("[data-zoom-range]")).to_have_text(
        page.locator("[data-zoom-range]").inner_text()
    )
    wait_for_value(other, lambda: requests_so_far(other), partial(eq, requests_so_far(page)))

    page.get_by_role("link", name="Load test", exact=True).click()
    expect(page.locator("#load-test-runs tbody tr")).to_have_count(1)


def share(page: Page) -> str:
    """Looks at a part of the time and copies the address of what is seen then."""
    chart = page.locator("live-chart[kind=requests]")
    chart.scroll_into_view_if_needed()
    expect(chart).to_have_attribute("role", "slider")
    chart.focus()
    page.keyboard.press("Home")
    expect(chart).to_have_attribute("aria-valuetext", re.compile("^0:0"))
    page.keyboard.press("+")
    expect(page.get_by_role("button", name="Reset zoom")).to_be_enabled()
    # An open menu closes when the page scrolls, and a press outside the view makes it scroll.
    page.evaluate("scrollTo({ top: 0, behavior: 'instant' })")
    page.locator("#run-head summary[aria-label=More]").click()
    page.get_by_role("button", name="Copy link").click()
    expect(page.locator("#announcer")).to_have_text("Copied")
    copied: str = page.evaluate("navigator.clipboard.readText()")
    return copied


def test_a_run_is_changed_run_again_and_compared(
    page: Page, served_lab: ServedLab, demo_api: str
) -> None:
    served_lab.start()
    scenario = {"path": "/books", "executor": "constant-arrival-rate", "duration": "3s"}
    load_test = served_lab.add_load_test(demo_api, **scenario, rate=5)
    first = served_lab.start_run(load_test)
    served_lab.wait_for_run(first, lambda run: run["state"] == "succeeded")
    page.goto(f"{served_lab.url}/p/default/runs/{first}")
    page.locator("#run-head summary[aria-label=More]").click()
    page.get_by_role("link", name="Edit as new").click()
    expect(page.get_by_label("Requests/s", exact=True)).to_have_value("5")
    page.get_by_label("Requests/s", exact=True).fill("20")
    page.get_by_role("button", name="Run now").click()
    expect(page).to_have_url(re.compile("/runs/(?!" + first + ")"))
    expect(page.locator("#run-head .badge").first).to_have_text("Completed", timeout=PATIENCE_MS)
    second = page.url.rpartition("/")[2]
    page.locator("#run-head").get_by_role("link", name="Compare").click()
    page.get_by_label("Compare “a load test").select_option(first)
    page.get_by_role("button", name="Compare", exact=True).click()
    expect(page).to_have_url(re.compile(f"/runs/{second}/compare\\?with={first}"))
    sent = {
        run_id: served_lab.results(run_id)["", "http_reqs", "count"] for run_id in (first, second)
    }
    # Four times as many were asked for; a busy machine may send some of them late.
    assert sent[second] > 2 * sent[first]


def test_stopping_keeps_what_was_measured(page: Page, served_lab: ServedLab, demo_api: str) -> None:
    served_lab.start()
    choose(page, served_lab, f"{demo_api}/openapi.json", "/books")
    start(page, "10m")
    expect(page.locator("[data-figure=p95] [data-value]")).to_have_text(
        re.compile(r"\d\sm?s"), timeout=PATIENCE_MS
    )
    page.locator("#run-stop").click()
    expect(page.locator("#run-head .badge").first).to_have_text("Stopped", timeout=PATIENCE_MS)
    expect(page.locator("#run-figures")).to_have_attribute("data-exact", "true")
    wait_for_value(page, lambda: requests_so_far(page), bool)


def test_the_page_outlives_a_restart_of_the_server(
    page: Page, served_lab: ServedLab, demo_api: str, complaints: list[str]
) -> None:
    served_lab.start()
    choose(page, served_lab, f"{demo_api}/openapi.json", "/books")
    run_id = start(page, "20s")
    value = page.locator("[data-figure=p95] [data-value]")
    expect(value).to_have_text(re.compile(r"\d\sm?s"), timeout=PATIENCE_MS)
    served_lab.kill()
    expect(page.locator("#run-connection")).to_contain_text("trying again", timeout=PATIENCE_MS)
    served_lab.start()
    expect(page.locator("#run-connection")).to_be_empty(timeout=PATIENCE_MS)
    expect(page.locator("#run-head")).to_contain_text("Completed", timeout=PATIENCE_MS)
    # What k6 did while nobody listened is in the figures.
    sent = served_lab.results(run_id)["", "http_reqs", "count"]
    assert sent >= 0.8 * RATE * 20
    wait_for_value(page, lambda: requests_so_far(page), partial(eq, sent))
    length_ms = "(({times}) => times.at(-1) - times[0])(document.querySelector('run-page').store)"
    wait_for_value(page, lambda: page.evaluate(length_ms), lambda ms: 18_000 <= ms <= 30_000)
    # That the connection was refused meanwhile is what this is about.
    complaints[:] = [c for c in complaints if "Failed to load resource" not in c]


def test_an_own_script_from_the_paste_to_the_result(
    page: Page, served_lab: ServedLab, demo_api: str, complaints: list[str]
) -> None:
    served_lab.start()
    page.goto(served_lab.url)
    page.get_by_role("link", name="Run your own k6 script").click()
    page.get_by_label("Name").fill("Mine")
    page.get_by_label("Environment").fill(f"TARGET={demo_api}")
    type_script(page, 'import http from "k6/http";\nexport default function () { http.get( }')
    page.get_by_role("button", name="Check and save").click()
    editor = page.get_by_role("textbox", name="Script", exact=True)
    expect(editor).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#f-script-error")).to_contain_text("Line 2")
    expect(editor).to_contain_text("http.get( }")
    expect(page.get_by_label("Name")).to_have_value("Mine")
    complaints[:] = [c for c in complaints if "422" not in c]

    type_script(
        page,
        'import http from "k6/http";\n'
        "export const options = { vus: 1, iterations: 5,"
        " thresholds: { http_req_duration: ['p(95)<60000'] } };\n"
        "export default function () { http.get(`${__ENV.TARGET}/books`); }",
    )
    page.get_by_role("button", name="Check and save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Mine")
    page.get_by_role("button", name="Run now").click()
    expect(page.locator("#run-head")).to_contain_text("Targets met", timeout=PATIENCE_MS)
    expect(page.locator("[data-figure=requests] [data-note]")).to_have_text("5 in all")


def type_script(page: Page, text: str) -> None:
    """In place of what stands in the editor."""
    page.get_by_role("textbox", name="Script", exact=True).click()
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.insert_text(text)
