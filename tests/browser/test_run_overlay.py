"""Several runs on one time axis."""

from __future__ import annotations

import re
import uuid
from functools import partial
from operator import eq

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_run_charts import (
    TALL,
    chart,
    drag,
    expect_range,
    legend,
    point_at,
    x_range,
)
from tests.fixtures.served_pages import ServedPages
from tests.services.chromium import OpenContext
from tests.services.patience import wait_for_value


def open_page(
    open_context: OpenContext, served_pages: ServedPages, kind: str, canvases: int
) -> tuple[Page, uuid.UUID]:
    """A run of 120 s with one of 60 s laid over it."""
    long, short = (served_pages.harness.make_run(name=n, length_s=s) for n, s in (("long", 120), ("short", 60)))  # fmt: skip
    page = open_context(viewport=TALL).new_page()
    page.goto(f"{served_pages.url}/p/default/runs/{long}{kind}?with={short}")
    expect(page.locator("live-chart canvas")).to_have_count(canvases)
    return page, short


def expect_about(page: Page, kind: str, start_s: float, end_s: float) -> None:
    """To the second: a chart is as many pixels wide as it is."""
    about = pytest.approx((start_s, end_s), abs=1)
    wait_for_value(page, partial(x_range, page, kind), partial(eq, about))


def test_all_runs_begin_at_zero_and_end_when_they_did(
    open_context: OpenContext, served_pages: ServedPages
) -> None:
    page, short = open_page(open_context, served_pages, "/overlay", 4)
    expect_range(page, "overlay_p95", 0, 120)
    ends = partial(
        chart(page, "overlay_p95").evaluate,
        """({plot}) => plot.data.slice(1).map((values) => {
          const known = plot.data[0].filter((_, place) => values[place] != null);
          return [known[0], known.at(-1)];
        })""",
    )
    wait_for_value(page, ends, partial(eq, [[0, 120], [0, 60]]))
    expect(legend(page, "overlay_p95").locator("button")).to_have_text(["1 · long", "2 · short"])
    point_at(page, "overlay_requests", 0.75)
    # The short one was over by then, on each of the four charts.
    tip = chart(page, "overlay_p95").locator(".chart-tip")
    expect(tip.locator("strong")).to_have_text("1:30")
    expect(tip).to_contain_text(re.compile(r"2 · short\s*–"))
    drag(page, "overlay_requests", 0.25, 0.5)
    # To the pixel: a chart is not as wide as 120 s times a round number.
    expect(page).to_have_url(re.compile(rf"with={short}&from=(29|30)[\d.]*&to=(59|60)"))
    expect_about(page, "overlay_failed", 30, 60)
    page.get_by_role("button", name="Reset zoom").click()
    expect(page).not_to_have_url(re.compile("from="))


def test_in_a_runs_page_cursor_and_zoom_are_shared(
    open_context: OpenContext, served_pages: ServedPages
) -> None:
    page, _ = open_page(open_context, served_pages, "", 12)
    point_at(page, "requests", 0.5)
    expect(chart(page, "overlay_p95").locator(".chart-tip strong")).to_have_text("1:00")
    drag(page, "overlay_p95", 0.5, 1)
    expect(page).to_have_url(re.compile("from=(59|60)"))
    expect_about(page, "response_time", 60, 120)
    expect_range(page, "overlay_p95", *x_range(page, "response_time"))
