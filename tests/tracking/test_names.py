from __future__ import annotations

import posixpath
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.tracking.names import MAX_NAME, clean_name, flatten, unique


@pytest.mark.parametrize(
    "text, expected",
    [
        ("http_req_duration.p95", "http_req_duration.p95"),
        ("List items/http_reqs.rate", "List items/http_reqs.rate"),
        ("odd (%): a=b", "odd ____ a_b"),
        ("Wärme/日本", "Wärme/日本"),
        ("../../etc//passwd/", "_/_/etc/passwd"),
        ("/", "_"),
        ("", "_"),
        (".", "_"),
    ],
)
def test_a_name_stays_as_alike_as_it_may(text: str, expected: str) -> None:
    assert clean_name(text) == expected


@given(st.lists(st.tuples(st.text(), st.integers()), max_size=20))
def test_every_name_is_one_that_mlflow_takes(pairs: list[tuple[str, int]]) -> None:
    made = list(unique(pairs))
    assert [value for _, value in made] == [value for _, value in pairs]
    assert len({name for name, _ in made}) == len(made)
    for name, _ in made:
        # As mlflow.utils.validation has it.
        assert re.fullmatch(r"[/\w.\- ]+", name)
        assert posixpath.normpath(name) == name
        assert not name.startswith(("/", ".."))
        assert len(name) <= MAX_NAME


def test_long_names_that_begin_alike_stay_apart() -> None:
    names = {clean_name("x" * 300 + end) for end in "ab"}
    assert len(names) == 2


def test_a_document_is_laid_out_flat() -> None:
    document: Any = {
        "a": {"b": 1, "c": [1, 2], "d": {}}, "list": [{"x": None}, "y"], "on": True, "text": "ü",
    }  # fmt: skip
    assert list(flatten(document, "p")) == [
        ("p.a.b", "1"), ("p.a.c", "[1, 2]"), ("p.a.d", "{}"), ("p.list.0.x", "null"),
        ("p.list.1", "y"), ("p.on", "true"), ("p.text", "ü"),
    ]  # fmt: skip
