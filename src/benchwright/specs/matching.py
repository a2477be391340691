"""Whether a value meets a schema, as far as that can be told cheaply."""

from __future__ import annotations

from typing import Any

from benchwright.specs.flattening import Choice, Flat, Flattener, Schema, is_equal
from benchwright.specs.patterns import is_match

DEEPEST_CHECK = 30
MOST_ITEMS = 200

Answer = bool | None  # None: not known


class Matcher:
    """Checks values; gives up, with the answer None, after `most_steps` steps in all."""

    def __init__(self, flattener: Flattener, most_steps: int = 20_000) -> None:
        self._flattener = flattener
        self._most_steps = most_steps
        self._steps = 0

    def matches(self, value: Any, schema: Schema) -> Answer:
        """True or False if that is certain; raises `BrokenReference`."""
        self._steps = 0
        return self._check(value, schema, 0)

    def meets(self, value: Any, flat: Flat) -> Answer:
        """As `matches`, of a schema that is flat already."""
        self._steps = 0
        return self._check_flat(value, flat, 0)

    def _check(self, value: Any, schema: Schema, depth: int) -> Answer:
        self._steps += 1
        if depth > DEEPEST_CHECK or self._steps > self._most_steps:
            return None
        return self._check_flat(value, self._flattener.flatten(schema), depth)

    def _check_flat(self, value: Any, flat: Flat, depth: int) -> Answer:
        if flat.impossible or not has_type(value, flat.types):
            return False
        keywords = flat.keywords
        if "enum" in keywords and not any(is_equal(value, item) for item in keywords["enum"]):
            return False
        answers: list[Answer] = [True if flat.exact else None]
        if isinstance(value, str):
            answers.append(_check_text(value, keywords))
        elif isinstance(value, list):
            answers.append(self._check_items(value, keywords, depth))
        elif isinstance(value, dict):
            answers.append(self._check_properties(value, keywords, depth))
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            answers.append(check_number(value, keywords))
        answers += [self._check_choice(value, choice, depth) for choice in flat.choices]
        answers += [_negate(self._check(value, schema, depth + 1)) for schema in flat.negations]
        return _all(answers)

    def _check_items(self, value: list[Any], keywords: dict[str, Any], depth: int) -> Answer:
        if not keywords.get("minItems", 0) <= len(value) <= keywords.get("maxItems", len(value)):
            return False
        if len(value) > MOST_ITEMS:
            return None
        if keywords.get("uniqueItems") and has_twins(value):
            return False
        first = keywords.get("prefixItems", [])
        rest = keywords.get("items", True)
        return _all(
            [
                self._check(item, first[number] if number < len(first) else rest, depth + 1)
                for number, item in enumerate(value)
            ]
        )

    def _check_properties(
        self, value: dict[str, Any], keywords: dict[str, Any], depth: int
    ) -> Answer:
        size = len(value)
        if not keywords.get("minProperties", 0) <= size <= keywords.get("maxProperties", size):
            return False
        if any(name not in value for name in keywords.get("required", ())):
            return False
        properties = keywords.get("properties", {})
        others = keywords.get("additionalProperties", True)
        return _all(
            [
                self._check(item, properties.get(name, others), depth + 1)
                for name, item in value.items()
            ]
        )

    def _check_choice(self, value: Any, choice: Choice, depth: int) -> Answer:
        answers = [self._check(value, schema, depth + 1) for schema in choice.alternatives]
        if choice.kind == "anyOf":
            return True if True in answers else None if None in answers else False
        if answers.count(True) > 1:
            return False
        if None in answers:
            return None
        return True in answers


def has_type(value: Any, types: tuple[str, ...] | None) -> bool:
    """Whether a value has one of the types; None allows all."""
    if types is None:
        return True
    if value is None:
        return "null" in types
    if isinstance(value, bool):
        return "boolean" in types
    if isinstance(value, (int, float)):
        whole = isinstance(value, int) or value.is_integer()
        return "number" in types or ("integer" in types and whole)
    name = "string" if isinstance(value, str) else "array" if isinstance(value, list) else "object"
    return name in types


def check_number(value: float, keywords: dict[str, Any]) -> bool:
    """Whether a number is within its bounds and a multiple of what it must be."""
    step = keywords.get("multipleOf")
    return (
        ("minimum" not in keywords or value >= keywords["minimum"])
        and ("maximum" not in keywords or value <= keywords["maximum"])
        and ("exclusiveMinimum" not in keywords or value > keywords["exclusiveMinimum"])
        and ("exclusiveMaximum" not in keywords or value < keywords["exclusiveMaximum"])
        and (not step or is_multiple(value, step))
    )


def is_multiple(value: float, step: float) -> bool:
    """Whether `value` divides by `step` as validators compute it, in floating point."""
    if isinstance(value, int) and isinstance(step, int):
        return value % step == 0
    try:
        return (value / step).is_integer()
    except OverflowError:
        return False


def has_twins(items: list[Any]) -> bool:
    """Whether two items are equal."""
    return any(is_equal(items[i], items[j]) for i in range(len(items)) for j in range(i))


def _check_text(value: str, keywords: dict[str, Any]) -> Answer:
    if not keywords.get("minLength", 0) <= len(value) <= keywords.get("maxLength", len(value)):
        return False
    return is_match(keywords["pattern"], value) if "pattern" in keywords else True


def _all(answers: list[Answer]) -> Answer:
    return False if False in answers else None if None in answers else True


def _negate(answer: Answer) -> Answer:
    return None if answer is None else not answer
