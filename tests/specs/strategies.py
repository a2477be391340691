"""Random JSON Schemas for property tests."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

Schema = dict[str, Any]

NAMES = st.sampled_from("abcd")


@st.composite
def satisfiable(draw: st.DrawFn, depth: int = 3) -> Schema:
    """Schemas that have a value by construction."""
    kinds = ["integer", "number", "string", "format", "pattern", "enum", "boolean", "nullable"]
    if depth:
        kinds += ["array", "object", "anyOf", "allOf", "map"]
    kind = draw(st.sampled_from(kinds))
    if kind in ("integer", "number"):
        low = draw(st.integers(-1000, 1000))
        schema: Schema = {"type": kind, "minimum": low, "maximum": low + draw(st.integers(0, 50))}
        if kind == "integer" and draw(st.booleans()):
            schema = {"type": kind, "minimum": low, "multipleOf": draw(st.integers(1, 50))}
        if draw(st.booleans()):
            schema = {"type": kind, "exclusiveMinimum": low, "exclusiveMaximum": low + 2}
        return schema
    if kind == "string":
        low = draw(st.integers(0, 30))
        return {"type": "string", "minLength": low, "maxLength": low + draw(st.integers(0, 30))}
    if kind == "format":
        return {
            "type": "string",
            "format": draw(st.sampled_from(["date", "email", "uuid", "ipv4"])),
        }
    if kind == "pattern":
        patterns = [
            r"^\d{3}-\d{4}$",
            "^[A-Z][a-z]+$",
            "x|y",
            r"^\w+@\w+\.[a-z]{2,}$",
            "[^a-z]",
            "^.*$",
        ]
        return {"type": "string", "pattern": draw(st.sampled_from(patterns))}
    if kind == "enum":
        return {"enum": draw(st.lists(st.integers() | st.text(max_size=5), min_size=1, max_size=4))}
    if kind == "boolean":
        return {"type": "boolean"}
    if kind == "nullable":
        return {"type": ["null", "integer"], "minimum": 5}
    inner = satisfiable(depth=depth - 1)
    if kind == "array":
        least = draw(st.integers(0, 3))
        return {"type": "array", "items": draw(inner), "minItems": least, "maxItems": least + 1}
    if kind == "anyOf":
        return {"anyOf": [draw(inner), draw(inner)]}
    if kind == "allOf":
        return {"allOf": [draw(inner), {"description": "the same, with a text"}]}
    if kind == "map":
        return {"type": "object", "additionalProperties": draw(inner), "minProperties": 2}
    properties = draw(st.dictionaries(NAMES, inner, max_size=4))
    required = [name for name in properties if draw(st.booleans())]
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": draw(st.booleans()),
        "maxProperties": draw(st.integers(len(required), 5)),
    }


SMALL = st.integers(-3, 5)
VALUES = (
    st.none()
    | st.booleans()
    | SMALL
    | st.sampled_from(["", "a", "ab", 1.5])
    | st.just([])
    | st.just({})
)
KEYWORDS: dict[str, st.SearchStrategy[Any]] = {
    "type": st.sampled_from(["integer", "number", "string", "array", "object", "null", "boolean"])
    | st.lists(st.sampled_from(["integer", "string", "null", "array"]), min_size=1, max_size=2, unique=True),
    "minimum": SMALL, "maximum": SMALL, "exclusiveMinimum": SMALL, "exclusiveMaximum": SMALL,
    "multipleOf": st.sampled_from([1, 2, 3, 0.5, 0.1]),
    "minLength": st.integers(0, 4), "maxLength": st.integers(0, 4),
    "pattern": st.sampled_from(["^a", "b$", "^(a|b)*$", "[0-9]", "(?=x)", "^.{2,3}$"]),
    "minItems": st.integers(0, 3), "maxItems": st.integers(0, 3), "uniqueItems": st.booleans(),
    "minProperties": st.integers(0, 3), "maxProperties": st.integers(0, 3),
    "required": st.lists(NAMES, max_size=2, unique=True),
    "enum": st.lists(VALUES, max_size=3), "const": VALUES,
    "if": st.just({"type": "string"}), "then": st.just(False),
    "patternProperties": st.just({"a": False}), "contains": st.just({"const": 5}),
    "propertyNames": st.just({"maxLength": 0}),
}  # fmt: skip


def any_schema(depth: int = 2) -> st.SearchStrategy[Any]:
    keywords = dict(KEYWORDS)
    if depth:
        inner = any_schema(depth - 1)
        several = st.lists(inner, min_size=1, max_size=3)
        keywords |= {
            "properties": st.dictionaries(NAMES, inner, max_size=3),
            "additionalProperties": inner, "items": inner, "prefixItems": several,
            "allOf": several, "anyOf": several, "oneOf": several, "not": inner,
        }  # fmt: skip
    pairs = st.sampled_from(sorted(keywords)).flatmap(
        lambda name: st.tuples(st.just(name), keywords[name])
    )
    return st.booleans() | st.lists(pairs, max_size=4).map(dict)
