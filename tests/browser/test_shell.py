"""The frame of every page: keys, search, switching projects, what runs now, a phone's menu."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from playwright.sync_api import Page, expect

from benchwright.kit.db import now
from benchwright.runs import service as runs
from benchwright.runs.state import RunState, StopReason
from benchwright.runs.transitions import transition
from tests.fixtures.served_pages import ServedPages
from tests.fixtures.site import Site
from tests.services.chromium import OpenContext
from tests.services.layout_shifts import watch_shifts
from tests.services.patience import wait_for_value

PHONE = {"width": 390, "height": 800}


@pytest.fixture
def site(served_pages: ServedPages) -> Site:
    """What the pages show, changed as by a browser without scripts."""
    return Site(served_pages.harness, served_pages.harness.client())


@pytest.mark.parametrize(
    "keys, path",
    [
        ("go", "/"),
        ("gt", "/p/default/"),
        ("gr", "/p/default/runs"),
        ("gs", "/p/default/specs"),
        ("gp", "/p"),
        ("n", "/p/default/load-tests/new"),
    ],
)
def test_keys_lead_to_pages(page: Page, served_pages: ServedPages, keys: str, path: str) -> None:
    page.goto(served_pages.url + "/about")
    expect(page.locator("theme-switch button")).to_be_visible()  # scripts are there
    page.keyboard.type(keys)
    expect(page).to_have_url(served_pages.url + path)


def test_keys_are_shown_by_their_own_key(page: Page, served_pages: ServedPages) -> None:
    page.goto(served_pages.url + "/about")
    page.get_by_role("button", name="Keyboard shortcuts").click()
    dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(dialog).to_contain_text("Go to the runs")
    page.keyboard.press("g")
    page.keyboard.press("r")
    expect(dialog).to_be_visible()  # what stands above the page keeps the keys to itself
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.keyboard.press("?")
    expect(dialog).to_be_visible()
    dialog.get_by_label("Use keys without Ctrl").uncheck()
    page.keyboard.press("Escape")
    page.reload()
    expect(page.locator("theme-switch button")).to_be_visible()
    page.keyboard.press("?")
    page.keyboard.press("/")
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("combobox")).not_to_be_focused()
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox")).to_be_focused()


def test_no_key_fires_while_one_types_or_holds_a_modifier(
    page: Page, served_pages: ServedPages
) -> None:
    page.goto(served_pages.url + "/p")
    name = page.get_by_label("Name", exact=True)
    name.fill("")
    name.press_sequentially("gr?n/jk")
    expect(name).to_have_value("gr?n/jk")
    expect(page.get_by_role("dialog")).to_be_hidden()
    name.blur()
    for chord in ("Alt+n", "Control+Shift+?", "Meta+g"):
        page.keyboard.press(chord)
    page.wait_for_timeout(300)
    expect(page).to_have_url(served_pages.url + "/p")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_no_key_fires_in_the_editor(page: Page, served_pages: ServedPages) -> None:
    page.goto(served_pages.url + "/p/default/load-tests/own-script")
    # The plain field has given way to the editor.
    editor = page.locator(".cm-content")
    editor.click()
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type("gr/?n")
    expect(editor).to_contain_text("gr/?n")
    expect(page).to_have_url(re.compile("own-script$"))


def test_lines_of_a_list_are_walked_and_opened(
    page: Page, served_pages: ServedPages, site: Site
) -> None:
    for name in ("Bakery", "Cinema"):
        site.send("/p/", {"name": name})
    page.goto(served_pages.url + "/p")
    expect(page.locator("theme-switch button")).to_be_visible()
    for key in "jjjk":
        page.keyboard.press(key)
    expect(page.get_by_role("link", name="Bakery")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(served_pages.url + "/p/bakery/")


def test_searching_by_keyboard_alone(page: Page, served_pages: ServedPages, site: Site) -> None:
    spec = site.add_spec()
    page.goto(served_pages.url + "/about")
    expect(page.locator("theme-switch button")).to_be_visible()
    page.keyboard.press("/")
    field = page.get_by_role("combobox", name="Search everything")
    expect(field).to_be_focused()
    page.keyboard.type("items")
    options = page.get_by_role("option")
    expect(options).to_have_count(4)
    expect(field).to_have_attribute("aria-expanded", "true")
    expect(options.first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowDown")
    expect(field).to_have_attribute("aria-activedescendant", "search-option-2")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(field).to_have_attribute("aria-activedescendant", "search-option-all")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(re.escape(served_pages.url + spec) + "/endpoints/"))


def test_the_page_of_a_search_and_back(page: Page, served_pages: ServedPages, site: Site) -> None:
    site.add_spec()
    page.goto(served_pages.url + "/about")
    field = page.get_by_role("combobox", name="Search everything")
    field.fill("item")
    page.get_by_role("option", name="All that was found").click()
    expect(page).to_have_url(served_pages.url + "/search?q=item")
    expect(field).to_have_value("item")
    expect(page.get_by_role("heading", name="Endpoints")).to_be_visible()
    field.fill("nothing like it")
    expect(page.get_by_role("option", name="Nothing found")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("option")).to_have_count(0)
    expect(field).to_be_focused()


def test_switching_the_project(page: Page, served_pages: ServedPages, site: Site) -> None:
    site.send("/p/", {"name": "Web shop"})
    site.send("/p/", {"name": "Bakery"})
    page.goto(served_pages.url + "/about")
    page.locator(".switcher summary").click()
    field = page.get_by_role("searchbox", name="Filter projects")
    expect(field).to_be_focused()
    listed = page.locator("[data-projects] a")
    expect(listed).to_have_count(3)
    field.fill("shop")
    expect(listed).to_have_text(["Web shop"])
    field.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(served_pages.url + "/p/web-shop/")
    page.goto(served_pages.url + "/about")
    expect(page.locator(".switcher summary")).to_contain_text("Web shop")
    page.get_by_role("link", name="Runs", exact=True).click()
    expect(page).to_have_url(served_pages.url + "/p/web-shop/runs")
    page.locator(".switcher summary").click()
    expect(field).to_be_focused()
    page.keyboard.press("Escape")
    expect(field).to_be_hidden()
    expect(page.locator(".switcher summary")).to_be_focused()


def test_what_runs_is_told_and_followed(page: Page, served_pages: ServedPages) -> None:
    harness = served_pages.harness
    page.goto(served_pages.url + "/about")
    pill = page.locator("running-now summary")
    expect(pill).to_be_hidden()
    watch_shifts(page)
    run_id = harness.make_run(RunState.RUNNING, name="Noon <b>", age_s=100, length_s=1000)
    harness.make_run(RunState.QUEUED, name="Later")
    # As whoever comes back to the page: it asks at once.
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(pill).to_have_text(re.compile(r"1 running.*1 queued.*1\d %"))
    assert page.evaluate("shifts") == []
    page.goto(served_pages.url + "/")
    expect(pill).to_have_text(re.compile(r"1 running.*1 queued.*1\d %"))
    pill.click()
    lines = page.locator(".running-run")
    expect(lines).to_have_count(2)
    first = lines.first
    expect(first.get_by_role("link")).to_have_attribute("href", f"/p/default/runs/{run_id}")
    expect(first).to_contain_text("Noon <b>")
    left = first.locator("[data-left]")
    expect(left).to_have_text(re.compile(r"1[45]\smin.* left"))
    before = left.text_content()
    page.evaluate("window.seen = document.querySelector('.running-run')")
    expect(left).not_to_have_text(before or "")
    # The same line with other words in it: nothing was drawn anew.
    assert page.evaluate("window.seen === document.querySelector('.running-run')")
    # Wherever it is told, the same is told.
    told = f"[...document.querySelectorAll('[data-run-left=\"{run_id}\"]')].map(e => e.textContent)"
    wait_for_value(
        page, lambda: page.evaluate(told), lambda texts: len(texts) == 2 and len(set(texts)) == 1
    )

    with harness.database.write() as session:
        run = runs.get_run(session, run_id)
        for state in (RunState.COLLECTING, RunState.SUCCEEDED):
            transition(session, run, state, "It ended")
        run.ended_at = now()
    expect(lines).to_have_count(1)
    expect(page.locator("#overview-active")).not_to_contain_text("Noon <b>")


def test_a_run_is_stopped_from_the_bar(page: Page, served_pages: ServedPages) -> None:
    run_id = served_pages.harness.make_run(RunState.RUNNING, name="Noon", age_s=10, length_s=100)
    page.goto(served_pages.url + "/about")
    page.locator("running-now summary").click()
    page.locator(".running-run").get_by_role("button", name="Stop").click()
    dialog = page.get_by_role("dialog", name="Stop “Noon”?")
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    dialog.get_by_role("button", name="Stop the run").click()
    expect(page).to_have_url(f"{served_pages.url}/p/default/runs/{run_id}")
    with served_pages.harness.database.read() as session:
        assert runs.get_run(session, run_id).stop_reason is StopReason.USER
    page.locator("running-now summary").click()
    expect(page.locator(".running-run button")).to_be_disabled()


def test_a_hidden_page_asks_for_nothing(page: Page, served_pages: ServedPages) -> None:
    served_pages.harness.make_run(RunState.RUNNING, age_s=1, length_s=100)
    asked: list[dt.datetime] = []
    page.on("request", lambda r: asked.append(now()) if "running.json" in r.url else None)
    page.goto(served_pages.url + "/about")
    expect(page.locator("running-now summary")).to_be_visible()
    hide = (
        "(hidden) => { Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });"
        " document.dispatchEvent(new Event('visibilitychange')); }"
    )
    page.evaluate(hide, True)
    count = len(asked)
    # While a run is under way, a page in sight asks every two and a half seconds.
    page.wait_for_timeout(3500)
    assert len(asked) == count
    with page.expect_request("**/running.json"):
        page.evaluate(hide, False)


@pytest.mark.parametrize("scripts", [True, False])
def test_the_menu_of_a_phone(
    open_context: OpenContext, served_pages: ServedPages, scripts: bool
) -> None:
    page = open_context(viewport=PHONE, java_script_enabled=scripts).new_page()
    page.goto(served_pages.url + "/about")
    entry = page.get_by_role("link", name="Load tests", exact=True)
    expect(entry).to_be_hidden()
    page.get_by_role("button", name="Menu").click()
    expect(entry).to_be_visible()
    page.keyboard.press("Escape")
    expect(entry).to_be_hidden()
    page.get_by_role("button", name="Menu").click()
    entry.click()
    expect(page).to_have_url(served_pages.url + "/p/default/")


def test_the_frame_is_useful_without_scripts(
    open_context: OpenContext, served_pages: ServedPages, site: Site
) -> None:
    site.add_spec()
    page = open_context(java_script_enabled=False).new_page()
    page.goto(served_pages.url + "/about")
    field = page.get_by_role("combobox", name="Search everything")
    field.fill("items")
    field.press("Enter")
    expect(page).to_have_url(served_pages.url + "/search?q=items")
    expect(page.get_by_role("heading", name="Endpoints")).to_be_visible()
    page.locator(".switcher summary").click()
    page.get_by_role("link", name="New project").click()
    page.get_by_label("Name", exact=True).fill("Web shop")
    page.get_by_role("button", name="Create project").click()
    expect(page).to_have_url(served_pages.url + "/p/web-shop/")
    expect(page.locator(".switcher summary")).to_contain_text("Web shop")


def test_long_names_stay_in_their_place(
    open_context: OpenContext, served_pages: ServedPages, site: Site
) -> None:
    site.send("/p/", {"name": "ششش " + "W" * 190})
    served_pages.harness.make_run(RunState.RUNNING, name="x" * 10_000, age_s=3, length_s=60)
    for width in (360, 800):
        page = open_context(viewport={"width": width, "height": 700}).new_page()
        page.goto(f"{served_pages.url}/p")
        page.get_by_role("link", name="WWWW").first.click()
        expect(page).not_to_have_url(f"{served_pages.url}/p")
        page.wait_for_load_state()
        page.goto(served_pages.url)
        page.locator("running-now summary").click()
        expect(page.locator(".running-run")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
