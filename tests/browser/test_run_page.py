"""The page of a run, with figures that come each second."""

from __future__ import annotations

import re
import time
import uuid
from functools import partial
from itertools import pairwise

import pytest
from playwright.sync_api import Locator, Page, expect

from benchwright.kit.db import now
from benchwright.runs import service
from benchwright.runs.state import RunState
from tests.fixtures.served_pages import ServedPages
from tests.services.chromium import OpenContext
from tests.services.patience import wait_for_value
from tests.web.harness import HOSTILE


def open_run(page: Page, pages: ServedPages, state: RunState, **options: object) -> str:
    run_id = pages.harness.make_run(state, **options)  # type: ignore[arg-type]  # passed through
    path = f"{pages.url}/p/default/runs/{run_id}"
    page.goto(path)
    return path


def chart(page: Page, kind: str) -> Locator:
    return page.locator(f"live-chart[kind={kind}]")


def test_figures_and_charts_follow_the_run(page: Page, served_pages: ServedPages) -> None:
    open_run(page, served_pages, RunState.RUNNING, age_s=8, length_s=60)
    value = page.locator("[data-figure=p95] [data-value]")
    expect(value).to_have_text(re.compile(r"\d\sms"))
    first = value.text_content()
    expect(chart(page, "response_time").locator("canvas")).to_be_attached()
    labels = "chart => (chart.drawing.labels ?? []).map(one => one.label)"
    drawn = partial(chart(page, "response_time").evaluate, labels)
    wait_for_value(page, drawn, lambda texts: texts == ["p95 target 300\u00a0ms"])
    expect(value).not_to_have_text(first or "")
    expect(page.locator("#run-remaining")).to_have_text(re.compile(r"\d+\ss left"))
    cell = page.locator("#run-scenarios tr[data-scenario=s1] [data-cell=p95]")
    expect(cell).to_have_text(re.compile(r"\d\sms"))


def test_who_was_away_for_too_long_gets_what_was_missed(
    page: Page, served_pages: ServedPages
) -> None:
    open_run(page, served_pages, RunState.RUNNING, age_s=8, length_s=60)
    expect(chart(page, "response_time").locator("canvas")).to_be_attached()
    back_ms = (int(time.time()) + 4) * 1000
    served_pages.harness.points.held_from_ms = back_ms

    def times_ms() -> list[int]:
        times: list[int] = page.evaluate("document.querySelector('run-page').store.times")
        return times

    def is_whole(times: list[int]) -> bool:
        return times[-1] > back_ms and all(
            later - earlier == 1000 for earlier, later in pairwise(times)
        )

    wait_for_value(page, times_ms, is_whole)


COLORS = """chart => {
  const canvas = chart.querySelector("canvas");
  const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const counts = {};
  for (let i = 0; i < data.length; i += 4) {
    if (data[i + 3] < 255) continue;
    const color = [data[i], data[i + 1], data[i + 2]].join();
    counts[color] = (counts[color] ?? 0) + 1;
  }
  return counts;
}"""
SERIES = "['--series-1', '--series-3', '--series-4']"
EXPECTED = f"""chart => {SERIES}.map(name => {{
  const probe = document.createElement("i");
  probe.style.color = `var(${{name}})`;
  document.body.append(probe);
  const color = getComputedStyle(probe).color.match(/\\d+/g).join();
  probe.remove();
  return color;
}})"""


def colors(page: Page, kind: str) -> set[str]:
    """Those of its lines that are painted on a chart, as the theme has them now."""
    found = chart(page, kind)
    expect(found.locator("canvas")).to_be_attached()

    def read() -> set[str]:
        painted: dict[str, int] = found.evaluate(COLORS)
        return {color for color in found.evaluate(EXPECTED) if painted.get(color, 0) > 20}

    return wait_for_value(page, read, lambda seen: len(seen) == 3)


def test_a_theme_recolours_the_charts(page: Page, served_pages: ServedPages) -> None:
    open_run(page, served_pages, RunState.SUCCEEDED)
    light = colors(page, "response_time")
    page.get_by_role("button", name="System theme").click()
    page.get_by_role("button", name="Light theme").click()
    expect(page.get_by_role("button", name="Dark theme")).to_be_visible()
    dark = colors(page, "response_time")
    assert light.isdisjoint(dark)
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_lines_keep_their_colours_for_who_wants_no_motion(
    open_context: OpenContext, served_pages: ServedPages
) -> None:
    page = open_context(reduced_motion="reduce").new_page()
    open_run(page, served_pages, RunState.SUCCEEDED)
    assert colors(page, "response_time")


def test_lines_keep_their_colours_where_the_system_forces_others(
    open_context: OpenContext, served_pages: ServedPages
) -> None:
    page = open_context(forced_colors="active").new_page()
    open_run(page, served_pages, RunState.SUCCEEDED)
    expect(chart(page, "response_time").locator("canvas")).to_be_attached()
    wait_for_value(
        page,
        partial(chart(page, "response_time").evaluate, COLORS),
        lambda painted: sum(count > 40 for count in painted.values()) >= 3,
    )


