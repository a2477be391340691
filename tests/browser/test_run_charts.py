"""What the charts of a run do together: one cursor, one range, one scenario."""

from __future__ import annotations

import re
from functools import partial
from itertools import pairwise
from operator import eq
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from benchwright.runs.state import RunState
from benchwright.web.tokens import SERIES
from tests.fixtures.served_pages import ServedPages
from tests.services.chromium import OpenContext
from tests.services.layout_shifts import watch_shifts
from tests.services.patience import wait_for_value

LENGTH_S = 120
TALL = {"width": 1280, "height": 2400}


@pytest.fixture
def run_page(open_context: OpenContext, served_pages: ServedPages) -> Page:
    """The page of an ended run of two minutes, so tall that all charts are in sight."""
    page = open_context(viewport=TALL).new_page()
    run_id = served_pages.harness.make_run(RunState.SUCCEEDED, length_s=LENGTH_S)
    page.goto(f"{served_pages.url}/p/default/runs/{run_id}")
    expect(page.locator("live-chart canvas")).to_have_count(8)
    return page


def chart(page: Page, kind: str) -> Locator:
    return page.locator(f"live-chart[kind={kind}]")


def plot(page: Page, kind: str) -> Locator:
    return chart(page, kind).locator(".u-over")


def legend(page: Page, kind: str) -> Locator:
    return page.locator("figure", has=chart(page, kind)).locator(".legend")


def point_at(page: Page, kind: str, share: float) -> None:
    """Moves the mouse over a chart, at a share of its width."""
    box = plot(page, kind).bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * share, box["y"] + box["height"] / 2)


def drag(page: Page, kind: str, start: float, end: float) -> None:
    box = plot(page, kind).bounding_box()
    assert box
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * start, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * end, y, steps=4)
    page.mouse.up()


