"""Refuses text that no database stores: JSON can write NUL, and half a character."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from fastapi import Request

from benchwright.kit.errors import FieldError, Invalid

STORABLE = r"^[^\x00]*$"
"""A pattern for text that comes by another way than JSON."""

_SUSPICIOUS = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_BROKEN = re.compile("[\x00\ud800-\udfff]")
_NUL = "a text holds the character NUL (\\u0000)"
_HALF = "a text holds half a character (a lone surrogate, such as \\ud800)"


async def refuse_broken_text(request: Request) -> None:
    """A dependency of the whole app: raises `Invalid` for such text in a JSON body."""
    if "json" not in request.headers.get("content-type", ""):
        return
    body = await request.body()  # read and kept by then
    if _SUSPICIOUS.search(body) and (errors := find_broken(body)):
        raise Invalid(f"Not valid: {errors[0]['field']}.", errors)


def find_broken(body: bytes) -> list[FieldError]:
    """The first text in a JSON document that cannot be stored, with its place."""
    try:
        found = next(_broken(json.loads(body), ()), None)
    except (ValueError, RecursionError):
        return []  # no JSON at all, which is said elsewhere
    return [found] if found else []


def broken_text() -> Invalid:
    """The problem of half a character whose place is not known."""
    return Invalid("Not valid: body.", [{"field": "body", "message": _HALF}])


def _broken(value: Any, place: tuple[str, ...]) -> Iterator[FieldError]:
    if isinstance(value, str):
        if match := _BROKEN.search(value):
            message = _NUL if match[0] == "\0" else _HALF
            yield {"field": ".".join(place) or "body", "message": message}
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _broken(item, (*place, str(number)))
    elif isinstance(value, dict):
        for key, item in value.items():
            # A key that is broken itself cannot be named.
            yield from _broken(key, place)
            yield from _broken(item, (*place, key))
