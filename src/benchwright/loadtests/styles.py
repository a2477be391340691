"""How OpenAPI writes lists and objects (`style` and `explode`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import quote

from benchwright.loadtests.parts import text_of

# `tabDelimited` is Swagger 2.0's `tsv`, which OpenAPI 3 has no word for.
_SEPARATORS = {"spaceDelimited": "%20", "pipeDelimited": "%7C", "tabDelimited": "%09"}
_SEPARATORS_OF_HEADERS = {"spaceDelimited": " ", "pipeDelimited": "|", "tabDelimited": "\t"}


class Pair(NamedTuple):
    """One `key=value` of a query or a form, the key and the separator encoded already."""

    key: str
    values: list[Any]
    separator: str


def _quote(value: Any) -> str:
    return quote(text_of(value), safe="")


def spread(
    name: str, value: Any, style: str | None = None, *, explode: bool | None = None
) -> Iterator[Pair]:
    """The pairs that a value becomes: `tags=a` and `tags=b`, or one `tags=a,b`."""
    style = style or "form"
    explode = style == "form" if explode is None else explode
    key = _quote(name)
    separator = _SEPARATORS.get(style, ",")
    if style == "deepObject" and isinstance(value, dict | list):
        yield from _spread_deep(key, value)
    elif isinstance(value, dict) and explode:
        yield from (Pair(_quote(k), [v], "") for k, v in value.items())
    elif isinstance(value, dict):
        yield Pair(key, [part for item in value.items() for part in item], separator)
    elif isinstance(value, list) and explode:
        yield from (Pair(key, [item], "") for item in value)
    else:
        yield Pair(key, value if isinstance(value, list) else [value], separator)


def _spread_deep(key: str, value: Any) -> Iterator[Pair]:
    # The specification stops at one level; servers read deeper ones, and lists, by their index.
    if not isinstance(value, dict | list):
        yield Pair(key, [value], "")
        return
    for k, v in value.items() if isinstance(value, dict) else enumerate(value):
        yield from _spread_deep(f"{key}%5B{_quote(k)}%5D", v)


def query_text(
    name: str, value: Any, style: str | None = None, *, explode: bool | None = None
) -> str:
    """A parameter of the query, names and values encoded: `tags=a&tags=b`."""
    return "&".join(
        f"{pair.key}=" + pair.separator.join(_quote(item) for item in pair.values)
        for pair in spread(name, value, style, explode=explode)
    )


def path_text(
    name: str, value: Any, style: str | None = None, *, explode: bool | None = None
) -> str:
    """A parameter of the path: `3,4,5`, `.3.4.5` (label) or `;id=3` (matrix)."""
    style, explode = style or "simple", bool(explode)
    pairs = list(value.items()) if isinstance(value, dict) else None
    items = value if isinstance(value, list) else [value]
    if style == "matrix":
        if pairs is not None and explode:
            return "".join(f";{_quote(k)}={_quote(v)}" for k, v in pairs)
        if explode and isinstance(value, list):
            return "".join(f";{_quote(name)}={_quote(item)}" for item in items)
    if pairs is not None:
        text = [f"{_quote(k)}{'=' if explode else ','}{_quote(v)}" for k, v in pairs]
    else:
        text = [_quote(item) for item in items]
    if style == "label":
        return "." + ("." if explode else ",").join(text)
    prefix = f";{_quote(name)}=" if style == "matrix" else ""
    return prefix + _SEPARATORS.get(style, ",").join(text)


def header_text(
    _name: str, value: Any, style: str | None = None, *, explode: bool | None = None
) -> str:
    """A parameter in a header: `3,4,5`, and objects as `a,1,b,2` or, exploded, `a=1,b=2`."""
    if isinstance(value, dict):
        sign = "=" if explode else ","
        return ",".join(f"{k}{sign}{text_of(v)}" for k, v in value.items())
    if isinstance(value, list):
        separator = _SEPARATORS_OF_HEADERS.get(style or "", ",")
        return separator.join(text_of(item) for item in value)
    return text_of(value)


def cookie_text(
    _name: str, value: Any, _style: str | None = None, *, explode: bool | None = None
) -> str:
    """A cookie's value; a cookie has one name, so lists and objects are joined by commas."""
    if isinstance(value, dict):
        sign = "=" if explode else ","
        return ",".join(f"{_quote(k)}{sign}{_quote(v)}" for k, v in value.items())
    items = value if isinstance(value, list) else [value]
    return ",".join(_quote(item) for item in items)
