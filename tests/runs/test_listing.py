from __future__ import annotations

import datetime as dt
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.kit.errors import BadRequest
from benchwright.kit.pagination import MAX_ID
from benchwright.runs.listing import (
    MAX_CURSOR,
    Position,
    Sort,
    Value,
    decode_position,
    encode_position,
    key_of,
)

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
VALUES: dict[str, st.SearchStrategy[Value]] = {
    "created": st.none(),
    "name": st.text(
        st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=500
    ),
    "started": st.integers(0, 10**16).map(lambda us: EPOCH + dt.timedelta(microseconds=us)),
}


@given(st.data(), st.sampled_from(get_args(Sort)), st.integers(1, MAX_ID))
def test_positions_come_back_as_they_were(data: st.DataObject, sort: Sort, row_id: int) -> None:
    known = VALUES.get(key_of(sort)[0], st.floats(allow_nan=False, allow_infinity=False))
    position = Position(data.draw(st.none() | known), row_id)
    cursor = encode_position(sort, position)
    assert len(cursor) <= MAX_CURSOR
    assert decode_position(sort, cursor) == position


@given(st.sampled_from(get_args(Sort)), st.text(max_size=80))
def test_other_text_is_refused(sort: Sort, text: str) -> None:
    with pytest.raises(BadRequest):
        decode_position(sort, text)


@pytest.mark.parametrize(
    "sort, cursor",
    [
        ("p95", encode_position("-p95", Position(1.0, 1))),
        ("p95", encode_position("p95", Position("text", 1))),
        ("p95", encode_position("p95", Position(True, 1))),
        ("p95", encode_position("p95", Position(float("nan"), 1))),
        ("p95", encode_position("p95", Position(10**400, 1))),
        ("name", encode_position("name", Position("\0", 1))),
        ("started", encode_position("started", Position("tomorrow", 1))),
        ("created", encode_position("created", Position(None, 2**40))),
        ("created", encode_position("created", Position(None, 0))),
    ],
)
def test_values_that_no_row_has_are_refused(sort: Sort, cursor: str) -> None:
    with pytest.raises(BadRequest):
        decode_position(sort, cursor)
