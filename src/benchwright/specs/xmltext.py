"""A value as XML, in the names and places that its schema's `xml` objects say."""

from __future__ import annotations

import re
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from benchwright.specs.flattening import ANYTHING, Flat, Flattener, Schema
from benchwright.specs.references import BrokenReference, reference_name
from benchwright.specs.texts import dump_json

# Letters that all editions of XML 1.0 allow in names.
_BEGIN = (
    "A-Z_a-z\xc0-\xd6\xd8-\xf6\xf8-\xff\u03b1-\u03c9\u0410-\u044f"
    "\u3041-\u3094\u30a1-\u30fa\u4e00-\u9fa5\uac00-\ud7a3"
)
_NO_NAME = re.compile(f"[^{_BEGIN}0-9.-]")
_IS_BEGIN = re.compile(f"[{_BEGIN}]")
_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def write_xml(flattener: Flattener, schema: Schema, value: Any) -> str:
    """The document of `value`, whose root is called as its schema is."""
    flat = _flatten(flattener, schema)
    name = reference_name(flat.reference) if flat.reference else "root"
    text = _write(flattener, flat, value, name)
    if isinstance(value, list) and _xml_of(flat).get("wrapped") is not True:
        text = _element({}, "root", {}, text)  # a document has one root
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'


def _write(flattener: Flattener, flat: Flat, value: Any, name: str) -> str:
    """One element; of a list that is not wrapped, one for each item."""
    xml = _xml_of(flat)
    if isinstance(value, list):
        items = _flatten(flattener, flat.keywords.get("items", True))
        # Without a name of their own the items are called as the list is.
        text = "".join(_write(flattener, items, item, name) for item in value)
        return _element(xml, name, {}, text) if xml.get("wrapped") is True else text
    attributes: dict[str, str] = {}
    children = ""
    if isinstance(value, dict):
        for key, item in value.items():
            child = _find_property(flattener, flat, key)
            if _xml_of(child).get("attribute") is True:
                attributes[_plain_name(_xml_of(child), key)] = _text_of(item)
            else:
                children += _write(flattener, child, item, key)
    else:
        children = escape(_text_of(value))
    return _element(xml, name, attributes, children)


def _element(xml: dict[str, Any], name: str, attributes: dict[str, str], content: str) -> str:
    name = _plain_name(xml, name)
    namespace, prefix = xml.get("namespace"), xml.get("prefix")
    if isinstance(namespace, str) and namespace:
        # Without its namespace beside it a prefix would mean nothing.
        mark = _as_name(prefix) if isinstance(prefix, str) and prefix else ""
        mark = "" if mark.lower().startswith("xml") else mark
        attributes = {f"xmlns:{mark}" if mark else "xmlns": _text_of(namespace), **attributes}
        name = f"{mark}:{name}" if mark else name
    written = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items())
    return f"<{name}{written}>{content}</{name}>"


def _find_property(flattener: Flattener, flat: Flat, name: str) -> Flat:
    """The schema of a property, also one that only an alternative describes."""
    properties = flat.keywords.get("properties", {})
    if name in properties:
        return _flatten(flattener, properties[name])
    for choice in flat.choices:
        for alternative in choice.alternatives:
            its = _flatten(flattener, alternative).keywords.get("properties", {})
            if name in its:
                return _flatten(flattener, its[name])
    return _flatten(flattener, flat.keywords.get("additionalProperties", True))


def _flatten(flattener: Flattener, schema: Schema) -> Flat:
    try:
        return flattener.flatten(schema)
    except BrokenReference:
        return ANYTHING


def _xml_of(flat: Flat) -> dict[str, Any]:
    xml: dict[str, Any] = flat.keywords.get("xml", {})
    return xml


def _plain_name(xml: dict[str, Any], name: str) -> str:
    given = xml.get("name")
    return _as_name(given if isinstance(given, str) and given else name)


def _as_name(name: str) -> str:
    plain = _NO_NAME.sub("_", name)
    return plain if _IS_BEGIN.match(plain) else f"_{plain}"


def _text_of(value: Any) -> str:
    if value is None:
        return ""
    return _NO_TEXT.sub("", value if isinstance(value, str) else dump_json(value))
