from __future__ import annotations

import re

import pytest
from bs4 import BeautifulSoup

from benchwright.web.line_charts import Limit, Line, clock, draw_lines
from tests.web.harness import HOSTILE


def draw(*points: tuple[float, float | None], **options: object) -> BeautifulSoup:
    svg = draw_lines("A chart", [Line("one", points)], lambda v: f"{v:g}", **options)  # type: ignore[arg-type]  # passed through
    return BeautifulSoup(svg, "html.parser")


def paths(chart: BeautifulSoup) -> list[str]:
    return [str(path["d"]) for path in chart.select("path.line")]


def texts(chart: BeautifulSoup) -> list[str]:
    return [text.text for text in chart.select("text")]


def test_values_stand_in_proportion_and_gaps_stay_open() -> None:
    (path,) = paths(draw((0, 0), (1, 10), (2, None), (3, 5), (4, 10)))
    numbers = [tuple(map(float, pair)) for pair in re.findall(r"[ML]([\d.]+) ([\d.]+)", path)]
    assert path.count("M") == 2
    (x0, y0), (_, y1), (_, y3), (x4, _) = numbers
    assert y0 > y3 > y1
    assert y3 == pytest.approx((y0 + y1) / 2, abs=0.1)
    assert (x0, x4) == (58, 548)


def test_axes_have_round_values() -> None:
    assert texts(draw((0, 3), (60, 37)))[:5] == ["0", "10", "20", "30", "40"]
    assert texts(draw((0, 0.004), (60, 0.019)))[:4] == ["0", "0.005", "0.01", "0.015"]
    assert "1:00" in texts(draw((0, 1), (60, 1)))


@pytest.mark.parametrize(
    "points", [[], [(0.0, None)], [(0.0, 0.0)], [(5.0, float("nan")), (6.0, float("inf"))]]
)
def test_nothing_to_draw_is_drawn_without_fault(points: list[tuple[float, float | None]]) -> None:
    chart = draw(*points)
    assert chart.select_one("svg title") is not None
    assert "nan" not in str(chart)


def test_a_point_alone_is_a_dot() -> None:
    assert paths(draw((0, 5)))[0].endswith("h0")


def test_limits_are_drawn_unless_they_press_the_values_flat() -> None:
    chart = draw((0, 100), (9, 120), limits=[Limit(200, "near"), Limit(5000, "far")])
    assert [t for t in texts(chart) if t in ("near", "far")] == ["near"]
    assert len(chart.select("path.limit")) == 1


def test_names_are_text() -> None:
    svg = draw_lines(HOSTILE, [Line(HOSTILE, [(0, 1), (1, 2)])], str, limits=[Limit(2, HOSTILE)])
    chart = BeautifulSoup(svg, "html.parser")
    assert not chart.select("img, script")
    assert [title.text for title in chart.select("title")] == [HOSTILE, HOSTILE]


def test_no_size_stands_in_a_style() -> None:
    assert not draw((0, 1), (1, 2)).select("[style]")


def test_times_read_like_a_clock() -> None:
    assert [clock(s) for s in (0, 65, 7205)] == ["0:00", "1:05", "2:00:05"]


@pytest.mark.parametrize("value", [5e-324, 1.79e308])
def test_values_at_the_ends_of_what_floats_hold(value: float) -> None:
    svg = draw_lines("x", [Line("a", [(0, 0.0), (1, value)])], str)
    assert "inf" not in svg and "nan" not in svg
