from __future__ import annotations

from typing import Any

import pytest

from benchwright.loadtests.styles import cookie_text, header_text, path_text, query_text

ROLE = {"role": "admin", "first": "Alex"}


# The tables of the OpenAPI specification, "Style Examples".
@pytest.mark.parametrize(
    "value, style, explode, text",
    [
        ("blue", "form", True, "color=blue"),
        ([3, 4, 5], "form", None, "color=3&color=4&color=5"),
        ([3, 4, 5], "form", False, "color=3,4,5"),
        ([3, 4, 5], "spaceDelimited", None, "color=3%204%205"),
        ([3, 4, 5], "pipeDelimited", False, "color=3%7C4%7C5"),
        (ROLE, "form", True, "role=admin&first=Alex"),
        (ROLE, "form", False, "color=role,admin,first,Alex"),
        (ROLE, "deepObject", None, "color%5Brole%5D=admin&color%5Bfirst%5D=Alex"),
        (ROLE, "pipeDelimited", False, "color=role%7Cadmin%7Cfirst%7CAlex"),
        ({"a": {"b": [1, 2]}}, "deepObject", True, "color%5Ba%5D%5Bb%5D%5B0%5D=1&color%5Ba%5D%5Bb%5D%5B1%5D=2"),
        (["a", "b"], "deepObject", True, "color%5B0%5D=a&color%5B1%5D=b"),
        ([3, 4], "tabDelimited", False, "color=3%094"),
        (True, None, None, "color=true"),
        ("a b&c=ä/?#", None, None, "color=a%20b%26c%3D%C3%A4%2F%3F%23"),
    ],
)  # fmt: skip
def test_query(value: Any, style: str | None, explode: bool | None, text: str) -> None:
    assert query_text("color", value, style, explode=explode) == text


@pytest.mark.parametrize(
    "value, style, explode, text",
    [
        ("a/b", None, None, "a%2Fb"),
        ([3, 4, 5], "simple", False, "3,4,5"),
        (ROLE, "simple", False, "role,admin,first,Alex"),
        (ROLE, "simple", True, "role=admin,first=Alex"),
        ([3, 4, 5], "label", True, ".3.4.5"),
        ([3, 4, 5], "label", False, ".3,4,5"),
        (5, "matrix", False, ";id=5"),
        ([3, 4, 5], "matrix", False, ";id=3,4,5"),
        ([3, 4, 5], "matrix", True, ";id=3;id=4;id=5"),
        (ROLE, "matrix", True, ";role=admin;first=Alex"),
        (ROLE, "matrix", False, ";id=role,admin,first,Alex"),
    ],
)
def test_path(value: Any, style: str | None, explode: bool | None, text: str) -> None:
    assert path_text("id", value, style, explode=explode) == text


@pytest.mark.parametrize(
    "value, style, explode, text",
    [
        ([1, "a b"], None, None, "1,a b"),
        (ROLE, "simple", False, "role,admin,first,Alex"),
        (ROLE, "simple", True, "role=admin,first=Alex"),
        ([1, 2], "pipeDelimited", False, "1|2"),
        ([1, 2], "tabDelimited", False, "1\t2"),
    ],
)
def test_header(value: Any, style: str | None, explode: bool | None, text: str) -> None:
    assert header_text("X", value, style, explode=explode) == text


@pytest.mark.parametrize(
    "value, explode, text",
    [
        ("a b,c;", True, "a%20b%2Cc%3B"),
        (["a,b", 2], True, "a%2Cb,2"),
        (ROLE, False, "role,admin,first,Alex"),
        (ROLE, True, "role=admin,first=Alex"),
    ],
)
def test_cookie(value: Any, explode: bool, text: str) -> None:
    assert cookie_text("c", value, "form", explode=explode) == text
