"""A plan from a few words, as the command line and the demo need it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchwright.kit.errors import Invalid
from benchwright.loadtests.endpoints import Endpoint
from benchwright.loadtests.plan import Plan, parse_plan
from benchwright.loadtests.scenarios import SAFE_METHODS

DEFAULT_DURATION = "30s"

StageWish = tuple[str | float, float]
"""Duration and target."""


def quick_plan(  # noqa: PLR0913 - one keyword for each flag of the command line
    endpoints: Mapping[str, Endpoint],
    *,
    name: str = "Quick load test",
    vus: int | None = None,
    duration: str | float | None = None,
    rate: float | None = None,
    stages: Sequence[StageWish] = (),
    p95_ms: float | str | None = None,
    max_error_rate: float | str | None = None,
    base_url: str | None = None,
    unsafe: bool = False,
    think_time_s: float = 0,
    target_tps: float | None = None,
    authorisation: Mapping[str, Any] | None = None,
) -> Plan:
    """One scenario for each endpoint; raises `Invalid` that names the field.

    `vus`, `rate` and the targets of `stages` are for the whole test and shared evenly; stages
    ramp the rate if there is one, else the virtual users. Without any of them, each scenario has
    one virtual user. Methods that may change data are left out unless `unsafe`. Keys are public
    ids, or any UUIDs for endpoints that are not stored.
    """
    chosen = {
        key: endpoint
        for key, endpoint in endpoints.items()
        if unsafe or endpoint.method in SAFE_METHODS
    }
    if not chosen:
        left_out = len(endpoints)
        message = "There is no endpoint to test" + (
            f": all {left_out} may change data; name those that you want" if left_out else ""
        )
        raise Invalid("The plan is not valid.", [{"field": "endpoints", "message": message}])
    _refuse_contradictions(vus, rate, stages, duration)
    targets: dict[str, Any] = {}
    if p95_ms is not None:
        targets["response_time"] = {"stat": "p95", "ms": p95_ms}
    if max_error_rate is not None:
        targets["error_rate"] = max_error_rate
    plan: dict[str, Any] = {
        "name": name,
        "scenarios": [
            {
                "name": endpoint.label,
                "endpoint": key,
                "think_time_s": think_time_s,
                "targets": targets,
                **_load(index, len(chosen), vus, duration, rate, stages),
            }
            for index, (key, endpoint) in enumerate(chosen.items())
        ],
    }
    if base_url is not None:
        plan["base_url"] = base_url
    if target_tps is not None:
        plan["target_tps"] = target_tps
    if authorisation is not None:
        plan["authorisation"] = dict(authorisation)
    return parse_plan(plan)


def _refuse_contradictions(
    vus: int | None,
    rate: float | None,
    stages: Sequence[StageWish],
    duration: str | float | None,
) -> None:
    errors = []
    if vus is not None and rate is not None:
        message = "Give either a number of virtual users or a rate"
        errors.append({"field": "vus", "message": message})
    if stages and duration is not None:
        message = "Stages say themselves how long they take"
        errors.append({"field": "duration", "message": message})
    if errors:
        raise Invalid("The plan is not valid.", errors)


def _load(
    index: int,
    count: int,
    vus: int | None,
    duration: str | float | None,
    rate: float | None,
    stages: Sequence[StageWish],
) -> dict[str, Any]:
    if stages and rate is not None:
        return {
            "executor": "ramping-arrival-rate",
            "start_rate": rate / count,
            "stages": [{"duration": d, "target": target / count} for d, target in stages],
        }
    if stages:
        return {
            "executor": "ramping-vus",
            "start_vus": _share(vus or 0, index, count),
            "stages": [
                {"duration": d, "target": _share(round(target), index, count)}
                for d, target in stages
            ],
        }
    length = DEFAULT_DURATION if duration is None else duration
    if rate is not None:
        return {"executor": "constant-arrival-rate", "rate": rate / count, "duration": length}
    share = max(1, _share(1 if vus is None else vus, index, count))
    return {"executor": "constant-vus", "vus": share, "duration": length}


def _share(total: int, index: int, count: int) -> int:
    """The share of one of `count` scenarios, at least one where there is anything to share."""
    share, rest = divmod(total, count)
    return max(share + (index < rest), min(total, 1))
