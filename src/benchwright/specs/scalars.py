"""Texts and numbers within given bounds."""

from __future__ import annotations

import math
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from benchwright.specs.matching import check_number
from benchwright.specs.patterns import UnsupportedPattern, is_match, write_text

LONGEST_TEXT = 2000
MOST_STEPS = 1000

_BY_FORMAT = {
    "date": "2024-01-15",
    "date-time": "2024-01-15T09:30:00Z",
    "time": "09:30:00Z",
    "duration": "P3D",
    "email": "user@example.com",
    "idn-email": "user@example.com",
    "hostname": "example.com",
    "idn-hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.com/",
    "url": "https://example.com/",
    "iri": "https://example.com/",
    "uri-reference": "/example",
    "iri-reference": "/example",
    "uri-template": "/example/{id}",
    "json-pointer": "/example",
    "relative-json-pointer": "0",
    "regex": "^example$",
    "uuid": "3fa85f64-5717-4562-b3fc-2c963f66afa6",
    "byte": "ZXhhbXBsZQ==",
    "binary": "example",
    "password": "example-password",
    "phone": "+15555550123",
}
# What can be made longer and stays what it is: the part before, and what is repeated there.
_STRETCHABLE = {
    "email": ("", "user@example.com"),
    "idn-email": ("", "user@example.com"),
    "uri": ("https://example.com/", ""),
    "url": ("https://example.com/", ""),
    "uri-reference": ("/example", ""),
}


class Unbuildable(Exception):
    """No value meets the schema, or none was found; its message says why."""


def build_text(keywords: dict[str, Any]) -> tuple[str, bool]:
    """A text, and whether it is certain to meet `keywords`; raises `Unbuildable`."""
    shortest, longest = math.ceil(keywords.get("minLength", 0)), keywords.get("maxLength")
    if shortest > LONGEST_TEXT or (longest is not None and longest < shortest):
        raise Unbuildable("no text has a length between `minLength` and `maxLength`")
    most = LONGEST_TEXT if longest is None else int(min(longest, LONGEST_TEXT))
    pattern = keywords.get("pattern")
    text = _BY_FORMAT.get(str(keywords.get("format")).lower())
    if text is not None and len(text) < shortest and keywords["format"] in _STRETCHABLE:
        before, after = _STRETCHABLE[keywords["format"]]
        text = before + "a" * (shortest - len(before) - len(after)) + after
    if text is None or not shortest <= len(text) <= most:
        text = _fill(shortest, most)
    if pattern is None or is_match(pattern, text):
        return text, True
    try:
        return write_text(pattern, shortest, longest), True
    except UnsupportedPattern:
        return text, False


def build_number(keywords: dict[str, Any], *, whole: bool) -> float:
    """A number within its bounds, 1 if that is one; raises `Unbuildable`."""
    for number in _candidates(keywords, whole=whole):
        if check_number(number, keywords):
            return number
    raise Unbuildable("no number was found between the bounds")


def vary_scalar(value: Any, keywords: dict[str, Any], most: int) -> Iterator[Any]:
    """Other values of the same kind, some of which may break the schema."""
    for number in range(1, most + 2):
        if isinstance(value, bool):
            yield not value
        elif isinstance(value, (int, float)):
            step = keywords.get("multipleOf") or 1
            yield value + number * step
            yield value - number * step
        elif isinstance(value, str):
            mark = str(number)
            yield value + mark
            yield value[: -len(mark)] + mark
            yield mark


def _fill(shortest: int, most: int) -> str:
    text = "example"
    if len(text) < shortest:
        text = (text * (shortest // len(text) + 1))[:shortest]
    return text[:most]


def _candidates(keywords: dict[str, Any], *, whole: bool) -> Iterator[float]:
    low = max(keywords.get("minimum", -math.inf), keywords.get("exclusiveMinimum", -math.inf))
    high = min(keywords.get("maximum", math.inf), keywords.get("exclusiveMaximum", math.inf))
    step = keywords.get("multipleOf")
    if step is not None and step > 0:
        yield from _multiples(low, high, step, whole=whole)
        return
    yield 1
    if not whole:
        yield 1.5
    for bound, direction in ((low, 1), (high, -1)):
        if math.isfinite(bound):
            nearest = math.ceil(bound) if direction > 0 else math.floor(bound)
            yield nearest
            yield nearest + direction
            if not whole:
                yield bound
                yield bound + direction * 0.5
    if not whole and math.isfinite(low) and math.isfinite(high):
        yield low + (high - low) / 2


def _multiples(low: float, high: float, step: float, *, whole: bool) -> Iterator[float]:
    exact = Decimal(str(step))
    if math.isfinite(low):
        first, direction = math.ceil(Decimal(str(low)) / exact), 1
    elif math.isfinite(high):
        first, direction = math.floor(Decimal(str(high)) / exact), -1
    else:
        first, direction = 1, 1
    if low <= step <= high:
        first, direction = 1, 1
    for number in range(first, first + direction * MOST_STEPS, direction):
        product = exact * number
        if product == product.to_integral_value():
            yield int(product)
        elif not whole:
            yield float(product)
