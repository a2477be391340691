"""`${{ name }}`: parameters in the texts of a plan.

`$${{` stands for `${{` itself. A value is put in as it is: what stands in it is never replaced.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from benchwright.jobs.plan import Scalar

_TOKEN = re.compile(r"\$\$\{\{|\$\{\{(?P<name>[^{}]*)\}\}|\$\{\{")
MAX_SHOWN = 60


class BadToken(ValueError):
    """A `${{` that names nothing."""


def text_of(value: Scalar) -> str:
    """A parameter's value as it stands in texts: `true`, `0.1`, `adam`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def substitute(text: str, values: Mapping[str, Scalar]) -> str:
    """The text with every parameter in its place; raises `BadToken` for what is unknown."""
    return _TOKEN.sub(lambda found: _replacement(found, values), text)


def find_fault(text: str, known: Collection[str]) -> str | None:
    """What is wrong with the tokens of a text, if anything is."""
    try:
        substitute(text, dict.fromkeys(known, ""))
    except BadToken as fault:
        return str(fault)
    return None


def substitute_all(value: Any, values: Mapping[str, Scalar]) -> Any:
    """As `substitute` for all texts in a JSON value; its keys stay as they are.

    A text that is nothing but one token becomes the parameter itself: a number stays a number.
    """
    if isinstance(value, str):
        whole = _TOKEN.fullmatch(value)
        if whole is not None and whole["name"] is not None:
            return _value(whole["name"], values)
        return substitute(value, values)
    if isinstance(value, Mapping):
        return {key: substitute_all(item, values) for key, item in value.items()}
    if isinstance(value, list):
        return [substitute_all(item, values) for item in value]
    return value


def find_faults(value: Any, known: Collection[str], field: str) -> Iterator[tuple[str, str]]:
    """The fields of a JSON value whose tokens are wrong, each with what is wrong."""
    if isinstance(value, str):
        if (fault := find_fault(value, known)) is not None:
            yield field, fault
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from find_faults(item, known, f"{field}.{key}")
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from find_faults(item, known, f"{field}.{place}")


def _replacement(found: re.Match[str], values: Mapping[str, Scalar]) -> str:
    if found[0] == "$${{":
        return "${{"
    name = found["name"]
    if name is None:
        raise BadToken("“${{” is not closed by “}}”; write $${{ for the characters themselves")
    return text_of(_value(name, values))


def _value(name: str, values: Mapping[str, Scalar]) -> Scalar:
    key = name.strip()
    if key not in values:
        known = ", ".join(sorted(values)[:20]) or "none"
        raise BadToken(f"There is no parameter “{key[:MAX_SHOWN]}”; there are: {known}")
    return values[key]
