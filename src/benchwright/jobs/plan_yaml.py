"""A plan written as people would: scripts as blocks, short lists in one line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import yaml

from benchwright.kit.errors import Invalid
from benchwright.loadtests.plan_text import as_yaml

MAX_CHARACTERS = 256 * 1024
SHORT_LIST = 60


def write_plan(plan: Mapping[str, Any]) -> str:
    """The text of a plan, or of a part of it; a large one is written plainly, which is quicker."""
    try:
        if len(json.dumps(plan)) > MAX_CHARACTERS:
            return as_yaml(plan)
        return yaml.dump(dict(plan), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)
    except RecursionError:
        raise Invalid("The plan is nested too deep to be written as text.", []) from None


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def _write_text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text.rstrip("\n") else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _write_list(dumper: _Dumper, items: list[Any]) -> yaml.SequenceNode:
    is_flat = all(not isinstance(item, dict | list) and "\n" not in str(item) for item in items)
    is_short = is_flat and sum(len(str(item)) + 2 for item in items) <= SHORT_LIST
    return dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=is_short)


_Dumper.add_representer(str, _write_text)
_Dumper.add_representer(list, _write_list)
