"""The field `timestamp`: how it is read, and how documents of a time are asked for.

It may be a date, a text in ISO 8601, or a number: seconds below 10¹¹, milliseconds below 10¹⁴,
microseconds above. A text without an offset is in UTC.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from typing import Any, NamedTuple

from bson import Decimal128
from bson.datetime_ms import DatetimeMS
from bson.timestamp import Timestamp

FIELD = "timestamp"
MAX_SECONDS, MAX_MILLISECONDS = 1e11, 1e14
# Numbers of seconds, milliseconds and microseconds never mix: each has its own range of values.
SCALES = (
    (1.0, 0.0, MAX_SECONDS),
    (1e3, MAX_SECONDS, MAX_MILLISECONDS),
    (1e6, MAX_MILLISECONDS, 1e17),
)
FIRST = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
LAST = dt.datetime(5138, 1, 1, tzinfo=dt.UTC)
WIDEST_OFFSET = dt.timedelta(hours=15)
ISO = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d.{0,30})?", re.ASCII)
# Without look-ahead, which not every server's expressions have.
WITH_OFFSET = r"[+-](0[1-9]|1[0-4]):?[0-9]{2}$"


class TimeRange(NamedTuple):
    """From the one time on, up to before the other; either may be open."""

    since: dt.datetime | None = None
    until: dt.datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether it leaves nothing out."""
        return self.since is None and self.until is None

    def holds(self, value: Any) -> bool:
        """Whether a document with this `timestamp` is asked for."""
        if self.is_open:
            return True
        at = read_timestamp(value)
        if at is None:
            return False
        return (self.since is None or at >= self.since) and (self.until is None or at < self.until)


ALWAYS = TimeRange()


def read_timestamp(value: Any) -> dt.datetime | None:
    """The time that a `timestamp` says, in UTC; None for what says none."""
    try:
        if isinstance(value, dt.datetime):
            return _utc(value)
        if isinstance(value, str):
            return _utc(dt.datetime.fromisoformat(value)) if ISO.fullmatch(value) else None
        if isinstance(value, DatetimeMS):
            return FIRST + dt.timedelta(milliseconds=int(value))
        if isinstance(value, Timestamp):
            return _utc(value.as_datetime())
        if isinstance(value, Decimal128):
            return _of_number(float(value.to_decimal()))
        if isinstance(value, int | float) and not isinstance(value, bool):
            return _of_number(float(value))
    except (ValueError, OverflowError):
        return None
    return None


def time_filter(range_: TimeRange) -> dict[str, Any]:
    """What to ask the server for: all documents of the range, and perhaps a few beside it.

    Texts cannot be compared exactly there, so `TimeRange.holds` has the last word.
    """
    if range_.is_open:
        return {}
    since = range_.since or FIRST
    until = range_.until or LAST
    return {
        "$or": [
            {FIELD: _bounds(range_.since, range_.until)},
            *(
                {FIELD: {"$gte": max(since.timestamp() * scale, low), "$lt": _upper(until, scale, high)}}
                for scale, low, high in SCALES
            ),
            *(_texts(since, until, separator) for separator in "T "),
            {FIELD: {"$gte": f"{since:%Y-%m-%d}", "$lte": f"{until:%Y-%m-%d}", "$regex": "^.{10}$"}},
            _texts_with_offset(since, until),
        ]
    }  # fmt: skip


def _bounds(since: dt.datetime | None, until: dt.datetime | None) -> dict[str, Any]:
    bounds: dict[str, Any] = {}
    if since is not None:
        bounds["$gte"] = since
    if until is not None:
        bounds["$lt"] = until
    return bounds


def _upper(until: dt.datetime, scale: float, high: float) -> float:
    return min(until.timestamp() * scale, high)


def _texts(since: dt.datetime, until: dt.datetime, separator: str) -> dict[str, Any]:
    """Texts of one spelling, by whole minutes: some say no seconds."""
    return {
        FIELD: {
            "$gte": since.strftime(f"%Y-%m-%d{separator}%H:%M"),
            "$lt": _minute_after(until).strftime(f"%Y-%m-%d{separator}%H:%M"),
            "$regex": f"^.{{10}}{separator}",
        }
    }


def _texts_with_offset(since: dt.datetime, until: dt.datetime) -> dict[str, Any]:
    return {
        FIELD: {
            "$gte": f"{_shifted(since, -WIDEST_OFFSET):%Y-%m-%d}",
            "$lt": f"{_shifted(until, WIDEST_OFFSET + dt.timedelta(days=1)):%Y-%m-%d}",
            "$regex": WITH_OFFSET,
        }
    }


def _minute_after(at: dt.datetime) -> dt.datetime:
    return _shifted(at, dt.timedelta(minutes=1))


def _shifted(at: dt.datetime, by: dt.timedelta) -> dt.datetime:
    try:
        return at + by
    except OverflowError:
        return at


def _of_number(number: float) -> dt.datetime | None:
    if not math.isfinite(number) or number < 0:
        return None
    if number >= MAX_MILLISECONDS:
        number /= 1e6
    elif number >= MAX_SECONDS:
        number /= 1e3
    return dt.datetime.fromtimestamp(number, dt.UTC)


def _utc(at: dt.datetime) -> dt.datetime:
    return at.replace(tzinfo=dt.UTC) if at.tzinfo is None else at.astimezone(dt.UTC)