def test_a_print_shows_all_charts_on_light_ground(
    open_context: OpenContext, served_pages: ServedPages
) -> None:
    page = open_context(viewport={"width": 390, "height": 600}, color_scheme="dark").new_page()
    open_run(page, served_pages, RunState.SUCCEEDED)
    page.get_by_role("button", name="More charts").click()
    chart(page, "heat_map").scroll_into_view_if_needed()
    expect(chart(page, "heat_map").locator("canvas")).to_be_attached()
    chart(page, "response_time").scroll_into_view_if_needed()
    dark = colors(page, "response_time")
    expect(chart(page, "vus").locator("canvas")).to_have_count(0)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(page.locator("live-chart canvas")).to_have_count(8)
    light = colors(page, "response_time")
    assert dark.isdisjoint(light)
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert colors(page, "response_time") == dark


def test_names_are_text_in_charts_too(page: Page, served_pages: ServedPages) -> None:
    open_run(page, served_pages, RunState.SUCCEEDED)
    expect(page.get_by_label("Lines of p95 by scenario")).to_contain_text(HOSTILE[:30])
    chart(page, "scenario_p95").scroll_into_view_if_needed()
    expect(chart(page, "scenario_p95").locator("canvas")).to_be_attached()
    # Where it stands still.
    chart(page, "scenario_p95").locator(".u-over").hover()
    expect(chart(page, "scenario_p95").locator(".chart-tip")).to_contain_text(HOSTILE[:30])
    expect(page.locator("main img")).to_have_count(0)


def test_the_log_grows_and_is_coloured(page: Page, served_pages: ServedPages) -> None:
    path = open_run(page, served_pages, RunState.RUNNING, age_s=3, length_s=60)
    log = page.locator(".log")
    expect(log.locator(".ansi-red")).to_have_text("ERRO")
    run_id = path.rpartition("/")[2]
    file = served_pages.harness.data_dir / "jobs" / run_id / "logs" / f"{run_id}.log"
    with file.open("a", encoding="utf-8") as opened:
        opened.write("<b>the next line</b>\n")
    expect(log).to_contain_text("<b>the next line</b>")
    expect(log.locator("b")).to_have_count(0)


