"""Where a page of documents ended, and what to ask for to go on from there."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
from enum import StrEnum
from typing import Any

from bson import Decimal128, ObjectId, json_util
from bson.binary import Binary
from bson.datetime_ms import DatetimeMS
from bson.errors import BSONError

from benchwright.kit.errors import BadRequest
from benchwright.sources.times import FIELD
from benchwright.sources.values import CODEC

MAX_CURSOR = 4096
_JSON = json_util.CANONICAL_JSON_OPTIONS.with_options(
    tz_aware=True, tzinfo=dt.UTC, datetime_conversion=CODEC.datetime_conversion
)
# As MongoDB orders values of different types, without those that nobody orders by.
_TYPES = ("number", "string", "object", "array", "binData", "objectId", "bool", "date")


class Order(StrEnum):
    """Which documents come first."""

    NEWEST = "newest"
    OLDEST = "oldest"

    @property
    def direction(self) -> int:
        """As MongoDB says it."""
        return -1 if self is Order.NEWEST else 1


def encode(document: dict[str, Any], by: str) -> str | None:
    """The cursor behind a document; None if its key is too large for an address."""
    key = [by, document.get(by), document.get("_id")]
    text = json_util.dumps(key, json_options=_JSON, separators=(",", ":"))
    cursor = base64.urlsafe_b64encode(text.encode()).decode("ascii").rstrip("=")
    return cursor if len(cursor) <= MAX_CURSOR else None


def following(cursor: str, by: str, order: Order) -> dict[str, Any]:
    """What lies behind a cursor; raises `BadRequest`."""
    try:
        text = base64.urlsafe_b64decode(cursor + "==").decode()
        given, value, last_id = json_util.loads(text, json_options=_JSON)
    except (ValueError, TypeError, BSONError, binascii.Error, RecursionError, OverflowError):
        given = value = last_id = None
    if given != by:
        raise BadRequest("The cursor is not one that this list, in this order, gave out.")
    behind_id = _behind("_id", last_id, order)
    if by == "_id":
        return {"$or": behind_id}
    same = {FIELD: {"$eq": value}}
    return {"$or": [*_behind(FIELD, value, order), {"$and": [same, {"$or": behind_id}]}]}


def _behind(field: str, value: Any, order: Order) -> list[dict[str, Any]]:
    """The conditions of which one holds for what comes after `value`.

    A comparison finds values of the same type only, so the other types are named.
    """
    place = _place(value)
    operator = "$lt" if order is Order.NEWEST else "$gt"
    others = _TYPES[: max(place, 0)] if order is Order.NEWEST else _TYPES[place + 1 :]
    conditions: list[dict[str, Any]] = []
    if place >= 0:
        conditions.append({field: {operator: value}})
        if order is Order.NEWEST:
            conditions.append({field: {"$eq": None}})  # a missing field too
    if others:
        conditions.append({field: {"$type": list(others)}})
    return conditions or [{"_id": {"$in": []}}]


def _place(value: Any) -> int:
    kinds: tuple[tuple[str, type | tuple[type, ...]], ...] = (
        ("bool", bool),
        ("number", (int, float, Decimal128)),
        ("string", str),
        ("object", dict),
        ("array", list),
        ("binData", (Binary, bytes)),
        ("objectId", ObjectId),
        ("date", (dt.datetime, DatetimeMS)),
    )
    return next((_TYPES.index(name) for name, kind in kinds if isinstance(value, kind)), -1)
