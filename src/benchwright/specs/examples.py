"""Examples of values, built from their schemas: always the same one for the same schema."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from benchwright.specs.flattening import Choice, Flat, Flattener, Schema, is_equal
from benchwright.specs.given import find_given
from benchwright.specs.matching import MOST_ITEMS, Matcher
from benchwright.specs.references import BrokenReference, reference_name
from benchwright.specs.scalars import Unbuildable, build_number, build_text, vary_scalar

DEEPEST_VALUE = 40
DEEPEST_OPTIONAL = 5
PLENTY_OF_NODES = 200
MOST_NODES = 3000
MOST_ALTERNATIVES = 50
MOST_CHECKED_ENUM = 1000


@dataclass(frozen=True, slots=True)
class Example:
    """A value, and whether it is certain to meet its schema; `problem` says why there is none."""

    value: Any
    certain: bool
    problem: str | None = None


class ExampleBuilder:
    """Builds examples for what a client sends: properties that are read-only are left out.

    An author's own `example`, `examples` or `default` is taken as it is and never called certain.
    """

    def __init__(self, flattener: Flattener) -> None:
        self._flattener = flattener
        self._matcher = Matcher(flattener)
        self._by_reference: dict[str, Example] = {}
        self._nodes = 0
        self._exact = True
        self._lenient = False

    def build(self, schema: Schema) -> Example:
        """An example of `schema`; never raises."""
        reference = schema.get("$ref") if isinstance(schema, dict) and len(schema) == 1 else None
        if not isinstance(reference, str):
            return self._build_afresh(schema)
        if reference not in self._by_reference:
            self._by_reference[reference] = self._build_afresh(schema)
        return self._by_reference[reference]

    def _build_afresh(self, schema: Schema) -> Example:
        problem: Exception | None = None
        # A schema that contradicts itself is still meant somehow: the second time, properties
        # that are required and forbidden are left out, and `not` is not looked at.
        for lenient in (False, True):
            self._lenient = lenient
            self._nodes = 0
            self._exact = True
            try:
                value = self._build(schema, 0, frozenset())
            except (Unbuildable, BrokenReference) as error:
                problem = problem or error
            else:
                return Example(value, certain=self._exact and not self._lenient)
        return Example(None, certain=False, problem=str(problem))

    def _build(self, schema: Schema, depth: int, path: frozenset[str]) -> Any:
        return self._build_flat(self._flattener.flatten(schema), depth, path)

    def _build_flat(self, flat: Flat, depth: int, path: frozenset[str]) -> Any:
        self._nodes += 1
        if depth > DEEPEST_VALUE or self._nodes > MOST_NODES:
            raise Unbuildable("the schema is too large or nested too deeply")
        if flat.impossible:
            raise Unbuildable("the schema contradicts itself")
        if flat.reference is not None:
            if flat.reference in path:
                raise Unbuildable(f"{flat.reference[:200]!r} requires itself without an end")
            path |= {flat.reference}
        given, value = find_given(flat)
        if given:
            self._exact = False
            return value
        self._exact = self._exact and flat.exact
        if flat.choices:
            return self._choose(flat, depth, path)
        if "enum" in flat.keywords:
            return self._build_enum(flat)
        value = self._build_some_type(flat, depth, path)
        answers = [self._matcher.matches(value, schema) for schema in flat.negations]
        if True in answers and not self._lenient:
            raise Unbuildable("`not` excludes what was found")
        self._exact = self._exact and None not in answers
        return value

    def _build_some_type(self, flat: Flat, depth: int, path: frozenset[str]) -> Any:
        types = list(flat.types or (guess_type(flat.keywords),))
        types.sort(key="null".__eq__)  # null only if nothing else can be built
        problem = Unbuildable("the schema allows no type")
        for name in types:
            exact = self._exact
            try:
                return self._build_type(name, flat, depth, path)
            except Unbuildable as error:
                self._exact = exact
                problem = error
        raise problem

    def _build_type(self, name: str, flat: Flat, depth: int, path: frozenset[str]) -> Any:
        if name == "object":
            return self._build_object(flat, depth, path)
        if name == "array":
            return self._build_array(flat.keywords, depth, path)
        if name == "string":
            text, exact = build_text(flat.keywords)
            self._exact = self._exact and exact
            return text
        if name == "null":
            return None
        if name == "boolean":
            return True
        return build_number(flat.keywords, whole=name == "integer")

    def _build_enum(self, flat: Flat) -> Any:
        if len(flat.keywords["enum"]) > MOST_CHECKED_ENUM:
            self._exact = False
            return flat.keywords["enum"][0]
        unknown: list[Any] = []
        for value in flat.keywords["enum"]:
            answer = self._matcher.meets(value, flat)
            if answer:
                return value
            if answer is None:
                unknown.append(value)
        if not unknown:
            raise Unbuildable("no value of `enum` meets the rest of the schema")
        self._exact = False
        return unknown[0]

    def _choose(self, flat: Flat, depth: int, path: frozenset[str]) -> Any:
        """Takes the first alternative that can be built and is not taken for another one."""
        choice, rest = flat.choices[0], replace(flat, choices=flat.choices[1:], reference=None)
        exact = self._exact
        second_best: list[Any] = []
        problem = Unbuildable("no alternative can be built")
        for number, alternative in enumerate(choice.alternatives[:MOST_ALTERNATIVES]):
            self._exact = exact
            try:
                merged = self._flattener.merge_all(rest, alternative)
                value = self._build_flat(merged, depth + 1, path)
            except (Unbuildable, BrokenReference) as error:
                problem = Unbuildable(str(error))
                continue
            if choice.kind == "anyOf" or self._is_only_match(value, choice, number):
                return value
            self._exact = exact
            lean = self._drop_optional(value, merged)
            if lean is not None and self._is_only_match(lean, choice, number):
                return lean
            second_best.append(value)
        if not second_best:
            raise problem
        self._exact = False
        return second_best[0]

    def _drop_optional(self, value: Any, flat: Flat) -> dict[str, Any] | None:
        """An object with what it needs only, if that is less: often what tells it apart."""
        if not isinstance(value, dict):
            return None
        required = flat.keywords.get("required", ())
        lean = {name: item for name, item in value.items() if name in required}
        return lean if len(lean) < len(value) and self._matcher.meets(lean, flat) else None

    def _is_only_match(self, value: Any, choice: Choice, chosen: int) -> bool:
        others = [*choice.alternatives[:chosen], *choice.alternatives[chosen + 1 :]]
        for other in others[:MOST_ALTERNATIVES]:
            try:
                answer = self._matcher.matches(value, other)
            except BrokenReference:
                answer = None
            if answer:
                return False
            self._exact = self._exact and answer is False
        if len(others) > MOST_ALTERNATIVES:
            self._exact = False
        return True

    def _build_object(self, flat: Flat, depth: int, path: frozenset[str]) -> dict[str, Any]:
        keywords = flat.keywords
        properties: dict[str, Any] = keywords.get("properties", {})
        required = set(keywords.get("required", ()))
        most = keywords.get("maxProperties", MOST_NODES)
        built: dict[str, Any] = {}
        optional_left = most - len(required)
        for name, schema in properties.items():
            if name in required:
                self._add_property(built, name, schema, depth, path, needed=True)
                continue
            wanted = depth < DEEPEST_OPTIONAL and self._nodes < PLENTY_OF_NODES
            short = len(built) < keywords.get("minProperties", 0)
            if optional_left > 0 and (wanted or short):
                self._add_property(built, name, schema, depth, path, needed=False)
                optional_left -= name in built
        others = keywords.get("additionalProperties", True)
        for name in keywords.get("required", ()):
            forbidden = others is False and self._lenient
            if name not in built and name not in properties and not forbidden:
                built[name] = self._build_other(others, depth, path)
        least = min(keywords.get("minProperties", 0), most)
        self._add_others(built, others, int(least), depth, path)
        wants_sample = isinstance(others, dict) and not properties and depth < DEEPEST_OPTIONAL
        if wants_sample and not built and most >= 1:
            self._add_property(built, "key", others, depth, path, needed=False)
        if len(built) < keywords.get("minProperties", 0) or len(built) > most:
            raise Unbuildable("the number of properties cannot be met")
        self._name_kind(built, flat)
        return built

    def _add_property(
        self,
        built: dict[str, Any],
        name: str,
        schema: Schema,
        depth: int,
        path: frozenset[str],
        *,
        needed: bool,
    ) -> None:
        exact = self._exact
        try:
            flat = self._flattener.flatten(schema)
            if flat.keywords.get("readOnly"):
                # Required of answers only: what a server assigns is not sent to it.
                self._exact = self._exact and not needed
                return
            built[name] = self._build_flat(flat, depth + 1, path)
        except (Unbuildable, BrokenReference) as problem:
            if needed:
                raise Unbuildable(str(problem)) from None
            self._exact = exact

    def _add_others(
        self, built: dict[str, Any], others: Schema, least: int, depth: int, path: frozenset[str]
    ) -> None:
        number = 0
        while len(built) < least:
            number += 1
            if number > MOST_ITEMS:
                raise Unbuildable("too many properties are required")
            name = "key" if number == 1 else f"key{number}"
            if name not in built:
                built[name] = self._build_other(others, depth, path)

    def _build_other(self, others: Schema, depth: int, path: frozenset[str]) -> Any:
        if others is False:
            raise Unbuildable("a property is required that is not allowed")
        return self._build(others, depth + 1, path)

    def _name_kind(self, built: dict[str, Any], flat: Flat) -> None:
        """Sets the property that tells alternatives apart to the name of this schema."""
        if flat.discriminator is None or flat.reference is None:
            return
        name, names = flat.discriminator
        schema = flat.keywords.get("properties", {}).get(name)
        if name not in built or schema is None:
            return
        own = self._flattener.flatten(schema)
        kind = reference_name(flat.reference)
        kind = names.get(kind, kind)
        given, _ = find_given(own)
        if not given and self._matcher.meets(kind, own) is not False:
            built[name] = kind

    def _build_array(self, keywords: dict[str, Any], depth: int, path: frozenset[str]) -> list[Any]:
        least, most = keywords.get("minItems", 0), keywords.get("maxItems", MOST_ITEMS)
        if least > min(most, MOST_ITEMS):
            raise Unbuildable("the number of items cannot be met")
        schemas = keywords.get("prefixItems", [])[: int(most)]
        rest = keywords.get("items", True)
        built: list[Any] = []
        target = max(least, len(schemas), min(1, most))
        while len(built) < target:
            schema = schemas[len(built)] if len(built) < len(schemas) else rest
            exact = self._exact
            try:
                item = self._build(schema, depth + 1, path)
                if keywords.get("uniqueItems"):
                    item = self._make_unique(item, built, schema)
            except Unbuildable:
                if len(built) < least:
                    raise
                self._exact = exact
                break
            built.append(item)
        return built

    def _make_unique(self, item: Any, others: list[Any], schema: Schema) -> Any:
        if not any(is_equal(item, other) for other in others):
            return item
        flat = self._flattener.flatten(schema)
        if "enum" in flat.keywords:
            candidates = flat.keywords["enum"][:MOST_CHECKED_ENUM]
        else:
            candidates = vary_scalar(item, flat.keywords, len(others))
        for candidate in candidates:
            taken = any(is_equal(candidate, other) for other in others)
            if not taken and self._matcher.matches(candidate, schema):
                return candidate
        raise Unbuildable("not enough different items were found")


def guess_type(keywords: dict[str, Any]) -> str:
    """The type that is meant where none is named."""
    for names, kind in (
        (("properties", "additionalProperties", "required", "minProperties"), "object"),
        (("items", "prefixItems", "minItems", "maxItems", "uniqueItems"), "array"),
        (("pattern", "format", "minLength", "maxLength"), "string"),
        (("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"), "number"),
    ):
        if any(name in keywords for name in names):
            return kind
    return "string"
