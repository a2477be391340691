from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.kit.errors import BadRequest
from benchwright.kit.pagination import MAX_ID, PageRequest, encode_cursor


@given(last_id=st.integers(1, MAX_ID))
def test_cursors_come_back(last_id: int) -> None:
    assert PageRequest(cursor=encode_cursor(last_id)).before_id == last_id
    assert PageRequest().before_id is None


@pytest.mark.parametrize("text", ["", "0", "-1", "9" * 30, "x", "1.5", "é"])
def test_cursors_of_ones_own_making_are_refused(text: str) -> None:
    cursor = base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
    with pytest.raises(BadRequest):
        _ = PageRequest(cursor=cursor).before_id


@given(cursor=st.text(max_size=64))
def test_any_cursor_is_read_or_refused(cursor: str) -> None:
    try:
        found = PageRequest(cursor=cursor).before_id
    except BadRequest:
        return
    assert found is not None
    assert 0 < found <= MAX_ID
