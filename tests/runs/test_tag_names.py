from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.kit.errors import Invalid
from benchwright.runs.tag_names import MAX_TAG, MAX_TAGS, clean_tag, clean_tags, split_tags


@pytest.mark.parametrize(
    "given_, kept",
    [
        ("  nightly  build ", "nightly build"), ("e\u0301", "é"), ("日本語", "日本語"),
        ("👩\u200d🔬", "👩\u200d🔬"), ("a\u202eb", "a b"), ("a\nb\tc", "a b c"), ("עברית", "עברית"),
        ("<b>", "<b>"),
    ],
)  # fmt: skip
def test_a_tag_is_written_in_one_way(given_: str, kept: str) -> None:
    assert clean_tag(given_) == kept


@given(st.text(max_size=60))
def test_cleaning_again_changes_nothing(text: str) -> None:
    assert clean_tag(clean_tag(text)) == clean_tag(text)


def test_doubles_and_empty_parts_are_dropped() -> None:
    assert split_tags(" a, b ,, a,\u202e,c") == ["a", "b", "c"]
    assert clean_tags(["a", " a "]) == ["a"]


@pytest.mark.parametrize(
    "tags", [[""], ["x" * (MAX_TAG + 1)], ["a,b"], [f"t{n}" for n in range(MAX_TAGS + 1)]]
)
def test_others_are_refused_with_the_reason(tags: list[str]) -> None:
    with pytest.raises(Invalid) as refused:
        clean_tags(tags)
    assert refused.value.errors[0]["field"] == "tags"
