"""What Metric Vault knows of a run: its scenarios as they were asked for, and its words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from benchwright.compat.metric_vault.names import RECORD, job_name
from benchwright.compat.metric_vault.schemas import LoadTestWish
from benchwright.kit.db import ReadSession
from benchwright.runs.models import Run
from benchwright.runs.state import RunState
from benchwright.specs import endpoint_repository
from benchwright.specs.models import Endpoint

COMPLETED, RUNNING, WAITING = "테스트 완료", "실행 중", "실행 전"
SCENARIO_IDS = 10_000
"""Scenarios have no rows of their own; their ids are counted on from their run's."""
STAGE_IDS = 1000


class ScenarioFacts(NamedTuple):
    """One scenario; `endpoint` is None once it was deleted, or if there never was one."""

    id: int
    key: str
    name: str
    tag: str
    executor: str | None
    think_time: float | None
    response_time_target: float | None
    error_rate_target: float | None
    stages: list[dict[str, Any]]
    endpoint: Endpoint | None


def status_word(state: RunState) -> str:
    """The state in Metric Vault's words."""
    if state.is_final:
        return COMPLETED
    return WAITING if state in (RunState.QUEUED, RunState.LAUNCHING) else RUNNING


def record_of(wish: LoadTestWish) -> dict[str, Any]:
    """What a run's spec keeps of a wish; values that are sent stand in its plan already."""
    return wish.model_dump(
        mode="json", exclude={"scenarios": {"__all__": {"parameters", "headers"}}}
    )


def description_of(run: Run) -> str:
    """The description that its client gave; empty for runs that were started elsewhere."""
    return str(run.spec.get(RECORD, {}).get("description") or "")


def target_tps_of(run: Run) -> float | None:
    """The target of requests per second, if there is one."""
    recorded: Mapping[str, Any] = run.spec.get(RECORD) or run.spec.get("plan") or {}
    target: float | None = recorded.get("target_tps")
    return target


def scenarios_of(session: ReadSession, run: Run) -> list[ScenarioFacts]:
    """The scenarios in their order."""
    refs: Sequence[Mapping[str, Any]] = run.spec.get("scenarios", [])
    recorded: Sequence[Mapping[str, Any]] = run.spec.get(RECORD, {}).get("scenarios", [])
    planned: Sequence[Mapping[str, Any]] = (run.spec.get("plan") or {}).get("scenarios", [])
    endpoints = _endpoints(session, recorded or planned)
    job, tags = job_name(run), set[str]()
    found = []
    for place, ref in enumerate(refs):
        endpoint = endpoints[place] if place < len(endpoints) else None
        if place < len(recorded):
            values = dict(recorded[place])
            tag = values.get("scenario_tag") or f"{job}{values.get('endpoint_id') or ref['key']}"
        else:
            values = _from_plan(planned[place]) if place < len(planned) else {}
            tag = f"{job}{endpoint.id if endpoint else ref['key']}"
        # Two scenarios of one endpoint have one tag in Metric Vault, which mixes their figures.
        tag = tag if tag not in tags else f"{tag}_{ref['key']}"
        tags.add(tag)
        found.append(
            ScenarioFacts(
                id=run.id * SCENARIO_IDS + place + 1,
                key=str(ref["key"]),
                name=str(ref["name"]),
                tag=tag,
                executor=values.get("executor"),
                think_time=values.get("think_time"),
                response_time_target=values.get("response_time_target"),
                error_rate_target=values.get("error_rate_target"),
                stages=values.get("stages") or [],
                endpoint=endpoint,
            )
        )
    return found


def _endpoints(
    session: ReadSession, scenarios: Sequence[Mapping[str, Any]]
) -> list[Endpoint | None]:
    by_id = endpoint_repository.find_with_specs(
        session, {s["endpoint_id"] for s in scenarios if s.get("endpoint_id") is not None}
    )
    public_ids = {UUID(s["endpoint"]) for s in scenarios if s.get("endpoint")}
    by_public_id = {
        e.public_id: e for e, _ in endpoint_repository.find_endpoints(session, public_ids)
    }
    return [
        by_id[s["endpoint_id"]][0]
        if s.get("endpoint_id") in by_id
        else by_public_id.get(UUID(s["endpoint"]))
        if s.get("endpoint")
        else None
        for s in scenarios
    ]


def _from_plan(scenario: Mapping[str, Any]) -> dict[str, Any]:
    """A scenario of a plan, as it is stored, in Metric Vault's terms."""
    targets = scenario.get("targets") or {}
    response, error_rate = targets.get("response_time"), targets.get("error_rate")
    think = scenario.get("think_time_s") or {}
    stages = scenario.get("stages")
    if stages is None and "duration" in scenario:
        target = scenario.get("rate", scenario.get("vus", 1))
        stages = [{"duration": scenario["duration"], "target": target}]
    return {
        "executor": scenario.get("executor"),
        "think_time": think.get("min_s", 0.0),
        "response_time_target": response.get("ms") if response else None,
        "error_rate_target": None if error_rate is None else error_rate * 100,
        "stages": stages,
    }
