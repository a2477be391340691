from __future__ import annotations

import datetime as dt
import itertools
import math

import pytest
from bson import Decimal128
from hypothesis import given
from hypothesis import strategies as st

from benchwright.sources.averages import Averages

NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


def test_each_period_has_the_mean_of_what_lies_in_it() -> None:
    averages = Averages(HOUR)
    for minutes, load in ((0, 1), (59, 2.0), (60, Decimal128("5")), (200, 7)):
        averages.add({"timestamp": NOON + dt.timedelta(minutes=minutes), "load": load, "_id": 3})
    assert list(averages.rows(None, None)) == [
        ["2026-03-01T12:00:00+00:00", 1.5],
        ["2026-03-01T13:00:00+00:00", 5.0],
        ["2026-03-01T14:00:00+00:00", None],
        ["2026-03-01T15:00:00+00:00", 7.0],
    ]


def test_the_range_says_which_periods_there_are() -> None:
    averages = Averages(HOUR)
    averages.add({"timestamp": NOON, "load": 1})
    rows = list(averages.rows(NOON - HOUR, NOON + 2 * HOUR))
    assert [row[0][11:13] for row in rows] == ["11", "12", "13"]
    assert averages.count_rows(NOON - HOUR, NOON + 2 * HOUR) == 3


def test_what_is_no_number_is_left_out_and_named() -> None:
    averages = Averages(HOUR)
    averages.add(
        {"timestamp": NOON, "name": "a", "on": True, "x": math.nan, "parts": [1], "n": "-"}
    )
    averages.add({"timestamp": NOON, "n": 4, "gone": None})
    averages.add({"timestamp": "soon", "lost": 4})
    assert list(averages.columns) == ["n"]
    assert averages.left_out == ["name", "on", "parts"]
    assert averages.documents == 2


@given(
    st.lists(st.tuples(st.integers(-10_000, 10_000), st.floats(-1e6, 1e6)), min_size=1),
    st.integers(1, 5000),
)
def test_no_document_is_lost_or_counted_twice(
    values: list[tuple[int, float]], period_minutes: int
) -> None:
    averages = Averages(dt.timedelta(minutes=period_minutes))
    for minutes, value in values:
        averages.add({"timestamp": NOON + dt.timedelta(minutes=minutes), "v": value, "one": 1})
    rows = list(averages.rows(None, None))
    assert len(rows) == averages.count_rows(None, None)
    means = [row[1] for row in rows if row[1] is not None]
    assert min(v for _, v in values) - 1e-3 <= min(means)
    assert max(means) <= max(v for _, v in values) + 1e-3
    starts = [dt.datetime.fromisoformat(row[0]) for row in rows]
    assert all(b - a == dt.timedelta(minutes=period_minutes) for a, b in itertools.pairwise(starts))
    assert {row[2] for row in rows} <= {1.0, None}
    if len(values) == 1:
        assert means == [pytest.approx(values[0][1])]
