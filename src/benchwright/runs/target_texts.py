"""The targets of a run in words, with what became of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from benchwright.runs.schemas import RunView, VerdictView
from benchwright.web import figures

MAX_TARGET_LINES = 8
SIGNS = {"<=": "≤", ">=": "≥"}

Wishes = Mapping[str, Mapping[str, Any]]


class TargetText(NamedTuple):
    """A target in words, with what became of it."""

    text: str
    actual: str = ""
    judgement: str | None = None


def run_targets(run: RunView) -> list[TargetText]:
    """The targets that belong to no single scenario."""
    keys = {scenario["key"] for scenario in run.scenarios}
    return [
        judged(verdict)
        for verdict in run.verdicts
        if verdict.subject != "run" and verdict.inputs.get("benchmark", "") not in keys
    ]


def target_lines(wishes: Wishes) -> list[dict[str, Any]]:
    """The limits of response times, as lines for charts.

    A limit that all scenarios share belongs to the run (`scenario` is None), others to theirs.
    """
    limits: dict[str | None, tuple[str, float]] = {
        key: (str(wanted.get("stat", "p95")), float(wanted["ms"]))
        for key, targets in wishes.items()
        if (wanted := targets.get("response_time"))
    }
    if len(limits) == len(wishes) and len(set(limits.values())) == 1:
        limits = {None: next(iter(limits.values()))}
    return [
        {"scenario": key, "ms": ms, "label": f"{stat} target {figures.milliseconds(ms)}"}
        for key, (stat, ms) in list(limits.items())[:MAX_TARGET_LINES]
    ]


def wishes_of(run: RunView, plan: Mapping[str, Any] | None) -> Wishes:
    """The targets of each scenario by its key, as the plan has them."""
    planned = (plan or {}).get("scenarios", [])
    return {
        scenario["key"]: wanted.get("targets") or {}
        for scenario, wanted in zip(run.scenarios, planned, strict=False)
    }


def scenario_targets(run: RunView, wishes: Wishes) -> dict[str, list[TargetText]]:
    """The targets of each scenario by its key: judged, or as they were planned."""
    found: dict[str, list[TargetText]] = {}
    for verdict in run.verdicts:
        found.setdefault(str(verdict.inputs.get("benchmark")), []).append(judged(verdict))
    keys = (scenario["key"] for scenario in run.scenarios)
    return {key: found.get(key) or list(_wished(wishes.get(key, {}))) for key in keys}


def _wished(targets: Mapping[str, Any]) -> Iterable[TargetText]:
    if response_time := targets.get("response_time"):
        limit = figures.milliseconds(float(response_time["ms"]))
        yield TargetText(f"{response_time.get('stat', 'p95')} ≤ {limit}")
    if targets.get("error_rate") is not None:
        yield TargetText(f"errors ≤ {figures.share(float(targets['error_rate']))}")


def judged(verdict: VerdictView) -> TargetText:
    """A verdict's target, and the figure that it was held against."""
    inputs = verdict.inputs
    if "threshold" not in inputs or not isinstance(inputs["threshold"], int | float):
        return TargetText(verdict.subject.replace("_", " "), "", verdict.judgement)
    name = {"http_req_failed": "errors", "http_reqs": "requests/s"}.get(
        str(inputs.get("metric")), str(inputs.get("stat"))
    )
    unit = str(inputs.get("unit", ""))
    sign = SIGNS.get(str(inputs.get("operator")), "≤")
    value = inputs.get("value")
    actual = figures.figure(value, unit) if value is not None else str(inputs.get("reason", ""))
    limit = figures.figure(float(inputs["threshold"]), unit)
    return TargetText(f"{name} {sign} {limit}", actual, verdict.judgement)
