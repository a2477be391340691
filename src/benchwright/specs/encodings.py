"""How the single fields of a form are written, where it is not the usual way."""

from __future__ import annotations

import re
from typing import Any

from benchwright.specs.flattening import Flat, Flattener
from benchwright.specs.references import BrokenReference

FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_STYLES = ("form", "spaceDelimited", "pipeDelimited", "tabDelimited", "deepObject")
_MEDIA_TYPE = re.compile(r"[\w.+-]{1,100}/[\w.+-]{1,100}", re.ASCII)
MOST_FIELDS = 500


def is_form(media_type: str) -> bool:
    """Whether bodies of this media type are made of names and values."""
    return _plain(media_type) in FORMS


def read_encodings(
    flattener: Flattener, holder: dict[str, Any], media_type: str
) -> dict[str, dict[str, Any]]:
    """By field: `style` and `explode`, or in multipart `media_type` and `is_file`."""
    if not is_form(media_type):
        return {}
    try:
        properties = flattener.flatten(holder.get("schema", True)).keywords.get("properties", {})
    except BrokenReference:
        properties = {}
    given = holder.get("encoding")
    given = given if isinstance(given, dict) else {}
    read = _read_part if _plain(media_type) == FORMS[1] else _read_style
    found: dict[str, dict[str, Any]] = {}
    for name in list(dict.fromkeys([*properties, *given]))[:MOST_FIELDS]:
        node = given.get(name)
        how = read(node if isinstance(node, dict) else {}, flattener, properties.get(name))
        if how:
            found[name] = how
    return found


def _read_style(node: dict[str, Any], _flattener: Flattener, _schema: Any) -> dict[str, Any]:
    style, explode = node.get("style"), node.get("explode")
    if style not in _STYLES and not isinstance(explode, bool):
        return {}
    style = style if style in _STYLES else "form"
    return {"style": style, "explode": explode if isinstance(explode, bool) else style == "form"}


def _read_part(node: dict[str, Any], flattener: Flattener, schema: Any) -> dict[str, Any]:
    try:
        flat = flattener.flatten(schema if schema is not None else True)
        items = flat.keywords.get("items")
        if flat.types is not None and "array" in flat.types and isinstance(items, dict):
            flat = flattener.flatten(items)
    except BrokenReference:
        flat = Flat()
    how: dict[str, Any] = {}
    content_type = node.get("contentType")
    if isinstance(content_type, str):
        # Several may be listed, and ranges like image/*.
        first = content_type.split(",", maxsplit=1)[0].split(";", maxsplit=1)[0].strip()
        if _MEDIA_TYPE.fullmatch(first):
            how["media_type"] = first
    keywords = flat.keywords
    inside = keywords.get("contentMediaType", "")  # since 3.1; encoded, it is a text
    if keywords.get("format") == "binary" or (inside and "contentEncoding" not in keywords):
        how["is_file"] = True
        if _MEDIA_TYPE.fullmatch(inside):
            how.setdefault("media_type", inside)
    return how


def _plain(media_type: str) -> str:
    return media_type.split(";", maxsplit=1)[0].strip().lower()
