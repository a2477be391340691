"""Documents as MongoDB has them, as JSON has them."""

from __future__ import annotations

import datetime as dt
import math
import uuid
from collections.abc import Callable, Mapping
from typing import Any

import bson
from bson import DBRef, Decimal128, Int64, MaxKey, MinKey, ObjectId, Regex
from bson.binary import Binary, UuidRepresentation
from bson.code import Code
from bson.codec_options import CodecOptions, DatetimeConversion
from bson.datetime_ms import DatetimeMS
from bson.timestamp import Timestamp

CODEC: CodecOptions[dict[str, Any]] = CodecOptions(
    document_class=dict,
    tz_aware=True,
    tzinfo=dt.UTC,
    uuid_representation=UuidRepresentation.STANDARD,
    unicode_decode_error_handler="replace",
    # A date beyond the year 9999 is no error.
    datetime_conversion=DatetimeConversion.DATETIME_AUTO,
)


def decode(raw: bytes) -> dict[str, Any]:
    """A document with the values that Python has for MongoDB's."""
    return bson.decode(raw, CODEC)


def to_json(value: Any) -> Any:
    """The value as JSON can say it; what JSON has no word for becomes a text, or null."""
    if value is None or isinstance(value, bool | str):
        # `Code` is a text too.
        return str(value) if isinstance(value, Code) else value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Int64):
        return int(value)
    if isinstance(value, int):
        return value
    if isinstance(value, Mapping):
        return {str(name): to_json(each) for name, each in value.items()}
    if isinstance(value, list):
        return [to_json(each) for each in value]
    for kinds, convert in _CONVERSIONS:
        if isinstance(value, kinds):
            return convert(value)
    return str(value)


def _decimal(value: Decimal128) -> str | None:
    number = value.to_decimal()
    return str(number) if number.is_finite() else None


def _date(value: dt.datetime) -> str:
    return (value if value.tzinfo else value.replace(tzinfo=dt.UTC)).isoformat()


def _binary(value: bytes) -> str:
    return f"(binary, {len(value)} bytes)"


_CONVERSIONS: tuple[tuple[type | tuple[type, ...], Callable[[Any], Any]], ...] = (
    (ObjectId, str),
    (dt.datetime, _date),
    (DatetimeMS, lambda value: f"{int(value)} ms since 1970"),
    (Decimal128, _decimal),
    ((Binary, bytes), _binary),
    (uuid.UUID, str),
    (Timestamp, lambda value: _date(value.as_datetime())),
    (Regex, lambda value: f"/{value.pattern}/"),
    (DBRef, lambda value: to_json(value.as_doc())),
    (MinKey, lambda _: "MinKey"),
    (MaxKey, lambda _: "MaxKey"),
)
