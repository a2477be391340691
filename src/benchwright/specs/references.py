"""`$ref`s, followed inside one document and never out of it."""

from __future__ import annotations

from typing import Any

from referencing import Registry, Resource
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

MOST_HOPS = 32


class BrokenReference(Exception):
    """A `$ref` that leads nowhere; its message says why."""


class References:
    """Resolves the references of one document; each is looked up once."""

    def __init__(self, root: dict[str, Any]) -> None:
        registry: Registry[Any] = Registry().with_resource("", Resource.opaque(root))
        self._anchors: dict[str, Any] = {}
        components = root.get("components")
        schemas = components.get("schemas") if isinstance(components, dict) else None
        for schema in schemas.values() if isinstance(schemas, dict) else ():
            if not isinstance(schema, dict):
                continue
            if isinstance(schema.get("$id"), str):
                registry = registry.with_resource(
                    schema["$id"], DRAFT202012.create_resource(schema)
                )
            if isinstance(schema.get("$anchor"), str):
                self._anchors["#" + schema["$anchor"]] = schema
        self._resolver = registry.resolver()
        self._found: dict[str, Any] = {}

    def resolve(self, node: Any) -> Any:
        """`node`, or what its chain of `$ref`s ends at; raises `BrokenReference`."""
        for _ in range(MOST_HOPS):
            if not isinstance(node, dict):
                return node
            reference = node.get("$ref")
            if not isinstance(reference, str):
                return node
            node = self.look_up(reference)
        raise BrokenReference("a chain of references has no end")

    def look_up(self, reference: str) -> Any:
        """What one reference points at; raises `BrokenReference`."""
        if reference in self._found:
            found = self._found[reference]
            if isinstance(found, BrokenReference):
                raise found
            return found
        try:
            found = self._search(reference)
        except BrokenReference as failure:
            self._found[reference] = failure
            raise
        self._found[reference] = found
        return found

    def _search(self, reference: str) -> Any:
        if reference in self._anchors:
            return self._anchors[reference]
        try:
            return self._resolver.lookup(reference).contents
        except (Unresolvable, ValueError, TypeError, LookupError):
            pass
        shown = reference[:200]
        if reference.startswith("#"):
            raise BrokenReference(f"the reference {shown!r} points at nothing in this document")
        raise BrokenReference(
            f"the reference {shown!r} leads out of this document; other documents are never "
            "fetched, so bundle them into one"
        )


def reference_name(reference: str) -> str:
    """The last part of a reference, as people call the thing."""
    return reference.rsplit("/", 1)[-1].replace("~1", "/").replace("~0", "~")
