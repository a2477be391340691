"""Values as people type them into the fields of a job, and as they are shown there."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from typing import Any

from benchwright.jobs.plan import MAX_TIME_S, split_words
from benchwright.jobs.substitution import text_of
from benchwright.kit.errors import FieldError, Invalid, Problem
from benchwright.kit.yaml import load_yaml
from benchwright.loadtests.durations import format_duration, parse_duration

MAX_VALUES = 40


def read_command(text: str) -> list[str]:
    return split_words(text.replace("\r\n", "\n"))


def command_text(words: list[Any]) -> str:
    return shlex.join(value_text(word) for word in words)


def read_list(text: str) -> list[str]:
    return [part.strip() for part in text.replace("\n", ",").split(",") if part.strip()]


def read_pairs(text: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for number, line in _numbered(text):
        name, mark, value = line.partition("=")
        if not mark:
            raise ValueError(f"Line {number}: write NAME=value")
        pairs[name.strip()] = value.strip()
    return pairs


def read_secrets(text: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for _, line in _numbered(text):
        name, _, value = line.partition("=")
        pairs[name.strip()] = value.strip() or name.strip()
    return pairs


def read_parameters(text: str) -> dict[str, Any]:
    return {name: _value(value, number) for number, name, value in _named(text)}


def read_matrix(text: str) -> dict[str, list[Any]]:
    matrix: dict[str, list[Any]] = {}
    for number, name, value in _named(text):
        inner = value.strip()
        listed = _value(inner if inner.startswith("[") else f"[{inner}]", number)
        if not isinstance(listed, list):
            raise ValueError(f"Line {number}: write name: value, value")  # noqa: TRY004 - a text
        matrix[name] = listed
    return matrix


def _named(text: str) -> list[tuple[int, str, str]]:
    found = []
    for number, line in _numbered(text):
        name, mark, value = line.partition(":")
        if not mark:
            raise ValueError(f"Line {number}: write name: value")
        found.append((number, name.strip(), value))
    return found


def _numbered(text: str) -> list[tuple[int, str]]:
    lines = text.replace("\r\n", "\n").split("\n")
    return [(number, line) for number, line in enumerate(lines, 1) if line.strip()]


def _value(text: str, number: int) -> Any:
    try:
        value = load_yaml(text)
    except Problem as problem:
        message = getattr(problem, "message", problem.detail)
        raise ValueError(f"Line {number}: {message}") from None
    return "" if value is None else value


def read_mapping(text: str) -> dict[str, Any]:
    value = load_yaml(text)
    if not isinstance(value, dict):
        raise ValueError("A config is a mapping: name: value")  # noqa: TRY004 - a text that was typed
    return value


def time_text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= MAX_TIME_S:
        return value_text(value)
    return format_duration(value)


def read_time(text: str) -> float | None:
    if not text.strip():
        return None
    seconds = parse_duration(text, longest_s=MAX_TIME_S)
    return int(seconds) if seconds == int(seconds) else seconds


def read_number(text: str) -> float | int | None:
    if not text.strip():
        return None
    try:
        number = float(text)
        return int(number) if number == int(number) else number
    except (ValueError, OverflowError):
        raise ValueError("Write a number, like 2 or 0.5") from None


def read_gpus(text: str) -> float | int | str | None:
    return "all" if text.strip() == "all" else read_number(text)


def value_text(value: Any) -> str:
    return "" if value is None or isinstance(value, dict | list) else text_of(value)


def scalar(value: Any) -> str:
    """A value as YAML reads it back, also between commas."""
    if not isinstance(value, str):
        return text_of(value) if isinstance(value, bool | int | float) else value_text(value)
    try:
        is_plain = load_yaml(f"[{value}]") == [value]
    except Problem:
        is_plain = False
    return value if is_plain and "\n" not in value else '"' + _escaped(value) + '"'


def _escaped(text: str) -> str:

    return json.dumps(text, ensure_ascii=False)[1:-1]


def scalar_text(value: Any) -> str:
    """One value, or those of a matrix between commas, as `read_values` reads them."""
    return ", ".join(map(scalar, value)) if isinstance(value, list) else scalar(value)


def read_values(plan: Mapping[str, Any], texts: Mapping[str, str]) -> dict[str, Any]:
    """Other values of a plan's parameters, of the fields `p.NAME`; what is unchanged is left out.

    Raises `Invalid` for those that cannot be read.
    """
    known = {**plan.get("parameters", {}), **plan.get("matrix", {})}
    found: dict[str, Any] = {}
    errors: list[FieldError] = []
    for name, value in known.items():
        text = texts.get(f"p.{name}")
        if text is None or text.strip() == scalar_text(value).strip():
            continue
        try:
            listed = read_matrix(f"{name}: {text}")[name]
        except ValueError as problem:
            message = str(problem).removeprefix("Line 1: ")
            errors.append({"field": f"parameters.{name}", "message": message})
            continue
        found[name] = listed if len(listed) != 1 else listed[0]
        if not listed or any(isinstance(one, dict | list) for one in listed):
            message = "Give a value, or several between commas"
            errors.append({"field": f"parameters.{name}", "message": message})
    if errors:
        raise Invalid("Some values cannot be read.", errors)
    return found
