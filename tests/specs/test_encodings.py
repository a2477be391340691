from __future__ import annotations

from typing import Any

import pytest

from benchwright.specs.encodings import read_encodings
from benchwright.specs.flattening import Flattener
from benchwright.specs.references import References

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=x"
BINARY = {"type": "string", "format": "binary"}


def read(holder: dict[str, Any], media_type: str) -> dict[str, dict[str, Any]]:
    root = {"components": {"schemas": {"File": BINARY}}}
    return read_encodings(Flattener(References(root)), holder, media_type)


@pytest.mark.parametrize(
    "node, expected",
    [
        ({"style": "deepObject", "explode": True}, {"style": "deepObject", "explode": True}),
        ({"style": "spaceDelimited"}, {"style": "spaceDelimited", "explode": False}),
        ({"explode": False}, {"style": "form", "explode": False}),
        ({"contentType": "text/plain"}, None),
        ({"style": 5}, None),
        (None, None),
    ],
)
def test_styles_of_forms(node: Any, expected: dict[str, Any] | None) -> None:
    found = read({"encoding": {"a": node}}, FORM)
    assert found == ({"a": expected} if expected else {})
    assert read({"encoding": {"a": node}}, "application/json") == {}


@pytest.mark.parametrize(
    "schema, node, expected",
    [
        (BINARY, {}, {"is_file": True}),
        ({"$ref": "#/components/schemas/File"}, {}, {"is_file": True}),
        ({"type": "array", "items": BINARY}, {}, {"is_file": True}),
        ({"contentMediaType": "image/png"}, {}, {"is_file": True, "media_type": "image/png"}),
        ({"contentMediaType": "image/png", "contentEncoding": "base64"}, {}, None),
        (BINARY, {"contentType": "image/png, image/gif"}, {"is_file": True, "media_type": "image/png"}),
        ({"type": "string"}, {"contentType": "text/x; charset=utf-8"}, {"media_type": "text/x"}),
        ({"type": "string"}, {"contentType": "image/*\r\nEvil: 1"}, None),
        ({"$ref": "#/gone"}, {"contentType": 5}, None),
        (None, [], None),
    ],
)  # fmt: skip
def test_parts_of_multipart(schema: Any, node: Any, expected: dict[str, Any] | None) -> None:
    holder = {"schema": {"properties": {"a": schema}}, "encoding": {"a": node}}
    assert read(holder, MULTIPART) == ({"a": expected} if expected else {})


@pytest.mark.parametrize("holder", [{}, {"schema": {"$ref": "#/gone"}}, {"encoding": []}])
def test_nothing_special(holder: dict[str, Any]) -> None:
    assert read(holder, MULTIPART) == {}
