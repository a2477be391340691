from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.configs.names import clean_name, is_config_name
from benchwright.kit.errors import BadRequest


@pytest.mark.parametrize(
    "text, name",
    [
        ("a.yaml", "a.yaml"),
        ("configs/my_config.yaml", "my_config.yaml"),
        ("My config 2.yml", "My config 2.yml"),
        ("größe-α.json", "größe-α.json"),
        ("e\u0301.yaml", "é.yaml"),
        ("A.YAML", "A.YAML"),
    ],
)
def test_names_that_are_taken(text: str, name: str) -> None:
    assert clean_name(text) == name


@pytest.mark.parametrize(
    "text",
    [
        "", ".yaml", "a", "a.txt", "a.yaml.exe", "../a.yaml", "..\\a.yaml", "/etc/a.yaml", "a/b.yaml",
        "configs/configs/a.yaml", "configs/../a.yaml", "configs//a.yaml", ".hidden.yaml", "a\0.yaml",
        "a\n.yaml", "a.yaml\n", " a.yaml", "a.yaml ", "-a.yaml", "a%2f.yaml", "\ud800.yaml",
        "a\u202e.yaml", "ä" * 98 + ".yaml", "x" * 200 + ".yaml", "x" * 10**6, "$(id).yaml", "a:b.yaml",
    ],
)  # fmt: skip
def test_names_that_are_refused(text: str) -> None:
    with pytest.raises(BadRequest, match="Invalid file name"):
        clean_name(text)


@given(st.text(max_size=300) | st.from_regex(r"(configs/)?[\w./\\ -]{0,30}(\.ya?ml|\.json)?\s?"))
def test_whatever_is_taken_names_one_visible_file(text: str) -> None:
    try:
        name = clean_name(text)
    except BadRequest:
        return
    assert not {"/", "\\", "\0", "\n"} & set(name)
    assert not name.startswith((".", "-", " "))
    assert len(name.encode()) <= 200
    assert clean_name(name) == name
    assert is_config_name(name)
