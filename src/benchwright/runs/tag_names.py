"""What a tag may be: one short name, written in one way."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from benchwright.kit.errors import Invalid

MAX_TAG = 50
MAX_TAGS = 20
_UNSEEN = re.compile("[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
"""Control characters, and those that turn the direction of the text around a tag."""


def clean_tag(text: str) -> str:
    """The tag as it is kept: composed, without characters that nobody sees, single spaces."""
    composed = unicodedata.normalize("NFC", _UNSEEN.sub(" ", text))
    return " ".join(composed.split())


def clean_tags(texts: Iterable[str], field: str = "tags") -> list[str]:
    """Each tag once; raises `Invalid` for one that is empty, too long or holds a comma."""
    tags: dict[str, None] = {}
    for text in texts:
        tag = clean_tag(text)
        fault = _fault(tag)
        if fault:
            raise Invalid(f"Not valid: {field}.", [{"field": field, "message": fault}])
        tags.setdefault(tag)
        if len(tags) > MAX_TAGS:
            message = f"A run has {MAX_TAGS} tags at most"
            raise Invalid(f"Not valid: {field}.", [{"field": field, "message": message}])
    return list(tags)


def split_tags(text: str) -> list[str]:
    """The tags of a text field, between commas."""
    return clean_tags(part for part in text.split(",") if clean_tag(part))


def _fault(tag: str) -> str | None:
    if not tag:
        return "A tag has at least one character"
    if len(tag) > MAX_TAG:
        return f"A tag has {MAX_TAG} characters at most"
    return "A tag has no comma" if "," in tag else None
