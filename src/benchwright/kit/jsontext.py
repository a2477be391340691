"""JSON from outside: bounded in size and depth, with the place of each fault."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from typing import Any, NoReturn

from benchwright.kit.errors import TooLarge
from benchwright.kit.plaintext import TextProblem, clean_text, decode_text, find_place


class JsonProblem(TextProblem):
    """JSON that cannot be read or exceeds a limit."""

    kind, title = "unreadable-json", "The JSON cannot be read"


# Escapes that may stand for what databases refuse: NUL and halves of surrogate pairs.
_SUSPICIOUS_ESCAPE = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*+"|[\[{]|[\]}]', re.DOTALL)


def load_json(
    text: str | bytes,
    *,
    max_bytes: int = 1024 * 1024,
    max_depth: int = 64,
    on_duplicate: Callable[[str], None] | None = None,
    on_constant: Callable[[str], Any] | None = None,
) -> Any:
    """The value in `text`; raises `JsonProblem`, `TooLarge`.

    Of a key that stands twice in one object the last counts, as everywhere, and `on_duplicate`
    is told. `NaN` and `Infinity` are refused, unless `on_constant` says what to put in their
    place; numbers that overflow are refused.
    """
    if len(text) > max_bytes:
        raise TooLarge(f"The JSON has {len(text):,} bytes; at most {max_bytes:,} are read.")
    if isinstance(text, bytes):
        text = decode_text(text, JsonProblem)
    text = text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}")

    def build_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        built = dict(pairs)
        if len(built) != len(pairs) and on_duplicate is not None:
            seen: set[str] = set()
            for key, _ in pairs:
                if key in seen:
                    on_duplicate(key)
                seen.add(key)
        return built

    try:
        value = json.loads(
            text,
            object_pairs_hook=build_object,
            parse_float=_read_float,
            parse_int=_read_int,
            parse_constant=on_constant or _refuse_constant,
        )
    except json.JSONDecodeError as error:
        raise JsonProblem(f"{error.msg}.", line=error.lineno, column=error.colno) from None
    except RecursionError:
        raise _too_deep(text, max_depth) from None
    if _measure_depth(value, max_depth) > max_depth:
        raise _too_deep(text, max_depth)
    return _clean(value) if _SUSPICIOUS_ESCAPE.search(text) else value


def _read_float(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise JsonProblem(f"The number {text[:40]} is too large.")
    return number


def _read_int(text: str) -> int:
    if len(text) > 300:  # converting costs the square of the length
        raise JsonProblem(f"The number {text[:40]}… is too long.")
    return int(text)


def _refuse_constant(name: str) -> NoReturn:
    raise JsonProblem(f"{name} is not JSON; write a number, or null.")


def _measure_depth(value: Any, most: int) -> int:
    """Levels of `value`; stops counting behind `most`."""
    depth = 0
    level = [value] if isinstance(value, (dict, list)) else []
    while level and depth <= most:
        depth += 1
        level = [
            child
            for container in level
            for child in (container.values() if isinstance(container, dict) else container)
            if isinstance(child, (dict, list))
        ]
    return depth


def _too_deep(text: str, max_depth: int) -> JsonProblem:
    message = f"This is nested deeper than {max_depth} levels."
    depth = 0
    for match in _BRACKET.finditer(text):
        bracket = match.group()
        if bracket in ("[", "{"):
            depth += 1
            if depth > max_depth:
                line, column = find_place(text, match.start())
                return JsonProblem(message, line=line, column=column)
        elif bracket in ("]", "}"):
            depth -= 1
    return JsonProblem(message)


def _clean(value: Any) -> Any:
    # The depth is checked before: this recursion is bounded.
    if isinstance(value, dict):
        return {clean_text(key): _clean(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_clean(item) for item in value]
    return clean_text(value) if isinstance(value, str) else value
