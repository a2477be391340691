"""Routes of the history: every load test that was run, whoever started it."""

from __future__ import annotations

import datetime as dt
from itertools import accumulate
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query

from benchwright.access.scopes import Scope, requires
from benchwright.compat.metric_vault import facts, names
from benchwright.compat.metric_vault.envelope import Envelope, Id, VaultRoute
from benchwright.compat.metric_vault.facts import ScenarioFacts
from benchwright.compat.metric_vault.figures import Figures, figures_of, over_time
from benchwright.compat.metric_vault.load import planned_load
from benchwright.compat.metric_vault.resources import resource_summary, resources_over_time
from benchwright.kit.db import ReadSession
from benchwright.lab import LabDep, ReadSessionDep, WriteSessionDep
from benchwright.metrics import service as metrics
from benchwright.metrics.schemas import Column
from benchwright.runs import lookup_repository as lookup
from benchwright.runs.folder import RunFolder
from benchwright.runs.lookup_repository import RunLine
from benchwright.runs.models import Run
from benchwright.runs.removal import delete_one
from benchwright.runs.state import RunKind
from benchwright.specs.models import Endpoint

router = APIRouter(prefix="/test-history", tags=["metric vault"], route_class=VaultRoute)

READ = [Depends(requires(Scope.READ))]


@router.get("/simple", dependencies=READ)
def list_histories(
    session: ReadSessionDep,
    page: Annotated[int, Query(ge=0, le=10**9)] = 0,
    size: Annotated[int, Query(ge=1, le=10_000)] = 100,
) -> Envelope:
    """Lists load tests that were run, oldest first; the first page is 0."""
    lines = lookup.list_lines(session, RunKind.LOAD_TEST, offset=page * size, limit=size)
    return Envelope(data=[_line(line) for line in lines])


@router.get("/projects/{project_id}", dependencies=READ)
def list_histories_of_project(session: ReadSessionDep, project_id: Id) -> Envelope:
    """Lists the load tests of a project that were run, newest first."""
    lines = lookup.list_lines(session, RunKind.LOAD_TEST, project_id=project_id, newest_first=True)
    return Envelope(data=[_line(line) for line in lines])


@router.get("/{test_history_id}/details", dependencies=READ)
def get_details(lab: LabDep, session: ReadSessionDep, test_history_id: Id) -> Envelope:
    """Shows a run with all its figures, for the whole and for each scenario."""
    run = _find(session, test_history_id)
    scenarios = facts.scenarios_of(session, run)
    folder = _folder(lab, run).root
    figures = figures_of(session, lab, run, folder, [s.key for s in scenarios])
    overall = figures[""]
    return Envelope(
        data={
            "test_history_id": run.id,
            "project_id": run.project_id,
            "title": run.name,
            "description": facts.description_of(run),
            "is_completed": run.state.is_final,
            "completed_at": run.ended_at,
            "tested_at": run.started_at or run.created_at,
            "job_name": names.job_name(run),
            "k6_script_file_name": names.script_file_name(run),
            "overall": {
                "target_tps": facts.target_tps_of(run),
                **_figures(overall),
                "vus": overall.vus,
            },
            "scenarios": [_scenario(s, figures[s.key]) for s in scenarios],
        }
    )


@router.get("/{test_history_id}/timeseries", dependencies=READ)
def get_time_series(lab: LabDep, session: ReadSessionDep, test_history_id: Id) -> Envelope:
    """Shows a run's figures over time; error rates in percent."""
    run = _find(session, test_history_id)
    scenarios = facts.scenarios_of(session, run)
    over = over_time(lab, run, _folder(lab, run).root)
    timeline, plans = over.timeline, planned_load(run)

    def points(key: str, columns: dict[str, Column], vus: Column) -> list[dict[str, Any]]:
        means = over.means_ms.get(key, {})
        return [
            {
                "timestamp": dt.datetime.fromtimestamp(at / 1000, dt.UTC),
                "tps": columns["requests_per_s"][place],
                "error_rate": _percent(columns, place),
                "vus": vus[place],
                "avg_response_time": means.get(at),
                "p95_response_time": columns["p95_ms"][place],
                "p99_response_time": columns["p99_ms"][place],
            }
            for place, at in enumerate(timeline.times_ms)
        ]

    nothing: Column = [None] * len(timeline.times_ms)
    vus = _held(timeline.gauges.get("vus", nothing))
    return Envelope(
        data={
            "test_history_id": run.id,
            "overall": {"data": points("", timeline.overall, vus)},
            "scenarios": [
                {
                    "scenario_history_id": s.id,
                    "name": s.name,
                    "scenario_tag": s.tag,
                    "data": points(
                        s.key,
                        timeline.scenarios[s.key],
                        vus if len(scenarios) == 1 else plans.over(s.key, timeline.times_ms),
                    ),
                }
                for s in scenarios
                if s.key in timeline.scenarios
            ],
        }
    )


