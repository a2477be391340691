"""How lists of runs are ordered, and the cursors that go with each order."""

from __future__ import annotations

import base64
import datetime as dt
import json
import math
from typing import Literal, NamedTuple, get_args

from benchwright.kit.errors import BadRequest
from benchwright.kit.pagination import MAX_ID

Sort = Literal[
    "-created", "created", "-started", "started", "-name", "name", "-duration", "duration",
    "-requests", "requests", "-p95", "p95", "-errors", "errors",
]  # fmt: skip
SortKey = Literal["created", "started", "name", "duration", "requests", "p95", "errors"]
Value = float | str | dt.datetime | None

NEWEST: Sort = "-created"
MAX_CURSOR = 8000
"""Names are part of the cursors of lists that are sorted by them."""
BROKEN = BadRequest("The cursor is not one that this list gave out.")


class Position(NamedTuple):
    """The last row of a page: what it was sorted by, and its key, which breaks ties."""

    value: Value
    id: int


def key_of(sort: Sort) -> tuple[SortKey, bool]:
    """What is sorted by, and whether the largest comes first."""
    key = sort.removeprefix("-")
    assert key in get_args(SortKey)
    return key, sort.startswith("-")  # type: ignore[return-value]  # checked on the line before


def encode_position(sort: Sort, position: Position) -> str:
    """The cursor of what follows this row."""
    value = position.value
    plain = value.isoformat() if isinstance(value, dt.datetime) else value
    text = json.dumps([sort, plain, position.id], separators=(",", ":"), ensure_ascii=False)
    return base64.urlsafe_b64encode(text.encode()).decode("ascii").rstrip("=")


def decode_position(sort: Sort, cursor: str) -> Position:
    """The row that a page starts behind; raises `BadRequest` for a cursor of another order."""
    try:
        text = base64.urlsafe_b64decode(cursor + "==").decode()
        given, value, row_id = json.loads(text)
    except (ValueError, TypeError, RecursionError):
        raise BROKEN from None
    if given != sort or type(row_id) is not int or not 0 < row_id <= MAX_ID:
        raise BROKEN
    return Position(_value(key_of(sort)[0], value), row_id)


def _value(key: SortKey, value: object) -> Value:
    if value is None:
        return None
    if key == "name" and isinstance(value, str) and "\0" not in value:
        return value
    if key == "started" and isinstance(value, str):
        try:
            at = dt.datetime.fromisoformat(value)
            return at.astimezone(dt.UTC) if at.tzinfo is not None else at.replace(tzinfo=dt.UTC)
        except (ValueError, OverflowError):
            raise BROKEN from None
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if key not in {"name", "started", "created"} and is_number:
        try:
            number = float(value)  # type: ignore[arg-type]  # a number, as was just seen
        except OverflowError:
            raise BROKEN from None
        if math.isfinite(number):
            return number
    raise BROKEN
