"""Durations as k6 writes them: `30s`, `1m30s`, `500ms`; a bare number is seconds."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

MAX_DURATION_S = 30 * 86_400.0

_UNIT_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)", re.ASCII)
_WHOLE = re.compile(r"(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+", re.ASCII)
_WORDS = {
    "second": "s", "seconds": "s", "sec": "s", "secs": "s",
    "minute": "m", "minutes": "m", "min": "m", "mins": "m",
    "hour": "h", "hours": "h", "hr": "h", "hrs": "h",
    "day": "d", "days": "d", "millisecond": "ms", "milliseconds": "ms", "msec": "ms",
    "ms": "ms", "s": "s", "m": "m", "h": "h", "d": "d",
}  # fmt: skip
_SPOKEN = re.compile(r"\s*(\d+(?:[.,]\d+)?)\s*([a-z]+)\s*", re.IGNORECASE | re.ASCII)


def parse_duration(value: Any, *, longest_s: float = MAX_DURATION_S) -> float:
    """Seconds, to the millisecond; raises `ValueError` with a hint for near misses."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(  # noqa: TRY004 - one kind of error for all that is no duration
            "A duration is a text like “30s” or a number of seconds"
        )
    if isinstance(value, str):
        text = value.strip()
        if not _WHOLE.fullmatch(text):
            seconds = _bare_number(text)
            if seconds is None:
                raise ValueError(_explain(text))
        else:
            seconds = sum(float(n) * _UNIT_S[unit] for n, unit in _PART.findall(text))
    else:
        try:
            seconds = float(value)
        except OverflowError:
            seconds = float("inf")
    if not 0 <= seconds <= longest_s:  # false for NaN too
        raise ValueError(f"A duration lies between 0 and {longest_s / 86_400:g} days here")
    return round(seconds, 3)


def format_duration(seconds: float) -> str:
    """The shortest text that k6 and `parse_duration` read as this duration."""
    whole_ms = round(seconds * 1000)
    text = ""
    for unit, unit_ms in (("h", 3_600_000), ("m", 60_000)):
        count, whole_ms = divmod(whole_ms, unit_ms)
        text += f"{count}{unit}" if count else ""
    # “6.667s”, not “6s667ms”; less than a second is read best in milliseconds.
    if 0 < whole_ms < 1000:
        text += f"{whole_ms}ms"
    elif whole_ms:
        text += f"{whole_ms / 1000:.3f}".rstrip("0").rstrip(".") + "s"
    return text or "0s"


def _bare_number(text: str) -> float | None:
    return float(text) if re.fullmatch(r"\d+(?:\.\d+)?", text, re.ASCII) else None


def _explain(text: str) -> str:
    shown = text if len(text) <= 40 else text[:40] + "…"
    parts = _SPOKEN.findall(text)
    rebuilt = "".join(match.group() for match in _SPOKEN.finditer(text))
    if parts and rebuilt == text and all(word.lower() in _WORDS for _, word in parts):
        hint = "".join(n.replace(",", ".") + _WORDS[word.lower()] for n, word in parts)
        return f"“{shown}” is not a duration; did you mean “{hint}”?"
    return f"“{shown}” is not a duration; write it like “30s”, “1m30s” or “500ms”"


def _validate(value: Any) -> float:
    try:
        return parse_duration(value)
    except ValueError as error:
        raise PydanticCustomError("duration", "{reason}", {"reason": str(error)}) from None


def _validate_positive(value: Any) -> float:
    seconds = _validate(value)
    if seconds == 0:
        raise PydanticCustomError("duration", "The duration must be longer than zero")
    return seconds


def _validate_load(value: Any) -> float:
    seconds = _validate(value)
    if seconds < 1:
        raise PydanticCustomError("duration", "k6 takes durations from 1s on here")
    return seconds


_SCHEMA = WithJsonSchema(
    {"anyOf": [{"type": "string", "examples": ["30s", "1m30s"]}, {"type": "number"}]}
)
_AS_TEXT = PlainSerializer(format_duration, return_type=str)

Duration = Annotated[float, BeforeValidator(_validate), _AS_TEXT, _SCHEMA]
"""Seconds; read from and written as text."""

PositiveDuration = Annotated[float, BeforeValidator(_validate_positive), _AS_TEXT, _SCHEMA]
"""A duration longer than zero."""

LoadDuration = Annotated[float, BeforeValidator(_validate_load), _AS_TEXT, _SCHEMA]
"""The length of a load; k6 refuses less than a second."""
