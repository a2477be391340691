"""Texts and JSON that others wrote, cut to a size that can be kept."""

from __future__ import annotations

import json
from typing import Any


def read_text(value: Any, longest: int) -> str:
    """`value` as text if it is a scalar, else nothing; cut to `longest` characters."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return ""
    text = str(value).strip()
    return text if len(text) <= longest else text[: longest - 1] + "…"


def measure_json(value: Any) -> int:
    """Characters of `value` as JSON."""
    return len(dump_json(value))


def dump_json(value: Any) -> str:
    """`value` as JSON that people can read."""
    return json.dumps(value, ensure_ascii=False)
