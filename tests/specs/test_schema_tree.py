from __future__ import annotations

from typing import Any

import pytest

from benchwright.specs.schema_tree import constraints_of, read_tree, type_of, walk


@pytest.mark.parametrize(
    "schema, words",
    [
        ({}, "anything"),
        (True, "anything"),
        (False, "nothing"),
        (None, "anything"),
        ({"type": "string", "format": "uuid"}, "string (uuid)"),
        ({"type": ["string", "null"]}, "null or string"),
        ({"type": "array", "items": {"type": "integer"}}, "array of integer"),
        ({"items": {}}, "array of anything"),
        ({"properties": {"a": {}}}, "object"),
        ({"$ref": "#/components/schemas/Item"}, "Item"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "string or null"),
        ({"enum": ["a", 1]}, "string or integer"),
        ({"allOf": [{"type": "object"}, {"properties": {}}]}, "object"),
    ],
)
def test_a_type_in_words(schema: Any, words: str) -> None:
    assert set(type_of(schema).split(" or ")) == set(words.split(" or "))


@pytest.mark.parametrize(
    "schema, words",
    [
        ({"minimum": 1, "maximum": 9}, ["1 to 9"]),
        ({"maximum": 9}, ["at most 9"]),
        ({"exclusiveMinimum": 0}, ["more than 0"]),
        ({"minLength": 2}, ["at least 2 characters"]),
        ({"maxItems": 3, "uniqueItems": True}, ["at most 3 items", "no item twice"]),
        ({"enum": ["a", "b"]}, ["one of a, b"]),
        ({"enum": list(range(20))}, ["one of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 8 more"]),
        ({"const": "x"}, ["always x"]),
        ({"pattern": "^a$"}, ["matches ^a$"]),
        ({"default": ""}, ['default ""']),
        ({"multipleOf": 5, "readOnly": True}, ["a multiple of 5", "read only"]),
        ({"minimum": "no number"}, []),
    ],
)
def test_limits_in_words(schema: Any, words: list[str]) -> None:
    assert constraints_of(schema) == words


def test_a_tree_names_each_field_by_its_path() -> None:
    item = {"properties": {"name": {"type": "string"}}, "required": ["name"]}
    schema = {"properties": {"items": {"type": "array", "items": item}, "note": {"type": "string"}}}
    found = dict(walk(read_tree(schema)))
    assert list(found) == ["items", "items[]", "items[].name", "note"]
    assert found["items[].name"].required


def test_an_endless_schema_ends() -> None:
    schema: dict[str, Any] = {"properties": {}}
    schema["properties"]["child"] = schema
    deepest = max(path.count(".") for path, _ in walk(read_tree(schema)))
    assert 5 < deepest < 20


def test_a_wide_schema_is_cut_and_says_so() -> None:
    tree = read_tree({"properties": {f"p{n}": {} for n in range(1000)}})
    assert tree.is_cut
    assert 300 < len(tree.children) < 500


@pytest.mark.parametrize(
    "rubbish",
    [
        {"properties": []},
        {"properties": {"a": 5}},
        {"enum": "x"},
        {"oneOf": [5]},
        [],
        5,
        {"type": 5},
    ],
)
def test_rubbish_is_no_reason_to_fail(rubbish: Any) -> None:
    assert read_tree(rubbish).type
