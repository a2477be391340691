from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.kit.errors import BadRequest
from benchwright.kit.name_pages import NamePageRequest, slice_names

NAMES = st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=8), unique=True)


@given(NAMES.map(sorted), st.integers(1, 5))
def test_pages_hold_every_name_once(names: list[str], limit: int) -> None:
    seen, cursor = list[str](), None
    while True:
        start, end, cursor = slice_names(names, NamePageRequest(cursor, limit))
        seen += names[start:end]
        if cursor is None:
            break
    assert seen == names


def test_a_name_that_went_away_breaks_no_list() -> None:
    _, _, cursor = slice_names(["a", "b", "c", "d"], NamePageRequest(None, 2))
    start, end, _ = slice_names(["a", "c", "d"], NamePageRequest(cursor, 2))
    assert (start, end) == (1, 3)


@pytest.mark.parametrize("cursor", ["=", "  ", "ä", "_w", "a" * 7001])
def test_other_cursors_are_refused(cursor: str) -> None:
    with pytest.raises(BadRequest):
        slice_names(["a"], NamePageRequest(cursor))
