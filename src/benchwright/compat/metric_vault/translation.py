"""From what a client of Metric Vault asks for to a plan."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from benchwright.compat.metric_vault.schemas import (
    DEFAULT_SCENARIO,
    DEFAULT_TITLE,
    LoadTestWish,
    ParameterWish,
    ScenarioWish,
)
from benchwright.kit.errors import BadRequest
from benchwright.loadtests.plan import Plan, parse_plan

EXECUTORS = ("constant-vus", "ramping-vus")


def plan_of(wish: LoadTestWish, endpoints: Mapping[int, UUID]) -> Plan:
    """The plan; raises `Invalid` that names faulty fields, `BadRequest` for another executor.

    A response time and a rate of zero are no targets: nothing could reach the one, and all would
    reach the other.
    """
    plan: dict[str, Any] = {
        "name": wish.title.strip() or DEFAULT_TITLE,
        "scenarios": [_scenario(s, endpoints[s.endpoint_id]) for s in wish.scenarios],
    }
    if wish.target_tps:
        plan["target_tps"] = wish.target_tps
    return parse_plan(plan)


def _scenario(wish: ScenarioWish, endpoint: UUID) -> dict[str, Any]:
    if wish.executor not in EXECUTORS:
        raise BadRequest(
            f"The executor {wish.executor!r} is not known; use {' or '.join(EXECUTORS)}."
        )
    scenario: dict[str, Any] = {
        "name": wish.name.strip() or DEFAULT_SCENARIO,
        "endpoint": str(endpoint),
        "executor": wish.executor,
        "think_time_s": wish.think_time,
        "headers": {h.header_key: {"value": h.header_value} for h in wish.headers},
        "values": {
            place: {p.name: {"value": p.value} for p in wish.parameters if p.param_type == place}
            for place in ("path", "query")
        },
        "targets": _targets(wish),
    }
    if wish.executor == "constant-vus":
        scenario |= {"vus": wish.stages[0].target, "duration": wish.stages[0].duration}
    else:
        scenario["stages"] = [stage.model_dump() for stage in wish.stages]
    body = [p for p in wish.parameters if p.param_type == "requestBody"]
    if body:
        content = _body(body)
        scenario["body"] = {"content": content, "template": False}
    return scenario


def _targets(wish: ScenarioWish) -> dict[str, Any]:
    targets: dict[str, Any] = {}
    if wish.response_time_target:
        targets["response_time"] = {"ms": wish.response_time_target}
    if wish.error_rate_target is not None:
        targets["error_rate"] = wish.error_rate_target / 100
    return targets


def _body(parameters: Sequence[ParameterWish]) -> Any:
    """One object or list is the whole body; else each parameter is a property of it."""
    values = {p.name: _json_or_text(p.value) for p in parameters}
    if len(values) == 1 and isinstance(whole := next(iter(values.values())), dict | list):
        return whole
    return values


def _json_or_text(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
