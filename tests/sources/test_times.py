from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from bson import Decimal128, Int64
from bson.datetime_ms import DatetimeMS
from hypothesis import given
from hypothesis import strategies as st

from benchwright.sources.times import TimeRange, read_timestamp

NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
SECONDS = int(NOON.timestamp())


@pytest.mark.parametrize(
    "value",
    [
        NOON,
        NOON.replace(tzinfo=None),
        NOON.astimezone(dt.timezone(dt.timedelta(hours=5, minutes=30))),
        "2026-03-01T12:00:00Z",
        "2026-03-01T12:00",
        "2026-03-01 12:00:00.000000",
        "2026-03-01T07:00:00-05:00",
        SECONDS,
        float(SECONDS),
        Int64(SECONDS * 1000),
        SECONDS * 1_000_000,
        Decimal128(str(SECONDS)),
        DatetimeMS(SECONDS * 1000),
    ],
    ids=repr,
)
def test_a_time_is_read_however_it_is_kept(value: Any) -> None:
    assert read_timestamp(value) == NOON


@pytest.mark.parametrize(
    "value",
    [None, True, "", "noon", "20260301", "2026-13-01T00:00", [NOON], {}, float("nan"), -5, 1e300,
     "0001-01-01T00:00+14:00", Decimal128("Infinity"), DatetimeMS(2**60)],
    ids=repr,
)  # fmt: skip
def test_what_says_no_time_is_none(value: Any) -> None:
    assert read_timestamp(value) is None


def test_a_range_begins_with_its_start_and_ends_before_its_end() -> None:
    hour = TimeRange(NOON, NOON + dt.timedelta(hours=1))
    assert hour.holds("2026-03-01T12:00:00Z")
    assert hour.holds("2026-03-01T12:59:59.999")
    assert not hour.holds("2026-03-01T13:00:00Z")
    assert not hour.holds("2026-03-01T12:30:00+01:00")
    assert not hour.holds(None)
    assert TimeRange().holds(None)


@given(st.integers(300_000_000_000, 7_000_000_000_000))
def test_each_spelling_of_a_time_is_the_same_time(ms: int) -> None:
    at = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(milliseconds=ms)
    spellings = [at, at.isoformat(), f"{at:%Y-%m-%d %H:%M:%S.%f}", ms]
    for spelling in spellings:
        found = read_timestamp(spelling)
        assert found is not None
        assert abs(found - at) < dt.timedelta(milliseconds=1)
