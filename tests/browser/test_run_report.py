"""The report of a run as a file on a disk: it is all there, and asks for nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from benchwright.runs.state import RunState
from tests.fixtures.served_pages import ServedPages
from tests.services.chromium import OpenContext
from tests.web.harness import HOSTILE


def save(page: Page, pages: ServedPages, folder: Path) -> Path:
    run_id = pages.harness.make_run(RunState.SUCCEEDED, name=HOSTILE)
    page.goto(f"{pages.url}/p/default/runs/{run_id}")
    page.locator("#run-head summary", has_text="Download").click()
    with page.expect_download() as started:
        page.get_by_role("link", name="Report, one HTML file").click()
    name = started.value.suggested_filename
    assert name.endswith(".html")
    assert "/" not in name
    path = folder / "report.html"
    started.value.save_as(path)
    return path


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_report_is_complete_by_itself(
    open_context: OpenContext, served_pages: ServedPages, tmp_path: Path, theme: str
) -> None:
    context = open_context(color_scheme=theme, viewport={"width": 420, "height": 900})
    page = context.new_page()
    path = save(page, served_pages, tmp_path)
    address = f"{served_pages.url}/saved.html"
    context.route("**/saved.html", lambda route: route.fulfill(path=path))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    assert [url for url in asked if not url.endswith("/favicon.ico")] == [address]
    expect(page.locator("h1")).to_have_text(HOSTILE)
    expect(page.locator("figure svg.line-chart")).to_have_count(6)
    expect(page.locator("tbody tr", has_text="List items").first).to_be_visible()
    expect(page.locator("pre")).to_be_hidden()
    page.get_by_text("Script", exact=True).click()
    expect(page.locator("pre")).to_contain_text("</script>")
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == ("rgb(255, 255, 255)" if theme == "light" else "rgb(14, 17, 22)")
    stroke = page.evaluate("getComputedStyle(document.querySelector('path.line')).stroke")
    assert stroke != "none"
    assert page.evaluate("document.documentElement.scrollWidth") <= 420
