from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.datasets.names import (
    clean_data_file_name,
    clean_dataset_name,
    clean_path,
    known_path,
)
from benchwright.kit.errors import BadRequest


def test_names_that_are_taken() -> None:
    assert clean_dataset_name("datasets/dataset1") == "dataset1"
    assert clean_dataset_name("Büro 2.0") == "Büro 2.0"
    assert clean_data_file_name("weather.csv") == "weather.csv"
    assert clean_path("a/b/c/d.csv") == ("a", "b", "c", "d.csv")


@pytest.mark.parametrize(
    "text", ["", ".", "..", "a/b", "../a", ".git", "a.", "a ", "datasets/", "\0", "x" * 201]
)
def test_names_that_are_refused(text: str) -> None:
    with pytest.raises(BadRequest, match="Invalid name"):
        clean_dataset_name(text)
    with pytest.raises(BadRequest, match="Invalid file name"):
        clean_data_file_name(text)


@pytest.mark.parametrize(
    "text", ["", "/", "/a", "a/", "a//b", "a/../b", "./a", "a/.b", "a/b/c/d/e", "a\\..\\b", "a/b\0"]
)
def test_paths_that_are_refused(text: str) -> None:
    with pytest.raises(BadRequest, match="Invalid file name"):
        clean_path(text)


@given(st.text(max_size=80) | st.from_regex(r"[a./\\\0 -]{0,20}"))
def test_whatever_is_taken_stays_inside(text: str) -> None:
    for parts in (_cleaned(text), known_path(text)):
        for part in parts or ():
            assert part not in ("", ".", "..")
            assert not part.startswith(".")
            assert not {"/", "\\", "\0", "\n"} & set(part)


def _cleaned(text: str) -> tuple[str, ...]:
    try:
        return clean_path(text)
    except BadRequest:
        return ()
