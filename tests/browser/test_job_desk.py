"""A job is written on both sides of its page, started, and nothing typed is lost."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.fixtures.served_pages import ServedPages
from tests.services.chromium import OpenContext

NEW = "/p/default/jobs/new"


def open_desk(page: Page, pages: ServedPages, query: str = "") -> None:
    page.goto(f"{pages.url}{NEW}{query}")
    expect(page.locator("job-desk.is-double")).to_be_attached()
    expect(page.locator("plan-form [data-plain]:visible")).to_have_count(0)
    expect(page.locator(".cm-content")).to_be_visible()


def test_both_sides_are_one_plan(page: Page, served_pages: ServedPages) -> None:
    open_desk(page, served_pages)
    outlook = page.locator(".job-preview")
    expect(outlook).to_contain_text("One run on this machine")
    page.get_by_label("Name", exact=True).fill("From the form")
    expect(page.locator(".cm-content")).to_contain_text("name: From the form")
    page.get_by_label("Matrix").fill("lr: 0.1, 0.2")
    expect(outlook).to_contain_text("2 runs")
    note = page.locator("[data-fault-note]")
    expect(note).to_be_hidden()
    page.get_by_label("Stop it after").fill("soon")
    expect(note).to_have_text("One thing is in the way")
    page.get_by_label("Stop it after").fill("")
    expect(note).to_be_hidden()
    expect(page.locator(".cm-content")).to_contain_text("matrix:")

    page.locator(".cm-content").click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text("name: From the text\ncommand: [echo, hi]\nimage: busybox\n")
    expect(page.get_by_label("Name", exact=True)).to_have_value("From the text")
    expect(page.get_by_label("Command", exact=True)).to_have_value("echo hi")
    expect(page.get_by_label("a container")).to_be_checked()
    expect(page.get_by_label("Image")).to_have_value("busybox")
    expect(page.get_by_label("Matrix")).to_have_value("")


def test_faults_are_told_where_they_are(page: Page, served_pages: ServedPages) -> None:
    open_desk(page, served_pages)
    page.get_by_label("Stop it after").fill("soon")
    expect(page.locator("#f-f-timeout_s-error")).to_be_visible()
    page.get_by_role("link", name="Stop it after").click()
    expect(page.get_by_label("Stop it after")).to_be_focused()
    page.get_by_label("Stop it after").fill("10m")
    expect(page.locator("#f-f-timeout_s-error")).to_have_count(0)
    expect(page.locator(".job-preview")).to_contain_text("stopped after 10")


def test_what_was_typed_survives_a_reload(page: Page, served_pages: ServedPages) -> None:
    open_desk(page, served_pages)
    page.get_by_label("Name", exact=True).fill("Not saved yet")
    expect(page.locator(".cm-content")).to_contain_text("Not saved yet")
    page.reload()
    expect(page.get_by_text("Restored what you typed")).to_be_visible()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Not saved yet")
    expect(page.locator(".cm-content")).to_contain_text("Not saved yet")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Not saved yet")
    open_desk(page, served_pages)
    expect(page.get_by_label("Name", exact=True)).to_have_value("A shell command")


def test_without_scripts(open_context: OpenContext, served_pages: ServedPages) -> None:
    page = open_context(java_script_enabled=False).new_page()
    page.goto(f"{served_pages.url}{NEW}")
    expect(page.get_by_role("textbox", name="Plan")).to_be_hidden()
    page.get_by_label("Name", exact=True).fill("Plain")
    page.get_by_role("button", name="Edit as YAML").click()
    expect(page.get_by_role("textbox", name="Plan")).to_have_value(re.compile("name: Plain"))
    expect(page.get_by_label("Name", exact=True)).to_be_hidden()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Plain")
