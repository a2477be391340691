from __future__ import annotations

import datetime as dt
import json
import uuid
from typing import Any

import bson
import pytest
from bson import DBRef, Decimal128, Int64, MaxKey, ObjectId, Regex
from bson.binary import Binary
from bson.code import Code
from bson.timestamp import Timestamp
from hypothesis import given
from hypothesis import strategies as st

from benchwright.sources.values import CODEC, decode, to_json

OID = ObjectId("65f000000000000000000001")
ID = uuid.UUID("00000000-0000-4000-8000-000000000001")


def through(document: dict[str, Any]) -> Any:
    """As it arrives: encoded by MongoDB's rules and decoded by ours."""
    return to_json(decode(bson.encode(document, codec_options=CODEC)))


@pytest.mark.parametrize(
    "value, expected",
    [
        (OID, "65f000000000000000000001"),
        (dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC), "2026-01-02T03:04:05+00:00"),
        (Decimal128("1.10"), "1.10"),
        (Decimal128("NaN"), None),
        (float("nan"), None),
        (float("-inf"), None),
        (Int64(2**62), 2**62),
        (b"\x00\x01", "(binary, 2 bytes)"),
        (Binary(b"abc", 128), "(binary, 3 bytes)"),
        (ID, str(ID)),
        (Regex("^a"), "/^a/"),
        (Code("return 1"), "return 1"),
        (MaxKey(), "MaxKey"),
        (Timestamp(1_767_225_600, 1), "2026-01-01T00:00:00+00:00"),
        (DBRef("other", OID), {"$ref": "other", "$id": str(OID)}),
        ({"departure.time": [1, {"x": None}]}, {"departure.time": [1, {"x": None}]}),
        (True, True),
    ],
    ids=lambda value: type(value).__name__,
)
def test_each_type_has_its_json(value: Any, expected: Any) -> None:
    assert through({"value": value}) == {"value": expected}


def test_a_date_beyond_the_calendar_is_told_in_milliseconds() -> None:
    raw = bson.encode({"at": bson.datetime_ms.DatetimeMS(2**60)})
    assert to_json(decode(raw)) == {"at": f"{2**60} ms since 1970"}


_SCALARS = (
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats() | st.text(max_size=9)
    | st.binary(max_size=9) | st.datetimes() | st.uuids() | st.builds(ObjectId, st.binary(min_size=12, max_size=12))
)  # fmt: skip
_NAMES = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=9)
_VALUES = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_NAMES, inner, max_size=4)
)


@given(st.dictionaries(_NAMES, _VALUES, max_size=5))
def test_every_document_is_json(document: dict[str, Any]) -> None:
    json.dumps(through(document), allow_nan=False)
