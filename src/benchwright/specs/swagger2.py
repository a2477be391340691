"""Swagger 2.0, one operation at a time turned into what OpenAPI 3 would write.

Schemas stay where they are (`#/definitions/…`), so references and the places in warnings are
those of the document itself.
"""

from __future__ import annotations

from typing import Any

from benchwright.specs.references import BrokenReference, References
from benchwright.specs.warnings import Warnings

# `collectionFormat` → style and explode.
_STYLES = {
    "csv": ("form", False),
    "ssv": ("spaceDelimited", False),
    "tsv": ("tabDelimited", False),
    "pipes": ("pipeDelimited", False),
    "multi": ("form", True),
}
_NOT_OF_THE_SCHEMA = (
    "name", "in", "required", "description", "collectionFormat", "allowEmptyValue", "schema",
    "x-example", "x-examples",
)  # fmt: skip
_FORM = "application/x-www-form-urlencoded"
_MULTIPART = "multipart/form-data"


def convert_parameters(
    nodes: list[tuple[str, Any]], consumes: Any, references: References, warnings: Warnings
) -> tuple[list[tuple[str, Any]], dict[str, Any] | None]:
    """Parameters and request body of OpenAPI 3 for the parameters of one operation."""
    parameters: list[tuple[str, Any]] = []
    body: dict[str, Any] | None = None
    fields: dict[str, dict[str, Any]] = {}
    for place, given in nodes:
        try:
            node = references.resolve(given)
        except BrokenReference as problem:
            warnings.add(place, f"{problem}; this parameter is left out.")
            continue
        location = node.get("in") if isinstance(node, dict) else None
        if location == "body":
            body = node
        elif location == "formData" and isinstance(node.get("name"), str):
            fields[node["name"]] = node
        else:
            parameters.append((place, _convert_parameter(node) if location else node))
    if body is not None:
        return parameters, _convert_body(body, _media_types(consumes) or ["application/json"])
    if fields:
        return parameters, _convert_fields(fields, _media_types(consumes))
    return parameters, None


def find_body_place(nodes: list[tuple[str, Any]], references: References) -> str:
    """Where the body of an operation is described."""
    for place, given in nodes:
        try:
            node = references.resolve(given)
        except BrokenReference:
            continue
        if isinstance(node, dict) and node.get("in") in ("body", "formData"):
            return place
    return ""


def _convert_parameter(node: dict[str, Any]) -> dict[str, Any]:
    converted: dict[str, Any] = {
        "name": node.get("name"),
        "in": node["in"],
        "required": node.get("required"),
        "description": node.get("description"),
        "schema": _schema_of(node),
    }
    if "x-example" in node:
        converted["example"] = node["x-example"]
    if node.get("type") == "array":
        style, converted["explode"] = _read_collection(node)
        converted["style"] = "simple" if style == "form" and node["in"] != "query" else style
    return converted


def _read_collection(node: dict[str, Any]) -> tuple[str, bool]:
    return _STYLES.get(str(node.get("collectionFormat")), ("form", False))


def _convert_body(node: dict[str, Any], media_types: list[str]) -> dict[str, Any]:
    holder: dict[str, Any] = {"schema": node.get("schema", {})}
    examples = node.get("x-examples")
    if "x-example" in node:
        holder["example"] = node["x-example"]
    elif isinstance(examples, dict) and examples:
        holder["example"] = next(iter(examples.values()))
    return {
        "required": node.get("required"),
        "content": dict.fromkeys(media_types, holder),
    }


def _convert_fields(fields: dict[str, dict[str, Any]], media_types: list[str]) -> dict[str, Any]:
    has_file = any(node.get("type") == "file" for node in fields.values())
    usable = [name for name in media_types if name.split(";")[0].strip() in (_FORM, _MULTIPART)]
    if has_file or not usable:
        usable = [_MULTIPART if has_file else _FORM]
    required = [name for name, node in fields.items() if node.get("required") is True]
    schema = {
        "type": "object",
        "properties": {name: _schema_of(node) for name, node in fields.items()},
        "required": required,
    }
    lists = {name: node for name, node in fields.items() if node.get("type") == "array"}
    encoding = {
        name: dict(zip(("style", "explode"), _read_collection(node), strict=True))
        for name, node in lists.items()
    }
    holder = {"schema": schema, "encoding": encoding}
    return {"required": bool(required), "content": dict.fromkeys(usable, holder)}


def _schema_of(node: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in node.items() if key not in _NOT_OF_THE_SCHEMA}


def _media_types(consumes: Any) -> list[str]:
    return (
        [name for name in consumes if isinstance(name, str)] if isinstance(consumes, list) else []
    )
