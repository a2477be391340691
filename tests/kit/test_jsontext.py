from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.kit.errors import TooLarge
from benchwright.kit.jsontext import JsonProblem, load_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=20),
    lambda children: st.lists(children, max_size=4)
    | st.dictionaries(st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=9), children, max_size=4),
    max_leaves=20,
)  # fmt: skip


@given(VALUES, st.booleans())
def test_reads_what_json_writes(value: Any, escape: bool) -> None:
    assert load_json(json.dumps(value, ensure_ascii=escape)) == value


@pytest.mark.parametrize(
    "text, line, column, words",
    [
        ('{"a":\n [1,, 2]}', 2, 5, "Expecting value"),
        ('{"a": 1', 1, 8, "delimiter"),
        ("{'a': 1}", 1, 2, "property name"),
        (b'{"a": "\xff"}', 1, 8, "not UTF-8"),
        ("[" * 65 + "]" * 65, 1, 65, "deeper than 64"),
        ('{"b": "[[[", "a":\n' * 65 + "1" + "}" * 65, 65, 1, "deeper than 64"),
        ("[" * 100_000, 1, 65, "deeper than 64"),
    ],
)
def test_names_the_place_of_a_fault(text: str, line: int, column: int, words: str) -> None:
    with pytest.raises(JsonProblem, match=words) as caught:
        load_json(text)
    assert (caught.value.line, caught.value.column) == (line, column)


@pytest.mark.parametrize("text", ["NaN", "[Infinity]", "1e999", "-1e999", "1" * 5000])
def test_refuses_numbers_that_no_other_program_reads(text: str) -> None:
    with pytest.raises(JsonProblem):
        load_json(text)


def test_nul_and_half_characters_become_replacements() -> None:
    assert load_json(r'{"a\u0000": ["\ud800x", "\ud83d\ude00"]}') == {"a\ufffd": ["\ufffdx", "😀"]}


def test_refuses_too_many_bytes() -> None:
    with pytest.raises(TooLarge):
        load_json("[1, 2]", max_bytes=5)


def test_tells_of_keys_that_stand_twice() -> None:
    twice: list[str] = []
    assert load_json('{"a": 1, "b": {"c": 1, "c": 2}, "a": 3}', on_duplicate=twice.append) == {
        "a": 3, "b": {"c": 2},
    }  # fmt: skip
    assert twice == ["c", "a"]


def test_depth_is_what_limits_not_size() -> None:
    wide = json.dumps([[[]] * 1000] * 10)
    assert load_json(wide, max_depth=3)
    with pytest.raises(JsonProblem):
        load_json(wide, max_depth=2)


@given(st.binary(max_size=50) | st.text(alphabet='[]{}",:0e\\u', max_size=50))
def test_anything_is_read_or_refused(text: str | bytes) -> None:
    try:
        json.dumps(load_json(text), allow_nan=False).encode()
    except JsonProblem as problem:
        assert problem.message
