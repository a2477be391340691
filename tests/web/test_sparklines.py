from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from benchwright.web.sparklines import Sparkline

NUMBERS = st.floats(allow_nan=True, allow_infinity=True) | st.none()


def test_the_line_goes_from_the_first_to_the_last_and_up_for_more() -> None:
    line = Sparkline([0, 5, 10], 100, 24)
    assert line.path == "M2 22L50 12L98 2"
    assert line.end == (98, 2)


def test_a_missing_value_is_a_gap_and_a_lone_one_a_dot() -> None:
    line = Sparkline([1, 2, None, 4, None], 100, 24)
    assert [len(segment) for segment in line.segments] == [2, 1]
    assert line.path.endswith("h0")
    assert line.end == line.segments[1][0]


def test_values_that_are_all_the_same_stand_in_the_middle() -> None:
    assert Sparkline([7, 7, 7], 100, 24).path == "M2 12L50 12L98 12"


def test_nothing_draws_nothing() -> None:
    for values in ([], [None], [math.nan, math.inf]):
        line = Sparkline(values, 96, 24)
        assert (line.path, line.end) == ("", None)


def test_of_many_values_peaks_stay() -> None:
    values = [1.0] * 100_000
    values[54_321] = 9.0
    line = Sparkline(values, 96, 24)
    (segment,) = line.segments
    assert len(segment) <= 2 * 96
    assert min(y for _, y in segment) == 2


@given(st.lists(NUMBERS, max_size=500))
def test_whatever_comes_stays_inside_the_box(values: list[float | None]) -> None:
    for segment in Sparkline(values, 96, 24).segments:
        for x, y in segment:
            assert 0 <= x <= 96
            assert 0 <= y <= 24
