"""Names and values as MLflow takes them."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

MAX_NAME = 250
MAX_PARAM_VALUE = 500
MAX_TAG_VALUE = 5000
"""What older servers take, too."""

_FOREIGN = re.compile(r"[^\w.\- /]")
T = TypeVar("T")


def clean_name(text: str) -> str:
    """`text` as the name of a parameter, a metric or a tag: as alike as MLflow's rules allow."""
    # MLflow keeps names as paths, so each part must be one that a folder could have.
    parts = (part.strip(" ") for part in _FOREIGN.sub("_", text).split("/"))
    name = "/".join("_" if part.strip(".") == "" else part for part in parts if part) or "_"
    if len(name) <= MAX_NAME:
        return name
    mark = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:8]
    return f"{name[: MAX_NAME - 9].rstrip('/ ')}-{mark}"


def unique(pairs: Iterable[tuple[str, T]]) -> Iterator[tuple[str, T]]:
    """The pairs under clean names, each of which occurs once."""
    seen: set[str] = set()
    for text, value in pairs:
        name, number = clean_name(text), 2
        while name in seen:
            tail = f"-{number}"
            name, number = clean_name(text)[: MAX_NAME - len(tail)] + tail, number + 1
        seen.add(name)
        yield name, value


def cut(text: str, length: int) -> str:
    """The beginning of a text that is too long."""
    return text if len(text) <= length else text[: length - 1] + "…"


def flatten(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """The parts of a document under names with dots; a list of plain values stays together."""
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from flatten(inner, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list | tuple) and any(isinstance(each, dict | list) for each in value):
        for number, inner in enumerate(value):
            yield from flatten(inner, f"{name}.{number}" if name else str(number))
    else:
        yield name or "value", text_of(value)


def text_of(value: Any) -> str:
    """A plain value, or a list of such, as the text of a parameter."""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, default=str)


def pieces(values: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """The values in pieces of at most `size`."""
    for start in range(0, len(values), size):
        yield values[start : start + size]
