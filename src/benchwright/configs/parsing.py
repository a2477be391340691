"""The text of a config: read within limits, and written from an object."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from benchwright.configs.names import is_json
from benchwright.kit.errors import Invalid
from benchwright.kit.jsontext import load_json
from benchwright.kit.yaml import YamlLimits, load_yaml
from benchwright.loadtests.plan_text import as_yaml


def parse_text(name: str, text: str | bytes, max_bytes: int) -> Any:
    """What the text says; raises `TextProblem` with its place, or `TooLarge`."""
    if is_json(name):
        return load_json(text, max_bytes=max_bytes) if text.strip() else None
    return load_yaml(text, limits=YamlLimits(max_bytes=max_bytes))


def write_text(name: str, config: Mapping[str, Any]) -> str:
    """An object as the text of a file, its keys in their order."""
    if not is_json(name):
        return as_yaml(config)
    try:
        return json.dumps(config, ensure_ascii=False, indent=2) + "\n"
    except RecursionError:
        raise Invalid("The config is nested too deep to be written as text.", []) from None


def tidy(text: str) -> str:
    """With the line ends of Unix, as browsers send others, and one at the end."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text if not text or text.endswith("\n") else text + "\n"
