from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import assume, given
from jsonschema import Draft202012Validator

from benchwright.specs.examples import Example, ExampleBuilder
from benchwright.specs.flattening import Flattener
from benchwright.specs.references import References
from tests.specs.strategies import any_schema, satisfiable

Schema = dict[str, Any]


def build(schema: Any, root: dict[str, Any] | None = None) -> Example:
    return ExampleBuilder(Flattener(References(root or {}))).build(schema)


def components(**schemas: Any) -> dict[str, Any]:
    return {"components": {"schemas": schemas}}


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


# --- What an author gave ---


@pytest.mark.parametrize(
    "schema, value",
    [
        ({"type": "integer", "example": 7, "default": 3}, 7),
        ({"type": "string", "examples": ["a", "b"], "default": "c"}, "a"),
        ({"type": "string", "default": "c"}, "c"),
        ({"type": "object", "properties": {"a": {"example": {"b": None}}}}, {"a": {"b": None}}),
        ({"type": "string", "nullable": True, "example": None}, None),
        ({"type": "string", "default": None}, "example"),
        ({"type": "integer", "example": "23456"}, 23456),
        ({"type": "array", "example": "[1, 2]", "items": {}}, [1, 2]),
        ({"type": ["integer", "string"], "example": "7"}, "7"),
        ({"examples": []}, "example"),
        ({"allOf": [{"type": "string"}], "example": "whole"}, "whole"),
        ({"allOf": [{"type": "string", "example": "only part"}]}, "only part"),
    ],
)
def test_an_authors_example_comes_first(schema: Schema, value: Any) -> None:
    example = build(schema)
    assert example.value == value
    assert example.problem is None


@pytest.mark.parametrize(
    "schema, value",
    [
        ({"type": "integer", "example": "seven"}, 1),
        ({"type": "integer", "example": "1e999", "default": 5}, 5),
        ({"type": "object", "example": "[" * 200}, {}),
        ({"type": "array", "default": "", "items": {"type": "string"}}, ["example"]),
    ],
)
def test_an_example_of_another_type_is_none(schema: Schema, value: Any) -> None:
    assert build(schema).value == value


def test_an_example_of_one_part_is_none_of_the_whole() -> None:
    schema = {
        "allOf": [
            {"type": "object", "properties": {"a": {"type": "integer"}}, "example": {"a": 5}},
            {"type": "object", "properties": {"b": {"type": "integer"}}, "required": ["b"]},
        ]
    }
    assert build(schema).value == {"a": 1, "b": 1}


def test_an_authors_example_is_not_called_certain() -> None:
    schema = {"type": "string", "maxLength": 3, "example": "seven"}
    assert build(schema) == Example("seven", certain=False)


# --- What is built ---