@router.get("/{test_history_id}/resources", dependencies=READ)
def get_resources(lab: LabDep, session: ReadSessionDep, test_history_id: Id) -> Envelope:
    """Shows what k6 and its machine used over a run."""
    run = _find(session, test_history_id)
    timeline = metrics.get_timeline(lab.live, run.public_id, _folder(lab, run).root)
    return Envelope(data={"test_history_id": run.id, "resources": resources_over_time(timeline)})


@router.get("/{test_history_id}/resource/summary", dependencies=READ)
def get_resource_summary(lab: LabDep, session: ReadSessionDep, test_history_id: Id) -> Envelope:
    """Shows highest, lowest and average use of k6 and its machine in a run."""
    run = _find(session, test_history_id)
    timeline = metrics.get_timeline(lab.live, run.public_id, _folder(lab, run).root)
    return Envelope(data={"test_history_id": run.id, "resources": resource_summary(timeline)})


@router.delete("/{test_history_id}", dependencies=[Depends(requires(Scope.WRITE))])
def delete_history(lab: LabDep, session: WriteSessionDep, test_history_id: Id) -> Envelope:
    """Deletes a run that has ended, with everything that belongs to it."""
    run = _find(session, test_history_id)
    delete_one(lab, session, run)
    return Envelope()


def _held(column: Column) -> Column:
    """Each value until the next one: k6 tells a gauge once a second, now and then a little late."""
    return list(accumulate(column, _newer))


def _newer(before: float | None, now: float | None) -> float | None:
    return before if now is None else now


def _find(session: ReadSession, test_history_id: int) -> Run:
    run = lookup.find_by_id(session, test_history_id)
    if run is None or run.kind is not RunKind.LOAD_TEST:
        raise HTTPException(404, "Test history not found")
    return run


def _folder(lab: LabDep, run: Run) -> RunFolder:
    return RunFolder.of(lab.settings.data_dir, run.public_id)


def _line(line: RunLine) -> dict[str, Any]:
    return {
        "test_history_id": line.id,
        "project_id": line.project_id,
        "project_title": line.project_name,
        "test_title": line.name,
        "status_datetime": line.ended_at or line.started_at or line.created_at,
        "test_status": facts.status_word(line.state),
    }


def _figures(figures: Figures) -> dict[str, Any]:
    return {k: v for k, v in figures._asdict().items() if k != "vus"}


def _scenario(scenario: ScenarioFacts, figures: Figures) -> dict[str, Any]:
    return {
        "scenario_history_id": scenario.id,
        "name": scenario.name,
        "scenario_tag": scenario.tag,
        **_figures(figures),
        "response_time_target": scenario.response_time_target,
        "error_rate_target": scenario.error_rate_target,
        "think_time": scenario.think_time,
        "executor": scenario.executor,
        "endpoint": _endpoint(scenario.endpoint),
        "stages": [
            {
                "stage_history_id": scenario.id * facts.STAGE_IDS + place,
                "duration": stage["duration"],
                "target": stage["target"],
            }
            for place, stage in enumerate(scenario.stages)
        ],
    }


def _endpoint(endpoint: Endpoint | None) -> dict[str, Any] | None:
    if endpoint is None:
        return None
    return {
        "endpoint_id": endpoint.id,
        "method": endpoint.method,
        "path": endpoint.path,
        "description": endpoint.description,
        "summary": endpoint.summary,
    }


def _percent(columns: dict[str, Column], place: int) -> float | None:
    requests, failed = columns["requests_per_s"][place], columns["failed_per_s"][place]
    if requests is None:
        return None
    return round((failed or 0) / requests * 100, 2) if requests else 0.0
