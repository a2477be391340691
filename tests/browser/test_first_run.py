"""From an empty installation to a first run, with a real server, a real k6 and the demo's bookshop."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.fixtures.served_lab import ServedLab
from tests.services.chromium import OpenContext

pytestmark = [pytest.mark.k6, pytest.mark.slow, pytest.mark.timeout(180)]

PATIENCE_MS = 60_000


class Clicks:
    """Clicks, and counts them."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, locator: Locator) -> None:
        self.count += 1
        locator.click()


def test_three_clicks_at_most(page: Page, served_lab: ServedLab, demo_api: str) -> None:
    served_lab.start()
    click = Clicks()
    page.goto(served_lab.url)
    page.get_by_label("Address of the OpenAPI document").fill(f"{demo_api}/openapi.json")
    click(page.get_by_role("button", name="Read endpoints"))
    expect(page.locator("input[name=endpoint]:checked").first).to_be_visible()
    click(page.get_by_role("button", name="Set up a load test"))
    click(page.get_by_role("button", name="Run now"))
    expect(page).to_have_url(re.compile("/runs/"))
    assert click.count <= 3

    # The run is under way, and every page says so, as it ends too.
    expect(page.locator("#run-head .badge").first).to_have_text("Running", timeout=PATIENCE_MS)
    page.goto(served_lab.url)
    pill = page.locator("running-now summary")
    expect(pill).to_have_text(re.compile(r"1 running.*\d+ %"))
    active = page.locator("#overview-active")
    expect(active.locator("progress")).to_have_attribute(
        "value", re.compile(r"^[1-9]"), timeout=PATIENCE_MS
    )
    active.locator("summary").click()
    page.get_by_role("button", name="Stop the run").click()
    expect(page.locator("#run-head .badge").first).to_have_text("Stopped", timeout=PATIENCE_MS)
    expect(pill).to_be_hidden(timeout=PATIENCE_MS)
    page.get_by_role("link", name="Overview", exact=True).click()
    expect(page.get_by_role("heading", name="Last results")).to_be_visible()


def test_on_a_phone(open_context: OpenContext, served_lab: ServedLab, demo_api: str) -> None:
    served_lab.start()
    width = 390
    context = open_context(viewport={"width": width, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()

    def fits() -> bool:
        wide: int = page.evaluate("document.documentElement.scrollWidth")
        return wide <= width

    page.goto(served_lab.url)
    page.get_by_label("Address of the OpenAPI document").fill(f"{demo_api}/openapi.json")
    assert fits()
    page.get_by_role("button", name="Read endpoints").tap()
    expect(page.locator("input[name=endpoint]:checked").first).to_be_visible()
    assert fits()
    page.get_by_role("button", name="Set up a load test").tap()
    expect(page.get_by_role("heading", level=1)).to_have_text("New load test")
    assert fits()
    page.get_by_role("button", name="Run now").tap()
    expect(page.locator("[data-figure=p95] [data-value]")).to_have_text(
        re.compile(r"\d\sm?s"), timeout=PATIENCE_MS
    )
    assert fits()
    page.locator("#run-stop").tap()
    expect(page.locator("#run-head .badge").first).to_have_text("Stopped", timeout=PATIENCE_MS)
    assert fits()
    run = page.url.removeprefix(served_lab.url)
    page.get_by_role("button", name="Menu").tap()
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Runs", exact=True).tap()
    expect(page.get_by_role("heading", level=1)).to_have_text("Runs")
    expect(page.locator(f"tbody a[href='/{run.lstrip('/')}']").first).to_be_in_viewport()
    assert fits()


def tab_to(page: Page, wanted: Locator, most: int = 80) -> None:
    """Presses Tab until the wanted element has the focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if wanted.count() and wanted.evaluate("element => element === document.activeElement"):
            assert wanted.evaluate("element => element.matches(':focus-visible')")
            return
    raise AssertionError(f"{wanted} is not reached with {most} presses")


def test_by_keyboard_alone(page: Page, served_lab: ServedLab, demo_api: str) -> None:
    served_lab.start()
    page.goto(served_lab.url)
    tab_to(page, page.get_by_label("Address of the OpenAPI document"))
    page.keyboard.type(f"{demo_api}/openapi.json")
    page.keyboard.press("Enter")
    expect(page.locator("input[name=endpoint]:checked").first).to_be_visible()
    tab_to(page, page.get_by_role("button", name="Set up a load test"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("New load test")
    tab_to(page, page.get_by_role("button", name="Run now"), most=120)
    page.keyboard.press("Enter")
    expect(page.locator("#run-head .badge").first).to_have_text("Running", timeout=PATIENCE_MS)
    stop = page.locator("#run-stop")
    tab_to(page, stop)
    page.keyboard.press("Enter")
    expect(page.locator("#run-head .badge").first).to_have_text("Stopped", timeout=PATIENCE_MS)
    tab_to(page, page.locator("#run-head").get_by_role("link", name="Compare"), most=6)


def test_without_scripts(open_context: OpenContext, served_lab: ServedLab, demo_api: str) -> None:
    served_lab.start()
    page = open_context(java_script_enabled=False).new_page()
    page.goto(served_lab.url)
    page.get_by_label("Address of the OpenAPI document").fill(f"{demo_api}/openapi.json")
    page.get_by_role("button", name="Read endpoints").click()
    expect(page.locator("input[name=endpoint]:checked").first).to_be_visible()
    page.get_by_role("button", name="Set up a load test").click()
    page.get_by_role("button", name="Run now").click()
    state = page.locator("#run-head .badge").first
    reload_until(page, state, "Running")
    page.locator("#run-stop").click()
    reload_until(page, state, "Stopped")
    expect(page.locator("[data-figure=p95] [data-value]")).to_have_text(re.compile(r"\d\sm?s"))
    page.get_by_role("link", name="Results").click()
    expect(page.get_by_role("row", name=re.compile("Response time")).first).to_be_visible()
    page.goto(served_lab.url)
    expect(page.get_by_role("heading", name="Last results")).to_be_visible()


def reload_until(page: Page, part: Locator, text: str) -> None:
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while (shown := part.inner_text().strip()) != text:
        assert time.monotonic() < deadline, f"it still says {shown}"
        page.wait_for_timeout(200)
        page.reload()
