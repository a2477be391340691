from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from benchwright.web.scales import path_of, round_up, round_values, segments_of


@pytest.mark.parametrize(
    "value, top", [(0, 1), (1, 1), (3, 5), (21, 25), (30, 50), (99, 100), (0.03, 0.05)]
)
def test_axes_end_at_round_numbers(value: float, top: float) -> None:
    assert round_up(value) == pytest.approx(top)


@given(st.just(0.0) | st.floats(1e-300, 1e300), st.integers(1, 10), st.booleans())
@example(highest=5e-324, most=4, beyond=False)
@example(highest=5.0, most=5, beyond=True)
def test_round_values_reach_as_far_as_they_should(highest: float, most: int, beyond: bool) -> None:
    values = round_values(highest, most, beyond=beyond)
    assert values[0] == 0
    assert len(values) <= most + 1
    assert values == sorted(set(values))
    slack = highest * 1e-6
    assert values[-1] >= highest - slack if beyond else values[-1] <= highest + slack


def test_lines_break_at_gaps_and_lone_points_are_dots() -> None:
    points = [(0.0, 1.0), (1.0, 2.0), (2.0, None), (3.0, 4.0), (4.0, float("inf"))]
    segments = segments_of(points)
    assert segments == [[(0.0, 1.0), (1.0, 2.0)], [(3.0, 4.0)]]
    assert path_of(segments) == "M0 1L1 2M3 4h0"
