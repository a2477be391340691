"""Pydantic's errors in plain words, with the field as a client wrote it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from benchwright.kit.errors import FieldError
from benchwright.kit.value_faults import explain_value
from benchwright.loadtests.scenarios import EXECUTORS

MAX_ERRORS = 100

_STAGED = frozenset({"stages", "start_vus", "start_rate", "graceful_ramp_down"})
_RATED = frozenset({"rate", "time_unit", "pre_allocated_vus", "max_vus", "start_rate"})
_MISSING = {
    "stages": "This executor needs `stages`: a list of {duration, target}",
    "rate": "An arrival-rate executor needs a `rate`",
    "duration": "This executor needs a `duration`, like “30s”",
    "iterations": "This executor needs a number of `iterations`",
}


def explain(error: ValidationError, data: Any) -> list[FieldError]:
    """Each error as field and message; `data` is what was validated."""
    found = error.errors(include_url=False)
    errors = [
        {"field": _field(fault["loc"], data, fault["type"]), "message": _message(fault)}
        for fault in found[:MAX_ERRORS]
    ]
    if len(found) > MAX_ERRORS:
        errors.append({"field": "", "message": f"And {len(found) - MAX_ERRORS} more errors"})
    return errors


def text_fault(text: str) -> str | None:
    """Why a text cannot be stored, if it cannot."""
    if "\x00" in text:
        return "Contains a NUL character"
    try:
        text.encode()
    except UnicodeEncodeError:
        return "Contains half of a character (an unpaired surrogate)"
    return None


def _field(location: tuple[int | str, ...], data: Any, kind: str) -> str:
    # Pydantic puts the name of the chosen union member into the path; a client never wrote it.
    current: Any = data
    path: list[str] = []
    for part in location:
        if _has(current, part):
            current = current[part]
        elif _is_tag(part):
            continue
        else:
            current = None
        if part != "[key]":
            path.append(str(part))
    if kind in {"union_tag_not_found", "union_tag_invalid"}:
        path.append("generate" if "<generate>" in location else "executor")
    return ".".join(path)[:500]


def _has(value: Any, part: int | str) -> bool:
    if isinstance(value, Mapping):
        return part in value
    return isinstance(part, int) and isinstance(value, list | tuple) and part < len(value)


def _is_tag(part: int | str) -> bool:
    return isinstance(part, str) and (
        part in EXECUTORS
        or part in {"integer", "number", "string", "uuid", "word", "boolean"}
        or part in {"choice", "timestamp", "sequence"}
        or (part.startswith("<") and part.endswith(">"))
    )


def _message(fault: Any) -> str:
    kind, location, context = fault["type"], fault["loc"], fault.get("ctx", {})
    last = str(location[-1]) if location else ""
    if kind == "extra_forbidden":
        return _extra(last, location)
    if kind == "missing":
        return _MISSING.get(last, "This is needed")
    if kind in {"union_tag_not_found", "union_tag_invalid"}:
        allowed = context.get("expected_tags", "").replace("'", "") or ", ".join(EXECUTORS)
        return f"Choose one of {allowed}"
    if kind == "too_short" and last == "stages":
        return _MISSING["stages"]
    return explain_value(fault)


def _extra(name: str, location: tuple[int | str, ...]) -> str:
    executor = next((str(part) for part in location[2:3] if part in EXECUTORS), None)
    if executor and len(location) == 4:
        if name in _STAGED and not executor.startswith("ramping"):
            return f"`{name}` belongs to ramping executors; {executor} does not take it"
        if name in _RATED and not executor.endswith("arrival-rate"):
            return f"`{name}` belongs to arrival-rate executors; {executor} does not take it"
        if name in {"vus", "duration", "rate", "iterations"}:
            return f"{executor} does not take `{name}`{_instead(executor, name)}"
    return "There is no such field"


def _instead(executor: str, name: str) -> str:
    if name == "vus" and executor.endswith("arrival-rate"):
        return "; use `pre_allocated_vus` and `max_vus`"
    if name == "duration":
        return (
            "; its length is that of its `stages`"
            if executor.startswith("ramping")
            else ("; use `max_duration`")
        )
    return ""
