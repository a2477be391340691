"""The examples that the author of a document gave."""

from __future__ import annotations

from typing import Any

from benchwright.kit.jsontext import JsonProblem, load_json
from benchwright.specs.flattening import Flat, Flattener
from benchwright.specs.matching import has_type
from benchwright.specs.references import BrokenReference, References

UNSET = object()
DEEPEST_TEXT = 40


def read_as_meant(flattener: Flattener, value: Any, holder: dict[str, Any]) -> Any:
    """An author's example, which may be the text of what the schema describes."""
    if not isinstance(value, str) or "schema" not in holder:
        return value
    try:
        return read_as(value, flattener.flatten(holder["schema"]).types)
    except BrokenReference:
        return value


def find_example(references: References, holder: dict[str, Any]) -> Any:
    """`example`, or the value of the first usable one of `examples`; else `UNSET`."""
    if "example" in holder:
        return holder["example"]
    examples = holder.get("examples")
    for node in examples.values() if isinstance(examples, dict) else ():
        try:
            example = references.resolve(node)
        except BrokenReference:
            continue
        if isinstance(example, dict):
            for key in ("dataValue", "value"):
                if key in example:
                    return example[key]
    return UNSET


def find_given(flat: Flat) -> tuple[bool, Any]:
    """The example that the author of a schema gave, if there is one of the right type.

    Others are none: `default: null` is how some generators write that there is none.
    """
    keywords = flat.keywords
    examples = keywords.get("examples")
    first = examples[0] if isinstance(examples, list) and examples else UNSET
    for candidate in (keywords.get("example", UNSET), first, keywords.get("default", UNSET)):
        if candidate is UNSET:
            continue
        value = read_as(candidate, flat.types)
        if has_type(value, flat.types):
            return True, value
    return False, None


def read_as(value: Any, types: tuple[str, ...] | None) -> Any:
    """What a text means as JSON, where only that has one of the types: "5" as a number."""
    if not isinstance(value, str) or has_type(value, types):
        return value
    try:
        read = load_json(value, max_bytes=len(value), max_depth=DEEPEST_TEXT)
    except JsonProblem:
        return value
    return read if has_type(read, types) else value
