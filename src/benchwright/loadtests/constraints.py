"""What a JSON schema demands of a single value, in a few words beside its field."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

SHOWN_CHOICES = 8
LONGEST = 200


def schema_words(schema: Any) -> str:
    """`integer, 1 to 100` or `one of "a", "b"`; empty where the schema says nothing."""
    if not isinstance(schema, Mapping):
        return ""
    text = ", ".join(_words(schema))
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _words(schema: Mapping[str, Any]) -> Iterator[str]:
    kind = schema.get("type")
    kinds = [k for k in (kind if isinstance(kind, list) else [kind]) if isinstance(k, str)]
    if kinds:
        yield " or ".join(kinds)
    if isinstance(schema.get("format"), str):
        yield str(schema["format"])
    choices = schema.get("enum")
    if isinstance(choices, list) and choices:
        shown = ", ".join(json.dumps(c, ensure_ascii=False) for c in choices[:SHOWN_CHOICES])
        yield f"one of {shown}" + (" …" if len(choices) > SHOWN_CHOICES else "")
    yield from _span(schema, "minimum", "maximum", "")
    yield from _span(schema, "minLength", "maxLength", " characters")
    yield from _span(schema, "minItems", "maxItems", " entries")
    if isinstance(schema.get("pattern"), str):
        yield f"matching {schema['pattern']}"
    if "default" in schema and schema["default"] is not None:
        yield f"default {json.dumps(schema['default'], ensure_ascii=False)}"


def _span(schema: Mapping[str, Any], least: str, most: str, what: str) -> Iterator[str]:
    low, high = (
        v if isinstance(v, int | float) and not isinstance(v, bool) else None
        for v in (schema.get(least), schema.get(most))
    )
    if low is not None and high is not None:
        yield f"{low} to {high}{what}"
    elif low is not None:
        yield f"from {low}{what}"
    elif high is not None:
        yield f"up to {high}{what}"
