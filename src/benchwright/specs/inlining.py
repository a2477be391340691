"""Schemas written out for people: references replaced by what they mean, up to a bound."""

from __future__ import annotations

from typing import Any

from benchwright.specs.references import BrokenReference, References

PLENTY_OF_NODES = 200
DEEPEST_SCHEMA = 8


class Inliner:
    """Writes out schemas of one document.

    A reference that leads back to itself, and all below the bounds, stays a `$ref`.
    """

    def __init__(self, references: References) -> None:
        self._references = references
        self._by_reference: dict[str, dict[str, Any]] = {}
        self._nodes = 0

    def write_out(self, schema: Any) -> dict[str, Any]:
        """`schema` without references, as far as that is reasonable; shared, so never change it."""
        if not isinstance(schema, dict):
            return {}
        reference = schema.get("$ref")
        if len(schema) == 1 and isinstance(reference, str):
            if reference not in self._by_reference:
                self._by_reference[reference] = self._write_afresh(schema)
            return self._by_reference[reference]
        return self._write_afresh(schema)

    def _write_afresh(self, schema: dict[str, Any]) -> dict[str, Any]:
        self._nodes = 0
        written = self._write(schema, 0, frozenset())
        return written if isinstance(written, dict) else {}

    def _write(self, node: Any, depth: int, path: frozenset[str]) -> Any:
        self._nodes += 1
        if isinstance(node, list):
            return [self._write(item, depth + 1, path) for item in self._cut(node, depth)]
        if not isinstance(node, dict):
            return node
        reference = node.get("$ref")
        if isinstance(reference, str):
            too_much = depth > DEEPEST_SCHEMA or self._nodes > PLENTY_OF_NODES
            if too_much or reference in path:
                return {"$ref": reference}
            try:
                target = self._references.look_up(reference)
            except BrokenReference:
                return {"$ref": reference}
            siblings = {key: value for key, value in node.items() if key != "$ref"}
            if isinstance(target, dict) and siblings:
                target = {**target, **siblings}
            return self._write(target, depth, path | {reference})
        return {
            key: self._write(node[key], depth + 1, path) for key in self._cut(list(node), depth)
        }

    def _cut(self, items: list[Any], depth: int) -> list[Any]:
        if depth > DEEPEST_SCHEMA * 3:
            return []
        return items[: max(0, 2 * PLENTY_OF_NODES - self._nodes)]
