"""Single fields of the form: how a value, a stage or a number is written as text, and read again."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from benchwright.kit.errors import FieldError
from benchwright.loadtests.targets import plain_number

MAX_STAGES = 1000
"""As many as a plan takes."""

_NUMBER = re.compile(r"-?\d{1,400}(?:\.\d{1,400})?", re.ASCII)
_STAGE = re.compile(r"[,;\n]+")
_PLAIN_NAME = re.compile(r'[^\s":][^":\n]*(?<!\s)')
_RANGE = re.compile(r"\s*([0-9.]+)\s*(?:,|;|–|-|to)\s*([0-9.]+)\s*", re.ASCII)


def parse_json(text: str) -> Any:
    """JSON; raises `ValueError` also for what is nested too deep to be read."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("nested too deep") from None


def parse_value(text: str) -> Any:
    """What a value field means: JSON where it is JSON (a list is one value each), else text."""
    try:
        value = parse_json(text)
    except ValueError:
        return text.strip()
    # Numbers stay as they were written: 007 and 1e3 may be names.
    return text.strip() if isinstance(value, int | float) and str(value) != text.strip() else value


def value_text(source: Mapping[str, Any]) -> str:
    """A value of a plan, in its long form, as a field shows it: as short as can be."""
    short: Any = source
    if source.keys() == {"value"} and not isinstance(source["value"], list | dict):
        short = source["value"]
    elif source.keys() == {"values"}:
        short = source["values"]
    if isinstance(short, str):
        is_plain = short and "\n" not in short and parse_value(short) == short
        return short if is_plain else _dump(short)
    text = _dump(short)
    return text if parse_value(text) == short or short is source else _dump(source)


def parse_equal(text: str) -> Any:
    """What an answer is compared with: JSON where it is JSON, else a text."""
    try:
        return parse_json(text)
    except ValueError:
        return text


def equal_text(value: Any) -> str:
    """As `parse_equal` reads it."""
    is_plain = isinstance(value, str) and "\n" not in value and parse_equal(value) == value
    return value if is_plain else _dump(value)


def parse_number(text: str) -> Any:
    """A number, or the text itself: the plan's own error says what is wrong with it."""
    text = text.strip()
    if not _NUMBER.fullmatch(text):
        return text
    return float(text) if "." in text else int(text)


def number_text(value: float) -> str:
    """A number without a needless point."""
    is_whole = isinstance(value, float) and value.is_integer() and abs(value) < 1e15
    return str(int(value)) if is_whole else repr(value)


def parse_percent(text: str) -> Any:
    """A ratio written in percent, with or without its sign; other texts are left to the plan."""
    text = text.strip().removesuffix("%").strip()
    try:
        return float(Decimal(text) / 100) if _NUMBER.fullmatch(text) else f"{text}%"
    except InvalidOperation:
        return f"{text}%"


def percent_text(ratio: float) -> str:
    """A ratio in percent, without the sign."""
    text = format(Decimal(repr(ratio)) * 100, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def parse_think_time(text: str) -> Any:
    """One number, or a range like `0.5, 2`."""
    match = _RANGE.fullmatch(text)
    return [parse_number(match[1]), parse_number(match[2])] if match else parse_number(text)


def think_time_text(think_time: Mapping[str, Any]) -> str:
    """As `parse_think_time` reads it."""
    least, most = plain_number(think_time["min_s"]), plain_number(think_time["max_s"])
    return least if least == most else f"{least}, {most}"


def parse_stages(text: str, name: str, errors: list[FieldError]) -> list[dict[str, Any]]:
    """Stages like `30s:50, 1m:50`; what is none is added to `errors`."""
    stages = []
    for part in filter(None, (part.strip() for part in _STAGE.split(text))):
        duration, separator, target = part.partition(":")
        if not separator:
            message = f"“{part[:40]}” is no stage; write it like “30s:50”, a duration and a target"
            errors.append({"field": name, "message": message})
        stages.append({"duration": duration.strip(), "target": parse_number(target)})
        if len(stages) > MAX_STAGES:
            break  # the plan says that these are too many; the rest need not be read
    return stages


def stages_text(stages: Iterable[Mapping[str, Any]]) -> str:
    """As `parse_stages` reads them."""
    return ", ".join(f"{stage['duration']}:{number_text(stage['target'])}" for stage in stages)


def parse_lines(text: str, field: str, errors: list[FieldError]) -> dict[str, Any]:
    """Values by name, one `name: value` a line."""
    found: dict[str, Any] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        name, separator, value = _split_line(line.strip())
        if not separator or not name:
            message = f"Line {number}: write a name, a colon and the value"
        elif name in found:
            message = f"Line {number}: {name[:80]} stands here twice"
        else:
            found[name] = parse_value(value)
            continue
        errors.append({"field": field, "message": message})
    return found


def lines_text(sources: Mapping[str, Mapping[str, Any]]) -> str:
    """As `parse_lines` reads them."""
    return "\n".join(f"{_name_text(name)}: {value_text(s)}" for name, s in sources.items())


def parse_variables(text: str, errors: list[FieldError]) -> dict[str, str]:
    """Plain variables, one `NAME=value` a line."""
    found: dict[str, str] = {}
    for number, line in enumerate(text.split("\n"), 1):
        name, sign, value = line.strip().partition("=")
        if not name:
            continue
        if sign and name.rstrip() not in found:
            found[name.rstrip()] = value.lstrip()
            continue
        message = "write NAME=value" if not sign else f"{name.rstrip()[:80]} stands here twice"
        errors.append({"field": "environment", "message": f"Line {number}: {message}"})
    return found


def _split_line(line: str) -> tuple[str, str, str]:
    if line.startswith('"'):
        try:
            name, end = json.JSONDecoder().raw_decode(line)
        except (ValueError, RecursionError):
            return "", "", ""
        rest = line[end:].lstrip()
        return (name, rest[:1], rest[1:].strip()) if rest.startswith(":") else ("", "", "")
    name, separator, value = line.partition(":")
    return name.rstrip(), separator, value.strip()


def _name_text(name: str) -> str:
    return name if _PLAIN_NAME.fullmatch(name) and name.isprintable() else _dump(name)


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