def test_tabs_stand_in_the_address(page: Page, served_pages: ServedPages) -> None:
    path = open_run(page, served_pages, RunState.SUCCEEDED)
    page.get_by_role("link", name="Results").click()
    expect(page).to_have_url(path + "?tab=results")
    expect(page.get_by_role("heading", name="Whole run")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Whole run")).to_be_visible()
    page.get_by_role("link", name="Log", exact=True).click()
    expect(page.locator(".log")).to_contain_text("something")


def test_a_run_that_left_no_summary_shows_what_its_series_tell(
    page: Page, served_pages: ServedPages
) -> None:
    open_run(page, served_pages, RunState.LOST, results=False, verdict=None)
    p95 = page.locator("[data-figure=p95]")
    expect(p95.locator("[data-note]")).to_have_text("approximate")
    expect(p95.locator("[data-value]")).to_have_text("181 ms")


def test_exact_figures_are_not_written_over(page: Page, served_pages: ServedPages) -> None:
    open_run(page, served_pages, RunState.SUCCEEDED)
    expect(chart(page, "requests").locator("canvas")).to_be_attached()
    expect(page.locator("[data-figure=p95] [data-value]")).to_have_text("182 ms")


def test_times_are_local_with_the_exact_one_on_hover(
    open_context: OpenContext, served_pages: ServedPages
) -> None:
    page = open_context(timezone_id="Asia/Tokyo").new_page()
    open_run(page, served_pages, RunState.SUCCEEDED, age_s=7200)
    started = page.locator("#run-head time").first
    expect(started).to_have_text("2 hr. ago")
    assert "GMT+9" in (started.get_attribute("title") or "")


def test_stopping_takes_one_press_and_is_seen_at_once(
    page: Page, served_pages: ServedPages
) -> None:
    open_run(page, served_pages, RunState.RUNNING, age_s=3, length_s=60)
    page.route("**/stop", lambda route: None)  # never answered
    page.locator("#run-stop").click()
    expect(page.locator("#run-stop")).to_be_disabled()
    expect(page.locator("#run-stop .after")).to_be_visible()
    expect(page.locator("#run-stop .before")).to_be_hidden()
    page.unroute("**/stop")
    open_run(page, served_pages, RunState.RUNNING, age_s=3, length_s=60)
    page.locator("#run-stop").click()
    expect(page.get_by_role("button", name="Stopping…")).to_be_disabled()
    expect(page.locator("form[action$='/stop']")).to_have_count(0)


def test_scenarios_are_filtered_while_typing_and_sorted_by_the_address(
    page: Page, served_pages: ServedPages
) -> None:
    many = [
        {"key": f"s{n}", "name": f"Scenario {n}", "method": "GET", "path": f"/{n}"}
        for n in range(1, 201)
    ]
    open_run(page, served_pages, RunState.SUCCEEDED, scenarios=many)
    rows = page.locator("#run-scenarios tbody tr")
    expect(rows).to_have_count(50)
    page.get_by_role("searchbox", name="Filter scenarios").press_sequentially("number")
    expect(page.locator("#run-scenarios .empty-title")).to_have_text("No scenario matches")
    page.get_by_role("searchbox", name="Filter scenarios").fill("19")
    expect(rows).to_have_count(12)
    expect(page.get_by_role("searchbox", name="Filter scenarios")).to_be_focused()
    page.locator("#order-p95").click()
    expect(page).to_have_url(re.compile(r"sort=-p95"))
    expect(page.locator("#run-scenarios [aria-sort=descending]")).to_have_text("p95")
    page.reload()
    expect(page.locator("#run-scenarios [aria-sort=descending]")).to_have_text("p95")


def test_failures_stand_in_a_tab_of_their_own(page: Page, served_pages: ServedPages) -> None:
    path = open_run(page, served_pages, RunState.SUCCEEDED)
    page.get_by_role("link", name="Failures").click()
    expect(page).to_have_url(path + "?tab=failures")
    table = page.locator(".failures").first
    expect(table.locator("tbody tr").first).to_contain_text("503 Service Unavailable")
    expect(table.locator("tbody tr").nth(1)).to_contain_text("Timed out")
    expect(page.locator(".failures").nth(1)).to_contain_text(HOSTILE[:30])
    expect(page.locator("main img")).to_have_count(0)


def test_failures_of_a_live_run_are_renewed(page: Page, served_pages: ServedPages) -> None:
    path = open_run(page, served_pages, RunState.RUNNING, age_s=3, length_s=60)
    page.goto(path + "?tab=failures")
    often = page.locator(".failures tbody td.number").first
    before = int(often.text_content() or "0")
    expect(often).not_to_have_text(str(before), timeout=15_000)


def test_the_link_of_what_is_seen_can_be_copied(
    open_context: OpenContext, served_pages: ServedPages
) -> None:
    context = open_context()
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    path = open_run(page, served_pages, RunState.SUCCEEDED)
    page.get_by_role("link", name="Events").click()
    expect(page).to_have_url(path + "?tab=events")
    page.evaluate("scrollTo(0, 0)")
    page.locator("#run-head summary[aria-label=More]").click()
    page.get_by_role("button", name="Copy link").click()
    expect(page.locator("#announcer")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == path + "?tab=events"


def test_the_page_is_useful_without_scripts(
    open_context: OpenContext, served_pages: ServedPages
) -> None:
    page = open_context(java_script_enabled=False).new_page()
    open_run(page, served_pages, RunState.SUCCEEDED)
    expect(page.locator("[data-figure=p95] [data-value]")).to_have_text("182 ms")
    expect(page.locator(".log")).to_contain_text("something")
    page.get_by_role("link", name="Events").click()
    expect(page.locator(".timeline li")).to_have_count(5)


@pytest.mark.parametrize("width", [360, 800])
def test_nothing_sticks_out(
    open_context: OpenContext, served_pages: ServedPages, width: int
) -> None:
    page = open_context(viewport={"width": width, "height": 800}).new_page()
    open_run(page, served_pages, RunState.SUCCEEDED, name="x" * 3000)
    expect(chart(page, "response_time").locator("canvas")).to_be_attached()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_first_load_is_light(page: Page, served_pages: ServedPages) -> None:
    sizes: list[int] = []
    page.on("response", lambda r: sizes.append(int(r.headers.get("content-length", 0))))
    open_run(page, served_pages, RunState.SUCCEEDED)
    expect(chart(page, "response_time").locator("canvas")).to_be_attached()
    assert sum(sizes) < 500_000


def test_a_run_whose_host_is_away_is_given_up_after_a_question(
    page: Page, served_pages: ServedPages
) -> None:
    path = open_run(page, served_pages, RunState.RUNNING, age_s=60)
    expect(page.get_by_text("Give up on it…")).to_have_count(0)
    with served_pages.harness.database.write() as session:
        run = service.get_run(session, uuid.UUID(path.rsplit("/", maxsplit=1)[1]))
        run.stale_since, run.target = now(), "docker:lab-2"
    page.reload()
    page.get_by_text("Give up on it…").click()
    dialog = page.get_by_role("dialog", name="Give up on the run “Shop at noon”?")
    expect(dialog).to_contain_text("It may still be running on lab-2")
    dialog.get_by_role("button", name="Give up on this run").click()
    expect(page.locator("#run-warnings")).to_contain_text("It was given up on")
    expect(page.get_by_text("Give up on it…")).to_have_count(0)