def query(page: Page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def expect_range(page: Page, kind: str, start_s: float, end_s: float) -> None:
    """Charts are drawn with the next frame."""
    wait_for_value(page, partial(x_range, page, kind), partial(eq, (start_s, end_s)))


def x_range(page: Page, kind: str) -> tuple[float, float]:
    """The seconds that a chart shows."""
    shown: dict[str, float] = chart(page, kind).evaluate(
        "({plot}) => ({min: plot.scales.x.min, max: plot.scales.x.max})"
    )
    return round(shown["min"], 1), round(shown["max"], 1)


def test_the_cursor_of_one_chart_is_that_of_all(run_page: Page) -> None:
    point_at(run_page, "requests", 0.5)
    tips = run_page.locator(".chart-tip:visible")
    expect(tips).to_have_count(8)
    for head in tips.locator("strong").all():
        expect(head).to_have_text(re.compile(r"^1:00 · "))
    expect(chart(run_page, "response_time").locator(".chart-tip")).to_contain_text(
        re.compile(r"p95\s*[\d.]+\sms")
    )
    lines = "[...document.querySelectorAll('.chart:not([hidden]) live-chart')].map(c => c.plot.posToVal(c.plot.cursor.left, 'x').toFixed(0))"
    wait_for_value(run_page, partial(run_page.evaluate, lines), partial(eq, ["60"] * 8))
    # The figures were asked for once, beside the scripts, before these could ask.
    asked = "performance.getEntriesByType('resource').filter(one => one.name.includes('/series?'))"
    assert run_page.evaluate(f"{asked}.map(one => one.initiatorType)") == ["link"]
    run_page.mouse.move(5, 5)
    expect(tips).to_have_count(0)


def test_the_keyboard_moves_the_cursor_and_the_values_are_said(run_page: Page) -> None:
    line = chart(run_page, "response_time")
    expect(line).to_have_attribute("role", "slider")
    line.focus()
    run_page.keyboard.press("Home")
    expect(line).to_have_attribute("aria-valuetext", re.compile(r"^0:00: p99 .*p95 [\d.]+\sms"))
    run_page.keyboard.press("ArrowRight")
    run_page.keyboard.press("Shift+ArrowRight")
    expect(line).to_have_attribute("aria-valuenow", "11")
    expect(line).to_have_attribute("aria-valuetext", re.compile(r"^0:11: "))
    expect(chart(run_page, "vus").locator(".chart-tip strong")).to_contain_text("0:11")
    run_page.keyboard.press("Escape")
    expect(run_page.locator(".chart-tip:visible")).to_have_count(0)


def test_a_zoom_holds_for_all_charts_and_stands_in_the_address(run_page: Page) -> None:
    drag(run_page, "requests", 0.25, 0.5)
    expect(run_page).to_have_url(re.compile(r"from=30&to=60"))
    expect(run_page.locator("[data-zoom-range]")).to_have_text("0:30 – 1:00")
    for kind in ("response_time", "heat_map", "generator"):
        expect_range(run_page, kind, 30, 60)
    run_page.reload()
    expect(run_page.locator("live-chart canvas")).to_have_count(8)
    expect_range(run_page, "vus", 30, 60)
    run_page.get_by_role("button", name="Reset zoom").click()
    expect(run_page.get_by_role("button", name="Reset zoom")).to_be_hidden()
    expect_range(run_page, "vus", 0, LENGTH_S)
    wait_for_value(run_page, partial(query, run_page), partial(eq, {}))


def test_a_double_click_and_keys_zoom_too(run_page: Page) -> None:
    drag(run_page, "vus", 0.5, 0.75)
    expect(run_page).to_have_url(re.compile("from=60"))
    plot(run_page, "requests").dblclick()
    expect(run_page).not_to_have_url(re.compile("from="))
    chart(run_page, "vus").focus()
    run_page.keyboard.press("Home")
    run_page.keyboard.press("+")
    expect(run_page).to_have_url(re.compile("to=60"))
    run_page.keyboard.press("-")
    expect(run_page).not_to_have_url(re.compile("to="))


def test_a_tab_keeps_the_zoom_in_the_address(run_page: Page) -> None:
    drag(run_page, "requests", 0.25, 0.5)
    run_page.get_by_role("link", name=re.compile("^Events")).click()
    expect(run_page.locator(".timeline li").first).to_be_visible()
    expect(run_page).to_have_url(re.compile("tab=events"))
    wanted = {"tab": "events", "from": "30", "to": "60"}
    wait_for_value(run_page, partial(query, run_page), partial(eq, wanted))


def test_finer_figures_are_fetched_for_a_part_of_a_long_run(
    page: Page, served_pages: ServedPages
) -> None:
    run_id = served_pages.harness.make_run(RunState.SUCCEEDED, length_s=3600, age_s=8000)
    asked: list[str] = []
    page.on(
        "request",
        lambda r: asked.append(r.url) if r.url.partition("?")[0].endswith("/series") else None,
    )
    with page.expect_response(re.compile(r"/series\?.*from=")) as answer:
        page.goto(f"{served_pages.url}/p/default/runs/{run_id}?from=100&to=160")
    assert answer.value.json()["step_s"] == 1
    assert len(asked) == 2
    expect(chart(page, "response_time").locator("canvas")).to_be_attached()
    points = "({plot}) => plot.data[0].filter(x => x >= 100 && x <= 160).length"
    line = chart(page, "response_time")
    wait_for_value(page, partial(line.evaluate, points), partial(eq, 61))


def test_series_are_switched_by_mouse_and_keyboard(run_page: Page) -> None:
    entry = legend(run_page, "response_time").get_by_role("button", name="p99")
    expect(entry).to_have_attribute("aria-pressed", "true")
    most: str = "({plot}) => plot.scales.y.max"
    before = chart(run_page, "response_time").evaluate(most)
    entry.focus()
    run_page.keyboard.press("Enter")
    expect(entry).to_have_attribute("aria-pressed", "false")
    expect(entry).to_be_focused()
    line = chart(run_page, "response_time")
    wait_for_value(run_page, partial(line.evaluate, most), lambda now: now < before)
    run_page.keyboard.press("Space")
    expect(entry).to_have_attribute("aria-pressed", "true")

    entry.dblclick()
    others = legend(run_page, "response_time").locator("[aria-pressed=true]")
    expect(others).to_have_text(["p99"])
    entry.click(modifiers=["Alt"])
    expect(others).to_have_count(3)


def test_a_scenario_is_chosen_for_all_charts(run_page: Page) -> None:
    row = run_page.locator("#run-scenarios tr[data-scenario=s2]")
    row.get_by_role("link", name="One item").click()
    expect(run_page).to_have_url(re.compile(r"focus=s2"))
    expect(row.get_by_role("link", name="One item")).to_have_attribute("aria-current", "true")
    expect(run_page.get_by_role("heading", name="Response time of One item")).to_be_visible()
    alphas = "({plot}) => plot.series.slice(1).map(s => s.alpha)"
    wait_for_value(
        run_page,
        partial(chart(run_page, "scenario_p95").evaluate, alphas),
        lambda all_of: all_of[1] == 1 and max(all_of[:1] + all_of[2:]) < 0.5,
    )
    run_page.reload()
    choice = run_page.get_by_label("Scenario in the charts")
    expect(choice).to_have_value("s2")
    choice.select_option("")
    expect(run_page).not_to_have_url(re.compile(r"focus="))
    expect(run_page.get_by_role("heading", name="Response time", exact=True)).to_be_visible()


def test_the_values_can_be_read_as_a_table(run_page: Page) -> None:
    height = "element => element.closest('figure').getBoundingClientRect().height"
    before = chart(run_page, "response_time").evaluate(height)
    button = run_page.get_by_role("button", name="Response time as a table")
    button.click()
    table = run_page.get_by_role("region", name="Response time, values")
    expect(table.locator("thead th")).to_have_text(["Time", "p99", "p95", "p50"])
    expect(table.locator("tbody tr").first.locator("th")).to_have_text("0:00")
    expect(table.locator("tbody tr").first.locator("td").nth(1)).to_have_text(re.compile(r"\d\sms"))
    expect(chart(run_page, "response_time")).to_be_hidden()
    line = chart(run_page, "response_time")
    wait_for_value(run_page, partial(line.evaluate, height), lambda now: abs(now - before) <= 1)
    button.click()
    expect(table).to_have_count(0)
    expect(chart(run_page, "response_time")).to_be_visible()


def test_the_heat_map_shows_where_the_times_are(run_page: Page) -> None:
    heat_map = chart(run_page, "heat_map")
    counted = "({drawing}) => drawing.map?.cells.length ?? 0"
    wait_for_value(run_page, partial(heat_map.evaluate, counted), lambda cells: cells > 500)
    expect(heat_map.locator("canvas")).to_be_attached()
    found: dict[str, Any] = heat_map.evaluate("""chart => {
      const {plot, drawing} = chart;
      const {width, height} = plot.ctx.canvas;
      const {data} = plot.ctx.getImageData(0, 0, width, height);
      const at = (second, ms) => {
        const [x, y] = [plot.valToPos(second + 0.5, "x", true), plot.valToPos(ms, "y", true)];
        const place = (Math.round(y) * width + Math.round(x)) * 4;
        return [...data.slice(place, place + 4)];
      };
      const [column, row, count] = drawing.map.cells.reduce((a, b) => (b[2] > a[2] ? b : a));
      const {lower, upper, times_ms: times} = drawing.map;
      return {
        most: at((times[column] - chart.page.startMs) / 1000, Math.sqrt(lower[row] * upper[row])),
        none: at(60, upper.at(-1) * 1.3), distribution: plot.scales.y.distr,
      };
    }""")
    assert found["distribution"] == 3  # logarithmic
    assert found["most"][3] == 255
    assert sum(found["most"][:3]) < 250  # in the light theme many are dark
    assert found["none"][3] == 0
    expect(legend(run_page, "heat_map")).to_contain_text("requests")
    point_at(run_page, "heat_map", 0.4)
    expect(chart(run_page, "heat_map").locator(".chart-tip")).to_contain_text(
        re.compile(r"requests\s*\d+")
    )


def test_what_happened_is_marked(run_page: Page) -> None:
    chart(run_page, "requests").focus()
    marks: list[dict[str, Any]] = run_page.locator("run-page").evaluate("page => page.marks()")
    assert {mark["text"] for mark in marks} == {"Because the test says so"}
    run_page.locator("run-page").evaluate(
        "page => page.onEvent({at: new Date(page.startMs + 30000).toISOString(), type: 'stop', to_state: null, message: 'Stopped by a user'})"
    )
    point_at(run_page, "requests", 0.25)
    expect(chart(run_page, "vus").locator(".chart-tip strong")).to_contain_text("Stopped by a user")


def test_labels_of_close_targets_keep_apart(
    open_context: OpenContext, served_pages: ServedPages
) -> None:
    page = open_context(viewport=TALL).new_page()
    run_id = served_pages.harness.make_run(RunState.SUCCEEDED, length_s=60)
    page.goto(f"{served_pages.url}/p/default/runs/{run_id}")
    expect(chart(page, "scenario_p95").locator("canvas")).to_be_attached()
    page.locator("run-page").evaluate("""page => {
      page.targets = page.scenarios.map((s, i) => ({scenario: s.key, ms: 300 + i * 4, label: `target ${i}`}));
      page.targets.push({scenario: "s1", ms: 90000, label: "far away"});
    }""")
    chart(page, "scenario_p95").evaluate("chart => chart.rebuild()")
    labels: list[dict[str, Any]] = chart(page, "scenario_p95").evaluate("c => c.drawing.labels")
    heights = sorted(label["y"] for label in labels)
    assert len(heights) == 5
    assert all(below - above >= 12 for above, below in pairwise(heights))
    assert heights[0] >= 0


def test_of_many_scenarios_the_busiest_have_lines(
    open_context: OpenContext, served_pages: ServedPages
) -> None:
    page = open_context(viewport=TALL).new_page()
    many = [
        {"key": f"s{i}", "name": f"Case {i}", "method": "GET", "path": f"/{i}"}
        for i in range(1, 31)
    ]
    run_id = served_pages.harness.make_run(RunState.SUCCEEDED, scenarios=many)
    page.goto(f"{served_pages.url}/p/default/runs/{run_id}?focus=s30")
    note = page.locator("[data-scenarios-note]")
    expect(note).to_have_text("lines for the 20 of 30 scenarios with most requests")
    last = partial(page.locator("run-page").evaluate, "page => page.shownScenarios().at(-1).key")
    wait_for_value(page, last, partial(eq, "s30"))
    page.get_by_label("Scenarios with a line").fill("case 2")
    expect(note).to_have_text("11 of 30 scenarios have a line")
    wanted = {"focus": "s30", "lines": "case 2"}
    wait_for_value(page, partial(query, page), partial(eq, wanted))


def test_a_live_chart_follows_without_moving_the_page(
    open_context: OpenContext, served_pages: ServedPages
) -> None:
    page = open_context(viewport={"width": 1280, "height": 900}).new_page()
    run_id = served_pages.harness.make_run(RunState.RUNNING, age_s=8, length_s=60)
    page.goto(f"{served_pages.url}/p/default/runs/{run_id}")
    points = "({plot}) => plot?.data[0].length ?? 0"
    expect(chart(page, "response_time").locator("canvas")).to_be_attached()
    watch_shifts(page)
    line = chart(page, "response_time")
    first = line.evaluate(points)
    wait_for_value(page, partial(line.evaluate, points), lambda now: now >= first + 2)
    assert page.evaluate("shifts") == []
    page.reload()
    expect(line.locator("canvas")).to_be_attached()
    times: list[float] = line.evaluate("({plot}) => plot.data[0]")
    assert [round(b - a) for a, b in pairwise(times)] == [1] * (len(times) - 1)


def test_a_live_page_that_is_zoomed_stays_where_it_is(
    page: Page, served_pages: ServedPages
) -> None:
    run_id = served_pages.harness.make_run(RunState.RUNNING, age_s=20, length_s=60)
    page.goto(f"{served_pages.url}/p/default/runs/{run_id}?from=2&to=12")
    expect(chart(page, "response_time").locator("canvas")).to_be_attached()
    expect_range(page, "response_time", 2, 12)
    known = "page => page.store.times.length"
    run = page.locator("run-page")
    before = run.evaluate(known)
    wait_for_value(page, partial(run.evaluate, known), lambda now: now >= before + 2)
    expect_range(page, "response_time", 2, 12)


HOLD_FRAMES = """() => new Promise(done => {
  const next = requestAnimationFrame.bind(window);
  window.held = [];
  window.requestAnimationFrame = job => held.push(job);
  // What was asked for before is still drawn, and that once more.
  next(() => next(done));
})"""


def test_a_page_out_of_sight_collects_and_draws_later(
    page: Page, served_pages: ServedPages
) -> None:
    run_id = served_pages.harness.make_run(RunState.RUNNING, age_s=8, length_s=60)
    page.goto(f"{served_pages.url}/p/default/runs/{run_id}")
    line = chart(page, "response_time")
    expect(line.locator("canvas")).to_be_attached()
    # As in a tab in the background: no frame comes.
    page.evaluate(HOLD_FRAMES)
    drawn = line.evaluate("({plot}) => plot.data[0].length")
    count = partial(page.locator("run-page").evaluate, "page => page.store.times.length")
    known = count()
    wait_for_value(page, count, lambda now: now >= known + 2)
    assert line.evaluate("({plot}) => plot.data[0].length") == drawn
    page.evaluate("while (held.length) held.shift()(performance.now())")
    assert line.evaluate("({plot}) => plot.data[0].length") >= drawn + 2


def test_charts_out_of_sight_are_not_drawn(page: Page, served_pages: ServedPages) -> None:
    run_id = served_pages.harness.make_run(RunState.SUCCEEDED)
    page.goto(f"{served_pages.url}/p/default/runs/{run_id}")
    expect(chart(page, "response_time").locator("canvas")).to_be_attached()
    expect(chart(page, "generator").locator("canvas")).to_have_count(0)
    chart(page, "generator").scroll_into_view_if_needed()
    expect(chart(page, "generator").locator("canvas")).to_be_attached()


def test_the_design_has_as_many_colours_as_the_table_uses(run_page: Page) -> None:
    defined = run_page.evaluate(
        "n => [n, n + 1].map(i => getComputedStyle(document.documentElement).getPropertyValue(`--series-${i}`) !== '')",
        SERIES,
    )
    assert defined == [True, False]
    stroke = "element => getComputedStyle(element).stroke"
    assert (
        run_page.locator("#run-scenarios .series-2 line").evaluate(stroke)
        == legend(run_page, "scenario_p95").locator("line").nth(1).evaluate(stroke)
    )  # fmt: skip
