from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.loadtests.load_picture import SERIES, draw_loads, total_load
from benchwright.loadtests.profile import Point, ScenarioProfile


def profile(*points: Point, key: str = "s1") -> ScenarioProfile:
    return ScenarioProfile(key=key, name=key, unit="vus", points=list(points), requests=None)


def load_at(points: list[Point], at: float) -> float:
    """The load of one line between its corners."""
    for (begin, low), (end, high) in pairwise(points):
        if begin < at < end:
            return low + (high - low) * (at - begin) / (end - begin)
    return 0.0


@st.composite
def profiles(draw: st.DrawFn) -> ScenarioProfile:
    points = [(float(draw(st.integers(0, 50))), float(draw(st.integers(0, 100))))]
    for _ in range(draw(st.integers(1, 6))):
        step = draw(st.integers(0, 20))
        points.append((points[-1][0] + step, float(draw(st.integers(0, 100)))))
    return profile(*points)


@given(st.lists(profiles(), min_size=1, max_size=6), st.floats(0, 200))
def test_the_total_is_the_sum_at_every_time(found: list[ScenarioProfile], at: float) -> None:
    corners = {time for p in found for time, _ in p.points}
    if any(abs(at - corner) < 1e-6 for corner in corners):
        return
    expected = sum(load_at(p.points, at) for p in found)
    assert load_at(total_load(found), at) == pytest.approx(expected, abs=1e-6)


@given(st.lists(profiles(), min_size=1, max_size=6))
def test_a_total_begins_and_ends_at_nothing_and_never_goes_back(
    found: list[ScenarioProfile],
) -> None:
    total = total_load(found)
    assert total[0][1] == 0
    assert total[-1][1] == pytest.approx(0, abs=1e-6)
    assert all(begin <= end for (begin, _), (end, _) in pairwise(total))


def test_units_have_pictures_of_their_own_on_one_axis() -> None:
    rate = ScenarioProfile(
        key="s2", name="b", unit="iterations/s", points=[(0, 5), (20, 5)], requests=100
    )
    pictures = draw_loads([profile((0, 0), (10, 30)), rate, None])
    assert [(p.unit, p.peak, p.top, p.length_s) for p in pictures] == [
        ("iterations/s", 5, 5, 20), ("vus", 30, 50, 20),
    ]  # fmt: skip
    assert pictures[0].lines[0].color == 2
    assert pictures[1].lines[0].points == "0.0,100.00 500.0,40.00 500.0,100.00"


def test_more_scenarios_than_colours_are_part_of_the_total() -> None:
    [picture] = draw_loads([profile((0, 1), (10, 1)) for _ in range(SERIES + 3)])
    assert [line.color for line in picture.lines] == list(range(SERIES, 0, -1))
    assert (picture.hidden, picture.peak) == (3, SERIES + 3)


def test_nothing_known_is_no_picture() -> None:
    assert draw_loads([None]) == []
