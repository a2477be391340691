from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from benchwright.specs.flattening import Flattener
from benchwright.specs.matching import Matcher
from benchwright.specs.references import References
from tests.specs.strategies import VALUES, any_schema

INSTANCES = st.recursive(
    VALUES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abcd"), inner, max_size=3)
    ),
    max_leaves=6,
)


def matches(value: Any, schema: Any, root: dict[str, Any] | None = None) -> bool | None:
    return Matcher(Flattener(References(root or {}))).matches(value, schema)


@given(INSTANCES, any_schema())
def test_what_is_certain_is_what_a_validator_says(value: Any, schema: Any) -> None:
    answer = matches(value, schema)
    if answer is not None:
        assert answer == Draft202012Validator(schema).is_valid(value)


@pytest.mark.parametrize(
    "value, schema, answer",
    [
        (1.0, {"type": "integer"}, True),
        (True, {"type": "integer"}, False),
        (True, {"enum": [1]}, False),
        (1, {"const": 1.0}, True),
        ("a", {"pattern": "(?=a)"}, None),
        ("a" * 100, {"pattern": "^a"}, None),
        ("a", {"if": {}, "then": {}}, None),
        ([1, 1.0], {"uniqueItems": True}, False),
        ([{"a": [1]}, {"a": [True]}], {"uniqueItems": True}, True),
        (0.3, {"multipleOf": 0.1}, False),  # so says floating point, and so say validators
        (10**300, {"multipleOf": 0.5}, True),
    ],
)
def test_edges(value: Any, schema: Any, answer: bool | None) -> None:
    assert matches(value, schema) is answer


def test_gives_up_in_time() -> None:
    schema: Any = {"type": "string"}
    for _ in range(20):
        schema = {"anyOf": [schema, schema, schema]}
    begun = time.process_time()
    assert matches(5, schema) is None
    assert time.process_time() - begun < 1


def test_follows_references_that_go_round() -> None:
    root = {"a": {"anyOf": [{"$ref": "#/a"}, {"type": "integer"}]}}
    assert matches(5, {"$ref": "#/a"}, root) is not False
    assert matches("x", {"$ref": "#/a"}, root) is None
