"""A plan written as the text that people edit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

import yaml

from benchwright.kit.errors import Invalid

MAX_YAML_COST = 1024 * 1024
NODE_COST = 50


def as_yaml(plan: Mapping[str, Any]) -> str:
    """A plan as people read and write it; JSON, which is YAML too, where that would take long."""
    try:
        if _is_large(plan):
            return json.dumps(plan, ensure_ascii=False)
        return yaml.safe_dump(dict(plan), sort_keys=False, allow_unicode=True, width=100)
    except RecursionError:
        raise Invalid("The plan is nested too deep to be written as text.", []) from None


def _is_large(plan: Mapping[str, Any]) -> bool:
    """Whether writing takes more than a second or two: each node counts as much as a long line."""
    cost, pending = 0, [cast("Any", plan)]
    while pending and cost <= MAX_YAML_COST:
        value = pending.pop()
        cost += NODE_COST
        if isinstance(value, str):
            cost += len(value)
        elif isinstance(value, Mapping):
            pending += [*value, *value.values()]
        elif isinstance(value, list | tuple):
            pending += value
    return cost > MAX_YAML_COST
