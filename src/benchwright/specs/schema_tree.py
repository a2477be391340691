"""Schemas as people read them: a type in words, constraints in words, fields as a tree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from benchwright.specs.flattening import Flat, Flattener
from benchwright.specs.references import BrokenReference, References, reference_name
from benchwright.specs.texts import dump_json, read_text

MOST_NODES = 400
DEEPEST = 12
MOST_VALUES = 12
LONGEST_WORD = 120
LONGEST_DESCRIPTION = 1000
_NAMES: dict[type, str] = {
    str: "string", int: "integer", float: "number", bool: "boolean", list: "array",
    type(None): "null",
}  # fmt: skip
_RANGES = (
    ("minimum", "maximum", ""),
    ("minLength", "maxLength", " characters"),
    ("minItems", "maxItems", " items"),
    ("minProperties", "maxProperties", " fields"),
)


@dataclass(slots=True)
class Node:
    """One field of a schema; `name` is empty at the root, `[ ]` for the items of a list."""

    name: str
    type: str
    required: bool = False
    constraints: list[str] = field(default_factory=list)
    description: str = ""
    deprecated: bool = False
    children: list[Node] = field(default_factory=list)
    is_cut: bool = False
    """Whether it has fields that were left out because there are too many."""


def read_tree(schema: Any) -> Node:
    """The tree of a schema that was inlined; cut where it is endless."""
    return _Reader().read("", schema, required=False, depth=0)


def walk(node: Node, prefix: str = "") -> Iterator[tuple[str, Node]]:
    """All fields below `node` by their path, such as `items[].name`."""
    for child in node.children:
        if child.name == "[ ]":
            path = f"{prefix}[]"
        else:
            path = f"{prefix}.{child.name}" if prefix else child.name
        yield path, child
        yield from walk(child, path)


def type_of(schema: Any) -> str:
    """The type in words, such as `array of string (uuid)`."""
    return _Reader().type_of(schema, 0)


def constraints_of(schema: Any) -> list[str]:
    """Bounds, patterns, values and the default in words."""
    return _constraints(_Reader().flatten(schema))


class _Reader:
    def __init__(self) -> None:
        self._flattener = Flattener(References({}))
        self._nodes = 0

    def flatten(self, schema: Any) -> Flat:
        try:
            return self._flattener.flatten(schema)
        except BrokenReference:
            reference = schema.get("$ref") if isinstance(schema, dict) else None
            return Flat(reference=reference if isinstance(reference, str) else None)

    def type_of(self, schema: Any, depth: int) -> str:
        return self._type_of(self.flatten(schema), depth)

    def _type_of(self, flat: Flat, depth: int) -> str:
        keywords = flat.keywords
        if flat.impossible:
            return "nothing"
        if flat.choices and depth < DEEPEST:
            alternatives = flat.choices[0].alternatives[:MOST_VALUES]
            words = dict.fromkeys(self.type_of(item, depth + 1) for item in alternatives)
            return " or ".join(words)[: 2 * LONGEST_WORD] or "anything"
        if flat.types is None and flat.reference is not None and not keywords:
            return reference_name(flat.reference)[:LONGEST_WORD]
        types = list(flat.types or ())
        if not types:
            if "properties" in keywords:
                types = ["object"]
            elif "items" in keywords:
                types = ["array"]
            elif values := keywords.get("enum"):
                types = list(dict.fromkeys(_NAMES.get(type(value), "object") for value in values))
        names = [self._name(name, keywords, depth) for name in types[:MOST_VALUES]]
        return " or ".join(names) or "anything"

    def _name(self, name: str, keywords: dict[str, Any], depth: int) -> str:
        if name == "array" and depth < DEEPEST:
            items = keywords.get("items")
            return f"array of {self.type_of(items, depth + 1)}" if items is not None else "array"
        form = keywords.get("format")
        if isinstance(form, str) and name not in ("object", "null", "boolean"):
            return f"{name} ({form[:40]})"
        return name

    def read(self, name: str, schema: Any, *, required: bool, depth: int) -> Node:
        self._nodes += 1
        flat = self.flatten(schema)
        own = schema if isinstance(schema, dict) else {}
        node = Node(
            name=name[: 2 * LONGEST_WORD],
            type=self._type_of(flat, 0),
            required=required,
            constraints=_constraints(flat),
            description=read_text(own.get("description"), LONGEST_DESCRIPTION),
            deprecated=own.get("deprecated") is True,
        )
        node.children = list(self._children(flat, depth, node))
        return node

    def _children(self, flat: Flat, depth: int, node: Node) -> Iterator[Node]:
        keywords = flat.keywords
        needed = keywords.get("required", [])
        fields: list[tuple[str, Any, bool]] = [
            (name, schema, name in needed)
            for name, schema in keywords.get("properties", {}).items()
        ]
        items = keywords.get("items")
        if isinstance(items, dict):
            # A list of plain values is said by its type already.
            inner = self.flatten(items)
            if "properties" in inner.keywords or inner.choices or "items" in inner.keywords:
                fields.append(("[ ]", items, False))
        more = keywords.get("additionalProperties")
        if isinstance(more, dict) and more:
            fields.append(("any name", more, False))
        if flat.choices and not fields:
            fields += [
                (f"{'or ' if number else ''}{self.type_of(item, 1)}", item, False)
                for number, item in enumerate(flat.choices[0].alternatives)
                if "properties" in self.flatten(item).keywords
            ]
        for name, schema, is_needed in fields:
            if self._nodes >= MOST_NODES or depth >= DEEPEST:
                node.is_cut = True
                return
            yield self.read(name, schema, required=is_needed, depth=depth + 1)


def _constraints(flat: Flat) -> list[str]:
    keywords = flat.keywords
    words: list[str] = []
    if isinstance(values := keywords.get("enum"), list):
        shown = ", ".join(_word(value) for value in values[:MOST_VALUES])
        rest = len(values) - MOST_VALUES
        label = "always" if len(values) == 1 else "one of"
        words.append(f"{label} {shown}" + (f" and {rest:,} more" if rest > 0 else ""))
    for low, high, unit in _RANGES:
        words += _range(keywords, low, high, unit)
    if "multipleOf" in keywords:
        words.append(f"a multiple of {_word(keywords['multipleOf'])}")
    if isinstance(pattern := keywords.get("pattern"), str):
        words.append(f"matches {pattern[:LONGEST_WORD]}")
    if keywords.get("uniqueItems") is True:
        words.append("no item twice")
    if keywords.get("readOnly") is True:
        words.append("read only")
    if "default" in keywords:
        words.append(f"default {_word(keywords['default'])}")
    return words


def _range(keywords: dict[str, Any], low: str, high: str, unit: str) -> list[str]:
    above, below = keywords.get(low), keywords.get(high)
    words = []
    if above is not None and below is not None:
        words.append(f"{_word(above)} to {_word(below)}{unit}")
    elif below is not None:
        words.append(f"at most {_word(below)}{unit}")
    elif above:
        words.append(f"at least {_word(above)}{unit}")
    if low == "minimum":
        if (bound := keywords.get("exclusiveMinimum")) is not None:
            words.append(f"more than {_word(bound)}")
        if (bound := keywords.get("exclusiveMaximum")) is not None:
            words.append(f"less than {_word(bound)}")
    return words


def _word(value: Any) -> str:
    text = value if isinstance(value, str) and value else dump_json(value)
    return text if len(text) <= LONGEST_WORD else text[: LONGEST_WORD - 1] + "…"