@pytest.mark.parametrize(
    "schema, value",
    [
        ({"const": 5}, 5),
        ({"enum": ["b", "a"]}, "b"),
        ({"type": "integer", "enum": ["x", 2.5, 3]}, 3),
        ({"type": "boolean"}, True),
        ({"type": "integer"}, 1),
        ({"type": "integer", "minimum": 18}, 18),
        ({"type": "integer", "minimum": 0.5, "maximum": 1.5}, 1),
        ({"type": "integer", "maximum": 0}, 0),
        ({"type": "integer", "exclusiveMinimum": 10}, 11),
        ({"type": "integer", "minimum": 10, "exclusiveMinimum": True}, 11),
        ({"type": "integer", "exclusiveMaximum": 1}, 0),
        ({"type": "integer", "minimum": 21, "multipleOf": 10}, 30),
        ({"type": "number", "multipleOf": 0.01}, 0.01),
        ({"type": "number", "minimum": 0.1, "maximum": 0.3, "exclusiveMinimum": True}, 0.3),
        ({"type": "string"}, "example"),
        ({"type": "string", "minLength": 10}, "exampleexa"),
        ({"type": "string", "maxLength": 3}, "exa"),
        ({"type": "string", "format": "date"}, "2024-01-15"),
        ({"type": "string", "format": "DATE-TIME"}, "2024-01-15T09:30:00Z"),
        ({"type": "string", "format": "uuid"}, "3fa85f64-5717-4562-b3fc-2c963f66afa6"),
        ({"type": "string", "format": "email", "minLength": 20}, "aaaauser@example.com"),
        ({"type": "string", "format": "date", "maxLength": 4}, "exam"),
        ({"type": "string", "pattern": r"^[A-Z]{2}\d+$"}, "AA1"),
        ({"type": "string", "format": "uuid", "pattern": "^x"}, "x"),
        ({"type": ["null", "integer"]}, 1),
        ({"type": "integer", "nullable": True, "minimum": 2, "maximum": 1}, None),
        ({"type": "null"}, None),
        ({"type": "array", "items": {"type": "integer"}}, [1]),
        ({"type": "array", "items": {"type": "integer"}, "minItems": 3}, [1, 1, 1]),
        ({"type": "array", "items": {"type": "integer"}, "minItems": 3, "uniqueItems": True}, [1, 2, 0]),
        ({"type": "array", "items": {"enum": ["a", "b"]}, "minItems": 2, "uniqueItems": True}, ["a", "b"]),
        ({"type": "array", "maxItems": 0}, []),
        ({"type": "array", "items": False}, []),
        ({"type": "array", "prefixItems": [{"type": "integer"}, {"type": "boolean"}]}, [1, True]),
        ({"type": "object"}, {}),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, {"key": 1}),
        ({"type": "object", "required": ["a"]}, {"a": "example"}),
        ({"type": "object", "minProperties": 2}, {"key": "example", "key2": "example"}),
        ({"properties": {"a": {"type": "integer"}}}, {"a": 1}),
        ({"items": {"type": "integer"}}, [1]),
        ({"minimum": 3}, 3),
        ({"type": "file"}, "example"),
        ({}, "example"),
        (True, "example"),
    ],
)  # fmt: skip
def test_builds_a_fitting_value(schema: Any, value: Any) -> None:
    example = build(schema)
    assert example.value == value
    assert type(example.value) is type(value)
    assert example.certain


def test_optional_properties_are_there_and_read_only_ones_are_not() -> None:
    schema = {
        "type": "object",
        "required": ["name"],
        "properties": {
            "id": {"type": "integer", "readOnly": True},
            "name": {"type": "string"},
            "note": {"type": "string"},
            "secret": {"type": "string", "writeOnly": True},
        },
    }
    assert build(schema).value == {"name": "example", "note": "example", "secret": "example"}


def test_required_properties_that_are_read_only_are_left_to_the_server() -> None:
    schema = {
        "type": "object",
        "required": ["id"],
        "properties": {"id": {"allOf": [{"type": "integer"}], "readOnly": True}},
    }
    assert build(schema) == Example({}, certain=False)


def test_a_map_of_itself_may_be_empty() -> None:
    schema = {"type": "object", "additionalProperties": ref("Tree")}
    example = build(ref("Tree"), components(Tree=schema))
    assert example == Example({}, certain=True)


def test_as_many_properties_as_are_allowed() -> None:
    properties = {name: {"type": "integer"} for name in "abcd"}
    schema = {"type": "object", "properties": properties, "required": ["d"], "maxProperties": 2}
    assert build(schema).value == {"a": 1, "d": 1}


