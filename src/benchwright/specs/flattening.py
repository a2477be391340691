"""Schemas with their `$ref`s and `allOf`s merged into one set of plain constraints."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from benchwright.specs.references import BrokenReference, References, reference_name

Schema = Any  # a mapping, True or False; from outside, so possibly anything

LOWER_BOUNDS = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
UPPER_BOUNDS = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_ANNOTATIONS = ("example", "examples", "default")
_BOUNDS = frozenset({*LOWER_BOUNDS, *UPPER_BOUNDS, "multipleOf"})
_KINDS: dict[str, type | tuple[type, ...]] = {
    "properties": dict,
    "required": list,
    "additionalProperties": (dict, bool),
    "items": (dict, bool),
    "prefixItems": list,
    "enum": list,
    "pattern": str,
    "format": str,
    "uniqueItems": bool,
    "readOnly": bool,
    "contentMediaType": str,
    "contentEncoding": str,
    "xml": dict,
    "example": object,
    "examples": object,
    "default": object,
}
_NOT_UNDERSTOOD = frozenset({
    "if", "patternProperties", "dependentRequired", "dependentSchemas", "dependencies",
    "contains", "propertyNames", "unevaluatedProperties", "unevaluatedItems", "$dynamicRef",
})  # fmt: skip
_TYPES = ("null", "boolean", "integer", "number", "string", "array", "object")
DEEPEST_MERGE = 30
MOST_PARTS = 200
MOST_COMPARISONS = 10_000


@dataclass(frozen=True, slots=True)
class Choice:
    """An `anyOf` or `oneOf`."""

    kind: str
    alternatives: list[Schema]


@dataclass(frozen=True, slots=True)
class Flat:
    """One schema without references and `allOf` at its top.

    `exact` is False when something in it was not understood or contradicts itself, so that a
    value may be wrong although it meets all the rest. `reference` is the `$ref` it came from.
    """

    types: tuple[str, ...] | None = None
    keywords: dict[str, Any] = field(default_factory=dict)
    choices: tuple[Choice, ...] = ()
    negations: tuple[Schema, ...] = ()
    discriminator: tuple[str, dict[str, str]] | None = None
    reference: str | None = None
    impossible: bool = False
    exact: bool = True


ANYTHING = Flat()
NOTHING = Flat(impossible=True)


class Flattener:
    """Flattens the schemas of one document; a referenced one only once."""

    def __init__(self, references: References) -> None:
        self._references = references
        self._by_reference: dict[str, Flat] = {}

    def flatten(self, schema: Schema, depth: int = 0) -> Flat:
        """The constraints of `schema`; raises `BrokenReference`."""
        if schema is False:
            return NOTHING
        if not isinstance(schema, dict) or depth > DEEPEST_MERGE:
            return ANYTHING if schema is True else replace(ANYTHING, exact=False)
        reference = schema.get("$ref")
        flat = read_own(schema)
        if isinstance(reference, str):
            target = self._flatten_reference(reference, depth)
            flat = merge(flat, target) if len(schema) > 1 else target
            flat = replace(flat, reference=reference)
        parts = schema.get("allOf")
        if isinstance(parts, list) and parts:
            flat = self._flatten_parts(flat, parts, depth)
        return flat

    def merge_all(self, base: Flat, schema: Schema) -> Flat:
        """`base` narrowed by `schema`, as when one alternative of a choice is taken."""
        merged = merge(base, self.flatten(schema))
        reference = schema.get("$ref") if isinstance(schema, dict) else None
        return replace(merged, reference=reference if isinstance(reference, str) else None)

    def _flatten_parts(self, flat: Flat, parts: list[Any], depth: int) -> Flat:
        # `allOf` with one part is how 3.0 puts a description beside a reference: then the part
        # stands for the whole. Otherwise an example of a part is none of the whole.
        whole = len(parts) == 1 and "properties" not in flat.keywords
        reference = flat.reference
        if len(parts) > MOST_PARTS:
            flat = replace(flat, exact=False)
        for part in parts[:MOST_PARTS]:
            merged_part = self.flatten(part, depth + 1)
            if whole:
                reference = reference or merged_part.reference
            else:
                merged_part = replace(
                    merged_part,
                    keywords={
                        key: value
                        for key, value in merged_part.keywords.items()
                        if key not in _ANNOTATIONS
                    },
                )
            flat = merge(flat, merged_part)
        return replace(flat, reference=reference)

    def _flatten_reference(self, reference: str, depth: int) -> Flat:
        found = self._by_reference.get(reference)
        if found is None:
            # While it is being flattened, a reference to itself adds nothing to it.
            self._by_reference[reference] = replace(ANYTHING, exact=False, reference=reference)
            try:
                found = self.flatten(self._references.look_up(reference), depth + 1)
            except BrokenReference:
                del self._by_reference[reference]
                raise
            found = replace(found, reference=reference)
            self._by_reference[reference] = found
        return found


def read_own(schema: dict[str, Any]) -> Flat:
    """The constraints that stand in `schema` itself; what has a wrong type is left out."""
    keywords: dict[str, Any] = {}
    choices: list[Choice] = []
    exact = True
    # One pass over what is there: this runs for every schema of the document, many times.
    for key, value in schema.items():
        if key in _KINDS:
            if isinstance(value, _KINDS[key]):
                keywords[key] = value
        elif key in _BOUNDS:
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                keywords[key] = value
        elif key in ("anyOf", "oneOf"):
            if isinstance(value, list) and value:
                choices.append(Choice(key, value))
        elif key in _NOT_UNDERSTOOD:
            exact = False
    if "const" in schema:
        const = schema["const"]
        allowed = [item for item in keywords.get("enum", [const]) if is_equal(item, const)]
        keywords["enum"] = allowed[:1]
    if "required" in keywords:
        keywords["required"] = [name for name in keywords["required"] if isinstance(name, str)]
    if isinstance(schema.get("items"), list):  # until 3.0 and in 2.0, what is now `prefixItems`
        keywords["prefixItems"] = schema["items"]
    _read_old_bounds(schema, keywords)
    return Flat(
        types=_read_types(schema, keywords),
        keywords=keywords,
        choices=tuple(choices),
        negations=(schema["not"],) if "not" in schema else (),
        discriminator=_read_discriminator(schema["discriminator"])
        if "discriminator" in schema
        else None,
        exact=exact,
    )


def merge(one: Flat, other: Flat) -> Flat:
    """What meets both."""
    types, impossible = _merge_types(one.types, other.types)
    keywords, exact = _merge_keywords(one.keywords, other.keywords)
    return Flat(
        types=types,
        keywords=keywords,
        choices=one.choices + other.choices,
        negations=one.negations + other.negations,
        discriminator=one.discriminator or other.discriminator,
        reference=one.reference,
        impossible=impossible or one.impossible or other.impossible,
        exact=exact and one.exact and other.exact,
    )


def _merge_keywords(one: dict[str, Any], other: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    merged = dict(one)
    exact = True
    for key, value in other.items():
        mine: Any = merged.get(key)
        if key not in merged:
            merged[key] = value
        elif key in LOWER_BOUNDS:
            merged[key] = max(mine, value)
        elif key in UPPER_BOUNDS:
            merged[key] = min(mine, value)
        elif key == "required":
            merged[key] = list(dict.fromkeys([*mine, *value]))
        elif key == "enum":
            if len(mine) * len(value) > MOST_COMPARISONS:
                exact = False
                continue
            merged[key] = [item for item in mine if any(is_equal(item, its) for its in value)]
        elif key == "properties":
            merged[key] = {**mine}
            for name, schema in value.items():
                merged[key][name] = _merge_schemas(mine.get(name, True), schema)
        elif key in ("items", "additionalProperties"):
            merged[key] = _merge_schemas(mine, value)
        elif key in ("uniqueItems", "readOnly"):
            merged[key] = mine or value
        elif key not in (*_ANNOTATIONS, "xml") and mine != value:
            exact = False  # two patterns, two formats: the first one is followed
    for mine, its in ((one, other), (other, one)):
        closed = mine.get("additionalProperties") not in (None, True)
        if closed and its.get("properties", {}).keys() - mine.get("properties", {}).keys():
            # Authors close each part and still mean the sum of all properties.
            exact = False
        rest_is_bound = mine.get("items") not in (None, True)
        if rest_is_bound and len(its.get("prefixItems", [])) > len(mine.get("prefixItems", [])):
            exact = False  # one's rest begins among the other's first items
    return merged, exact


def _merge_schemas(one: Schema, other: Schema) -> Schema:
    if one is False or other is False:
        return False
    if one is True or one == other:
        return other
    return one if other is True else {"allOf": [one, other]}


def _merge_types(
    one: tuple[str, ...] | None, other: tuple[str, ...] | None
) -> tuple[tuple[str, ...] | None, bool]:
    if one is None or other is None:
        return one or other, False
    common = [
        name
        for name in dict.fromkeys([*one, *other])
        if (name in one or (name == "integer" and "number" in one))
        and (name in other or (name == "integer" and "number" in other))
    ]
    return tuple(common), not common


def _read_types(schema: dict[str, Any], keywords: dict[str, Any]) -> tuple[str, ...] | None:
    given = schema.get("type")
    names = [given] if isinstance(given, str) else given if isinstance(given, list) else []
    if "file" in names:  # Swagger 2.0
        keywords.setdefault("format", "binary")
        names = ["string"]
    types = [name for name in names if name in _TYPES]
    nullable = schema.get("nullable") is True or schema.get("x-nullable") is True
    if types and nullable and "null" not in types:
        types.append("null")
    return tuple(dict.fromkeys(types)) or None


def _read_old_bounds(schema: dict[str, Any], keywords: dict[str, Any]) -> None:
    """Until 3.0, `exclusiveMinimum: true` made `minimum` exclusive."""
    for exclusive, plain in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if schema.get(exclusive) is True and plain in keywords:
            keywords[exclusive] = keywords.pop(plain)


def _read_discriminator(value: Any) -> tuple[str, dict[str, str]] | None:
    if isinstance(value, str):  # Swagger 2.0
        return value, {}
    if not isinstance(value, dict) or not isinstance(value.get("propertyName"), str):
        return None
    mapping = value.get("mapping")
    names: dict[str, str] = {}
    for name, target in mapping.items() if isinstance(mapping, dict) else ():
        if isinstance(target, str):
            # A bare name stands for a schema of the components.
            names.setdefault(reference_name(target), name)
    return value["propertyName"], names


def is_equal(one: Any, other: Any) -> bool:
    """Equality of JSON values: 1 is 1.0, but true is not 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(is_equal, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(is_equal(one[key], other[key]) for key in one)
    return bool(one == other)
