"""Request bodies by media type: JSON, forms, multipart, text."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any
from urllib.parse import quote

from pydantic import ValidationError

from benchwright.loadtests.endpoints import EndpointBody, FieldEncodings
from benchwright.loadtests.parts import (
    Encoding,
    Part,
    Slot,
    Unfillable,
    json_parts,
    split_template,
    text_of,
)
from benchwright.loadtests.scenarios import FilePart, RequestBody
from benchwright.loadtests.styles import Pair, spread

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
BOUNDARY = "benchwright-7MA4YWxkTrZu0gW5c2f8"

_JSON = re.compile(r"(?:application/json|[^;]*\+json|text/json)\s*(?:;.*)?", re.IGNORECASE)
_USABLE = re.compile(r"[!-)+-~ ]{3,200}")

Fill = Callable[[str, Encoding], Part]


def content_type(media_type: str) -> str:
    """The header that goes with a body of this media type."""
    return f"{MULTIPART}; boundary={BOUNDARY}" if _base(media_type) == MULTIPART else media_type


def is_same_kind(one: str, other: str) -> bool:
    """Whether two media types differ in their parameters at most."""
    return _base(one) == _base(other)


def write_body(body: RequestBody, fill: Fill, encoding: FieldEncodings) -> list[Part]:
    """The parts of a body; raises `Unfillable` if its content does not fit its media type."""
    return _write(body.media_type, body.content, fill, encoding, template=body.template)


def write_example(
    documented: EndpointBody, names: Collection[str], fill: Fill
) -> tuple[list[Part], str] | None:
    """The documented example and its media type; values of `names` replace its properties."""
    content = documented.example
    if content is None and not names:
        return None
    media_type = _concrete(documented.media_type)
    if names and (content is None or isinstance(content, dict)):
        content = {**(content or {}), **{name: Slot(name) for name in names}}
    return _write(media_type, content, fill, documented.encoding, template=False), media_type


def _concrete(media_type: str) -> str:
    """A media type that can be sent for a range such as `*/*` or `image/*`."""
    if _USABLE.fullmatch(media_type):
        return media_type
    kind = media_type.partition("/")[0].strip().lower()
    if kind in {"image", "audio", "video"}:
        return "application/octet-stream"
    return "text/plain" if kind == "text" else "application/json"


def _write(
    media_type: str, content: Any, fill: Fill, encoding: FieldEncodings, *, template: bool
) -> list[Part]:
    if _JSON.fullmatch(media_type):
        return json_parts(content, fill, template=template)
    if _base(media_type) == FORM:
        return _form(_fields(content), fill, encoding, template=template)
    if _base(media_type) == MULTIPART:
        return _multipart(_fields(content), fill, encoding, template=template)
    return _text(content, fill, "none", template=template)


def _base(media_type: str) -> str:
    return media_type.partition(";")[0].strip().lower()


def _fields(content: Any) -> Iterator[tuple[str, Any]]:
    if not isinstance(content, dict):
        raise Unfillable("A form needs an object of names and values")
    return ((name, value) for name, value in content.items() if value is not None)


def _items(value: Any) -> list[Any]:
    return [item for item in value if item is not None] if isinstance(value, list) else [value]


def _text(value: Any, fill: Fill, encoding: Encoding, *, template: bool) -> list[Part]:
    def write(constant: str) -> str:
        return quote(constant, safe="") if encoding == "uri" else constant

    if isinstance(value, Slot):
        return [fill(value.name, encoding)]
    text = text_of(value)
    if not template:
        return [write(text)]
    return split_template(text, lambda name: fill(name, encoding), write)


def _form(
    fields: Iterator[tuple[str, Any]], fill: Fill, encoding: FieldEncodings, *, template: bool
) -> list[Part]:
    parts: list[Part] = []
    for name, value in fields:
        for key, items, separator in _pairs(name, value, encoding.get(name, {})):
            parts += ["&" if parts else "", f"{key}="]
            for number, item in enumerate(items):
                parts.append(separator if number else "")
                parts += _text(item, fill, "uri", template=template)
    return parts


def _pairs(name: str, value: Any, how: Mapping[str, Any]) -> Iterator[Pair]:
    if isinstance(value, dict | list) and "style" in how:
        yield from spread(name, value, how["style"], explode=how.get("explode"))
    else:
        yield from (Pair(quote(name, safe=""), [item], "") for item in _items(value))


def _multipart(
    fields: Iterator[tuple[str, Any]], fill: Fill, encoding: FieldEncodings, *, template: bool
) -> list[Part]:
    parts: list[Part] = []
    for name, value in fields:
        how = encoding.get(name, {})
        whole = _JSON.fullmatch(how.get("media_type", "")) is not None
        for item in [value] if whole else _items(value):
            head, content = _part_head(name, item, how)
            parts += [head, *_text(content, fill, "none", template=template), "\r\n"]
    return [*parts, f"--{BOUNDARY}--\r\n"]


def _part_head(name: str, value: Any, how: Mapping[str, Any]) -> tuple[str, Any]:
    """What stands before the content of a part, and the content."""
    file_name, media_type = None, how.get("media_type")
    if isinstance(value, dict) and "file_name" in value:
        file = _file(name, value)
        file_name, media_type, value = file.file_name, file.media_type, file.content
    elif how.get("is_file"):
        # Without a file name servers take a part for a plain value.
        file_name, media_type = "example.bin", media_type or "application/octet-stream"
    elif isinstance(value, dict | list):
        media_type = media_type or "application/json"
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{_quoted(name)}"'
    if file_name is not None:
        head += f'; filename="{_quoted(file_name)}"'
    if media_type is not None:
        head += f"\r\nContent-Type: {media_type}"
    return head + "\r\n\r\n", value


def _file(name: str, value: dict[str, Any]) -> FilePart:
    try:
        return FilePart.model_validate(value)
    except ValidationError:
        raise Unfillable(
            f"The file “{name[:100]}” needs `file_name` and `content`, and may have a `media_type`"
        ) from None


def _quoted(name: str) -> str:
    # As browsers write names in multipart headers.
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
