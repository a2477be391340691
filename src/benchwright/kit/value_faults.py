"""What is wrong with a value and how to mend it, in words that need no knowledge of Pydantic."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_NUMBER = "Write a number, like 10 or 0.5"
_WHOLE = "Write a whole number, like 10"
_DATE = "Write a date, like 2026-05-31"
_TIME = "Write a date and time, like 2026-05-31T14:30:00Z"
_ID = "Write an id, like 123e4567-e89b-12d3-a456-426614174000"
_SWITCH = "Write true or false"

_BY_KIND = {
    "missing": "This is needed",
    "extra_forbidden": "There is no such field; check its spelling or leave it out",
    "int_parsing": _WHOLE,
    "int_type": _WHOLE,
    "int_from_float": _WHOLE,
    "int_parsing_size": "This number is too large",
    "float_parsing": _NUMBER,
    "float_type": _NUMBER,
    "finite_number": _NUMBER,
    "bool_parsing": _SWITCH,
    "bool_type": _SWITCH,
    "date_type": _DATE,
    "date_parsing": _DATE,
    "date_from_datetime_parsing": _DATE,
    "datetime_type": _TIME,
    "datetime_parsing": _TIME,
    "datetime_from_date_parsing": _TIME,
    "timezone_aware": "Add the time zone, like Z or +02:00",
    "uuid_type": _ID,
    "uuid_parsing": _ID,
    "string_type": "Write a text",
    "string_unicode": "Write a text in UTF-8",
    "string_pattern_mismatch": "The text must match {pattern}",
    "url_type": "Write an address, like https://api.example.com",
    "url_parsing": "Write an address, like https://api.example.com",
    "url_scheme": "The address must begin with one of {expected_schemes}",
    "list_type": "Give a list",
    "tuple_type": "Give a list",
    "set_type": "Give a list",
    "dict_type": "Give an object with names and values",
    "model_type": "Give an object with names and values",
    "model_attributes_type": "Give an object with names and values",
    "enum": "Choose one of {expected}",
    "literal_error": "Choose one of {expected}",
    "greater_than": "It must be more than {gt}",
    "greater_than_equal": "It must be {ge} or more",
    "less_than": "It must be less than {lt}",
    "less_than_equal": "It must be {le} or less",
    "multiple_of": "It must be a multiple of {multiple_of}",
}


def explain_value(error: Mapping[str, Any]) -> str:
    """One of Pydantic's errors as a sentence; what a validator of ours said stays as it is."""
    context: Mapping[str, Any] = error.get("ctx") or {}
    try:
        text = _sized(error["type"], context) or _BY_KIND.get(error["type"])
        if text is not None:
            return text.format(**context)
    except (KeyError, TypeError):  # an error without its context
        pass
    # Pydantic puts this before the message of every ValueError that a validator raised.
    own = str(error["msg"]).removeprefix("Value error, ")
    return own.replace("Input should", "The value should")


def _sized(kind: str, context: Mapping[str, Any]) -> str | None:
    least, most = context.get("min_length"), context.get("max_length")
    if kind == "string_too_short":
        return "This is needed" if least == 1 else f"Write at least {least} characters"
    if kind == "string_too_long":
        return (
            "At most 1 character fits here"
            if most == 1
            else f"At most {most:,} characters fit here"
        )
    if kind == "too_short":
        return (
            "At least 1 entry is needed" if least == 1 else f"At least {least:,} entries are needed"
        )
    if kind == "too_long":
        return (
            "At most 1 entry is allowed" if most == 1 else f"At most {most:,} entries are allowed"
        )
    return None