def test_all_of_is_the_sum() -> None:
    root = components(
        Base={"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}},
        Named={"type": "object", "properties": {"name": {"type": "string", "minLength": 2}}},
    )
    schema = {
        "allOf": [ref("Base"), ref("Named")],
        "properties": {"name": {"maxLength": 3}, "id": {"minimum": 5}},
        "required": ["name"],
    }
    assert build(schema, root) == Example({"name": "exa", "id": 5}, certain=True)


def test_closed_parts_are_meant_as_a_sum() -> None:
    part = {"type": "object", "additionalProperties": False}
    schema = {
        "allOf": [
            {**part, "properties": {"a": {"type": "integer"}}},
            {**part, "properties": {"b": {"type": "integer"}}},
        ]
    }
    assert build(schema) == Example({"a": 1, "b": 1}, certain=False)


def test_one_of_takes_an_alternative_that_is_no_other_one() -> None:
    schema = {"oneOf": [{"type": "number"}, {"type": "integer"}, {"type": "string"}]}
    assert build(schema) == Example("example", certain=True)
    assert build({"anyOf": [{"type": "number"}, {"type": "integer"}]}).value == 1
    ambiguous = {"oneOf": [{"type": "number"}, {"type": "integer"}]}
    assert build(ambiguous) == Example(1, certain=False)


def test_optional_properties_do_not_blur_an_alternative() -> None:
    schema = {
        "type": "object",
        "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
        "oneOf": [{"required": ["a"]}, {"required": ["b"]}],
    }
    assert build(schema) == Example({"a": 1}, certain=True)


def test_alternatives_narrow_what_stands_beside_them() -> None:
    schema = {
        "type": "object",
        "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
        "anyOf": [{"required": ["c"], "not": {}}, {"required": ["b"]}],
        "maxProperties": 1,
    }
    assert (
        build({"anyOf": [{"type": "integer", "minimum": 5, "maximum": 4}, {"const": "x"}]}).value
        == "x"
    )
    assert "b" in build(schema).value


def test_the_discriminator_names_the_alternative() -> None:
    root = components(
        Pet={
            "type": "object",
            "required": ["kind"],
            "properties": {"kind": {"type": "string"}},
            "discriminator": {
                "propertyName": "kind",
                "mapping": {"kitty": "#/components/schemas/Cat", "Dog": "Dog"},
            },
        },
        Cat={
            "allOf": [ref("Pet"), {"type": "object", "properties": {"lives": {"type": "integer"}}}]
        },
        Dog={"allOf": [ref("Pet"), {"type": "object", "properties": {"bark": {"type": "string"}}}]},
    )
    assert build(ref("Cat"), root).value == {"kind": "kitty", "lives": 1}
    assert build({"oneOf": [ref("Dog"), ref("Cat")]}, root).value["kind"] == "Dog"


# --- Recursion and size ---


def test_recursion_ends_where_it_may() -> None:
    root = components(
        Node={
            "type": "object",
            "required": ["children", "parent"],
            "properties": {
                "name": {"type": "string"},
                "next": ref("Node"),
                "children": {"type": "array", "items": ref("Node")},
                "parent": {"anyOf": [ref("Node"), {"type": "null"}]},
                "byName": {"type": "object", "additionalProperties": ref("Node")},
            },
        }
    )
    expected: Schema = {"name": "example", "children": [], "parent": None, "byName": {}}
    assert build(ref("Node"), root) == Example(expected, certain=True)


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "required": ["a"], "properties": {"a": {"$ref": "#/components/schemas/A"}}},
        {"type": "array", "minItems": 1, "items": {"$ref": "#/components/schemas/A"}},
        {"$ref": "#/components/schemas/A"},
        {"allOf": [{"$ref": "#/components/schemas/A"}]},
        {"allOf": [{"$ref": "#/components/schemas/A"}, {"$ref": "#/components/schemas/A"}]},
        {"oneOf": [{"$ref": "#/components/schemas/A"}]},
        {"anyOf": [{"anyOf": [{"$ref": "#/components/schemas/A"}]}]},
        {"not": {"$ref": "#/components/schemas/A"}},
    ],
)  # fmt: skip
def test_recursion_without_an_end_is_reported(schema: Schema) -> None:
    example = build(schema, components(A=schema))
    assert not example.certain
    assert example.problem is not None or example.value is not None


