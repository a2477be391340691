"""Documented responses of operations: what a client may expect, with an example."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from benchwright.specs.examples import ExampleBuilder
from benchwright.specs.flattening import Flattener
from benchwright.specs.given import UNSET, find_example
from benchwright.specs.outline import Response
from benchwright.specs.parameters import LONGEST_NAME, Parts
from benchwright.specs.references import BrokenReference, References
from benchwright.specs.texts import measure_json, read_text

MOST_RESPONSES = 60
MOST_SCHEMAS = 8
LARGEST_FURTHER_SCHEMA = 4 * 1024
"""In characters of JSON: what a client gets besides the first success is mostly a short error."""
LARGEST_EXAMPLE = 16 * 1024
_DEEPEST = 30


def read_responses(parts: Parts, node: Any) -> list[Response]:
    """The responses of an operation, in its order; a broken reference leaves only the status."""
    if not isinstance(node, dict):
        return []
    statuses = [status for status in node if not status.startswith("x-")][:MOST_RESPONSES]
    first = _first_success(statuses)
    described = {first, *statuses[:MOST_SCHEMAS]}
    read = [_read_response(parts, s, node[s], with_schema=s in described) for s in statuses]
    return [
        replace(response, schema={})
        if status != first and measure_json(response.schema) > LARGEST_FURTHER_SCHEMA
        else response
        for status, response in zip(statuses, read, strict=True)
    ]


def build_received(schema: dict[str, Any]) -> Any:
    """An example of what a server sends by an inlined schema, None if none can be built.

    Read-only properties are in it, write-only ones are not: the other way round than in a body.
    """
    builder = ExampleBuilder(Flattener(References({})))
    return builder.build(_as_received(schema, 0)).value


def _first_success(statuses: list[str]) -> str | None:
    """Its schema is kept whatever its size; those of errors are mostly alike, and many."""
    return next((s for s in statuses if s.startswith("2")), "default")


def _read_response(parts: Parts, status: str, node: Any, *, with_schema: bool) -> Response:
    try:
        node = parts.references.resolve(node)
    except BrokenReference:
        node = None
    if not isinstance(node, dict):
        return Response(status[:20])
    content = node.get("content")
    media_type, holder = None, node  # Swagger 2.0 has `schema` and `examples` right here
    if isinstance(content, dict) and content:
        media_type, holder = next(
            ((key, value) for key, value in content.items() if "json" in key.lower()),
            next(iter(content.items())),
        )
    elif isinstance(examples := node.get("examples"), dict) and examples:
        media_type, holder = next(iter(examples)), {"example": next(iter(examples.values()))}
        holder["schema"] = node.get("schema")
    holder = holder if isinstance(holder, dict) else {}
    example = find_example(parts.references, holder)
    if example is UNSET or measure_json(example) > LARGEST_EXAMPLE:
        example = None
    return Response(
        status=status[:20],
        description=read_text(node.get("description"), 2000),
        media_type=media_type[:LONGEST_NAME] if media_type else None,
        schema=parts.inliner.write_out(holder.get("schema")) if with_schema else {},
        example=example,
    )


def _as_received(schema: Any, depth: int) -> Any:
    if isinstance(schema, list):
        return [_as_received(item, depth + 1) for item in schema]
    if not isinstance(schema, dict) or depth > _DEEPEST:
        return schema
    written = {key: _as_received(value, depth + 1) for key, value in schema.items()}
    if isinstance(properties := written.get("properties"), dict):
        written["properties"] = {
            name: value
            for name, value in properties.items()
            if not (isinstance(value, dict) and value.get("writeOnly") is True)
        }
    if written.get("readOnly") is True:
        del written["readOnly"]
    return written
