from __future__ import annotations

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from benchwright.web.history_chart import BOTTOM, HEIGHT, TOP, lay_out

values = st.lists(st.none() | st.floats(0, 1e12), max_size=40)


def share(position: str) -> float:
    return float(position.removesuffix("%"))


@given(values, st.none() | st.floats(0, 1e12))
@example([5e-324, 0.0], None)
@example([1e-300], 5e-324)
def test_everything_lies_inside_and_in_order(
    given_: list[float | None], limit: float | None
) -> None:
    chart = lay_out(given_, limit=limit)
    known = [(i, v) for i, v in enumerate(given_) if v is not None]
    assert [spot.place for spot in chart.spots] == [i for i, _ in known]
    heights = [spot.y for spot in chart.spots] + [tick.y for tick in chart.ticks]
    heights += [chart.limit_y] if chart.limit_y is not None else []
    assert all(TOP - 0.1 <= y <= HEIGHT - BOTTOM + 0.1 for y in heights)
    across = [share(spot.x) for spot in chart.spots]
    assert across == sorted(across)
    assert all(0 < x < 100 for x in across)
    assert len(chart.ticks) <= 5
    for (_, low), (_, high), one, two in zip(
        known, known[1:], chart.spots, chart.spots[1:], strict=False
    ):
        assert (low <= high) == (one.y >= two.y) or math.isclose(one.y, two.y, abs_tol=0.11)


def test_a_gap_is_bridged_and_another_plan_is_not() -> None:
    chart = lay_out([1, None, 3, 4, 5], breaks=[3])
    ends = [(link.x1, link.x2) for link in chart.links]
    spots = [spot.x for spot in chart.spots]
    assert ends == [(spots[0], spots[1]), (spots[2], spots[3])]
    assert len(chart.breaks) == 1
    assert share(spots[1]) < share(chart.breaks[0]) < share(spots[2])


def test_the_scale_begins_at_nothing_and_has_room_for_the_limit() -> None:
    chart = lay_out([10, 20], limit=300)
    assert chart.ticks[0].value == 0
    assert chart.ticks[0].y == HEIGHT - BOTTOM
    assert chart.limit_y == TOP
    assert [tick.value for tick in lay_out([0.0, 0.0]).ticks] == [0.0]


def test_nothing_one_and_no_values() -> None:
    assert lay_out([]).spots == []
    assert lay_out([None, None], breaks=[1]).ticks == []
    (spot,) = lay_out([5.0]).spots
    assert spot.x == "50.00%"


@pytest.mark.parametrize("value", [5e-324, 1.79e308])
def test_values_at_the_ends_of_what_floats_hold(value: float) -> None:
    chart = lay_out([0.0, value])
    assert all(math.isfinite(spot.y) for spot in chart.spots)
    assert all(math.isfinite(tick.y) for tick in chart.ticks)