@pytest.mark.parametrize(
    "schema, words",
    [
        (False, "contradicts itself"),
        ({"type": "integer", "minimum": 2, "maximum": 1}, "between the bounds"),
        ({"type": "string", "minLength": 2, "maxLength": 1}, "between `minLength`"),
        ({"type": "string", "minLength": 10**9}, "between `minLength`"),
        ({"type": "array", "minItems": 10**9}, "number of items"),
        ({"type": "object", "minProperties": 10**9}, "too many properties"),
        ({"allOf": [{"type": "string"}, {"type": "integer"}]}, "contradicts itself"),
        ({"enum": []}, "enum"),
        ({"type": "string", "enum": [1]}, "enum"),
        ({"$ref": "#/nowhere"}, "points at nothing"),
        ({"$ref": "https://other.test/x.json"}, "never fetched"),
        ({"type": "array", "items": {"const": 1}, "minItems": 2, "uniqueItems": True}, "different"),
    ],
)
def test_says_why_there_is_none(schema: Any, words: str) -> None:
    example = build(schema)
    assert example.value is None
    assert not example.certain
    assert words in (example.problem or "")


def test_a_contradiction_of_the_author_costs_only_certainty() -> None:
    closed = {"type": "object", "additionalProperties": False, "required": ["a", "b"]}
    schema = {**closed, "properties": {"b": {"type": "integer"}}}
    assert build(schema) == Example({"b": 1}, certain=False)
    assert build({"type": "integer", "not": {"type": "integer"}}) == Example(1, certain=False)
    # As an alternative among others, it is passed over.
    assert build({"anyOf": [schema, {"const": 5}]}) == Example(5, certain=True)


def test_a_tree_that_doubles_at_every_level_stays_small() -> None:
    schemas: dict[str, Schema] = {
        f"S{n}": {"type": "object", "properties": {"a": ref(f"S{n + 1}"), "b": ref(f"S{n + 1}")}}
        for n in range(60)
    }
    schemas["S60"] = {"type": "integer"}
    begun = time.process_time()
    assert len(json.dumps(build(ref("S0"), components(**schemas)).value)) < 20_000
    for schema in schemas.values():
        schema["required"] = ["a", "b"]
    assert build(ref("S0"), components(**schemas)).problem is not None
    assert time.process_time() - begun < 2


def test_hostile_schemas_cost_little() -> None:
    begun = time.process_time()
    many = {"allOf": [{"properties": {f"p{n}": {"enum": list(range(50))}}} for n in range(20_000)]}
    build(many)
    build({"oneOf": [{"type": "integer"}] * 20_000})
    build({"allOf": [{"enum": list(range(5000))}, {"enum": list(range(5000, 10_000))}]})
    build({"type": "string", "pattern": "(" * 200 + "a+" + ")+" * 200})
    build({"oneOf": [{"type": "string"}, {"pattern": "^(a+)+$"}], "minLength": 100})
    assert time.process_time() - begun < 3


@pytest.mark.parametrize("rubbish", [None, 5, "x", [], {"type": 5}, {"properties": []}, {"items": 3}, {"allOf": {}}, {"anyOf": [7]}, {"required": [1]}, {"minimum": "1"}, {"minLength": -5}, {"pattern": 3}, {"type": "thing"}, {"multipleOf": 0}, {"multipleOf": -1}, {"discriminator": 1}, {"enum": 5}, {"format": []}, {"maxItems": -1, "type": "array"}])  # fmt: skip
def test_rubbish_raises_nothing(rubbish: Any) -> None:
    build(rubbish)
    build({"type": "object", "required": ["a"], "properties": {"a": rubbish}})


# --- Against a validator ---


@given(satisfiable())
def test_what_can_be_met_is_met(schema: Schema) -> None:
    example = build(schema)
    assert example.problem is None
    assert example.certain
    Draft202012Validator(schema).validate(example.value)


@given(any_schema())
def test_what_is_called_certain_is_valid(schema: Any) -> None:
    example = build(schema)
    assume(example.certain)
    Draft202012Validator(schema).validate(example.value)


@given(any_schema())
def test_examples_are_the_same_every_time(schema: Any) -> None:
    assert build(schema) == build(schema)
    json.dumps(build(schema).value, allow_nan=False)
