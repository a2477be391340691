"""Ended tests of a Metric Vault installation as runs."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from benchwright.compat.metric_vault.figures import RESPONSE_TIMES
from benchwright.compat.metric_vault.names import RECORD
from benchwright.compat.metric_vault.schemas import LoadTestWish
from benchwright.compat.metric_vault.source import (
    FigureColumns,
    HistoryRow,
    ScenarioRow,
    Source,
    StageRow,
)
from benchwright.compat.metric_vault.translation import plan_of
from benchwright.kit.db import WriteSession
from benchwright.kit.errors import BadRequest, Invalid
from benchwright.loadtests.endpoints import Endpoint as ScriptEndpoint
from benchwright.loadtests.endpoints import endpoint_of
from benchwright.loadtests.plan import dump_plan
from benchwright.loadtests.profile import longest_duration, planned_duration
from benchwright.loadtests.schemas import RunSpec, ScenarioRef
from benchwright.loadtests.script import generate_script
from benchwright.loadtests.starting import digest_of
from benchwright.projects.models import Project
from benchwright.runs import repository as runs
from benchwright.runs.state import RunKind
from benchwright.runs.taking_over import add_ended_run
from benchwright.specs import endpoint_repository

if TYPE_CHECKING:
    from benchwright.lab import Lab

ORIGIN = "Metric Vault"
NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:benchwright:metric-vault")
"""Ids follow from what a row says, so that the same row is known again."""


@dataclass
class Counted:
    """How many tests were new, how many were here, and how many have not ended."""

    runs: int = 0
    known: int = 0
    unfinished: int = 0


class Workload(NamedTuple):
    """What an imported run was told, as runs here remember it."""

    spec: dict[str, Any]
    scenarios: list[ScenarioRef]
    planned_duration_s: float | None = None
    timeout_s: float = 0.0
    digest: str | None = None


class PastRuns:
    """Adds tests in one transaction; `endpoints` are the ids here by the ids there."""

    def __init__(self, session: WriteSession, lab: Lab, endpoints: Mapping[int, int]) -> None:
        self._session = session
        self._lab = lab
        self._endpoints = endpoints
        self._known = endpoint_repository.find_with_specs(session, set(endpoints.values()))
        self._public_ids = {number: row.public_id for number, (row, _) in self._known.items()}
        self._scripted: dict[str, ScriptEndpoint] = {
            str(row.public_id): endpoint_of(row, spec) for row, spec in self._known.values()
        }

    def add_all(self, source: Source, project_of: Callable[[int | None], Project]) -> Counted:
        """Adds the ended tests that are not here yet."""
        counted = Counted()
        scenarios: dict[int | None, list[ScenarioRow]] = defaultdict(list)
        for scenario in source.scenarios:
            scenarios[scenario.test_history_id].append(scenario)
        stages: dict[int | None, list[StageRow]] = defaultdict(list)
        for stage in source.stages:
            stages[stage.scenario_id].append(stage)
        for row in source.histories:
            if not row.is_completed:
                counted.unfinished += 1
                continue
            identity = row.job_name or f"{row.id}/{row.title}/{row.tested_at.isoformat()}"
            public_id = uuid.uuid5(NAMESPACE, f"history/{identity}")
            if runs.find(self._session, public_id) is not None:
                counted.known += 1
                continue
            project_id = project_of(row.project_id).id
            self._add(row, scenarios[row.id], stages, public_id, project_id)
            counted.runs += 1
        return counted

    def _add(
        self,
        row: HistoryRow,
        scenarios: list[ScenarioRow],
        stages: dict[int | None, list[StageRow]],
        public_id: uuid.UUID,
        project_id: int,
    ) -> None:
        record = self._record(row, scenarios, stages)
        workload = self._workload(record)
        figures: dict[str, FigureColumns] = {"": row}
        figures |= {ref.key: s for ref, s in zip(workload.scenarios, scenarios, strict=True)}
        record["figures"] = {key: _columns(columns) for key, columns in figures.items()}
        ended_at = row.completed_at
        if ended_at is None or ended_at < row.tested_at:
            # The two clocks of Metric Vault disagree at times.
            length_s = min(max(row.test_duration or 0.0, 0.0), 30 * 86_400.0)
            ended_at = row.tested_at + dt.timedelta(seconds=length_s)
        add_ended_run(
            self._session,
            public_id=public_id,
            project_id=project_id,
            kind=RunKind.LOAD_TEST,
            name=record["title"],
            spec={**workload.spec, RECORD: record},
            planned_duration_s=workload.planned_duration_s,
            timeout_s=workload.timeout_s,
            workload_digest=workload.digest,
            origin=ORIGIN,
            started_at=row.tested_at,
            ended_at=ended_at,
            results=[r for key, columns in figures.items() for r in _results(key, columns)],
        )

    def _record(
        self,
        row: HistoryRow,
        scenarios: list[ScenarioRow],
        stages: dict[int | None, list[StageRow]],
    ) -> dict[str, Any]:
        return {
            "title": row.title.strip()[:500] or f"Test {row.id}",
            "description": row.description,
            "target_tps": row.target_tps,
            "job_name": row.job_name,
            "k6_script_file_name": row.k6_script_file_name,
            "scenarios": [
                {
                    "name": s.name.strip()[:500] or f"Scenario {place}",
                    "endpoint_id": self._endpoints.get(s.endpoint_id or 0),
                    "scenario_tag": s.scenario_tag,
                    "executor": s.executor,
                    "think_time": s.think_time,
                    "response_time_target": s.response_time_target,
                    "error_rate_target": s.error_rate_target,
                    "stages": [
                        {"duration": stage.duration, "target": stage.target}
                        for stage in stages[s.id]
                    ],
                }
                for place, s in enumerate(scenarios, 1)
            ],
        }

    def _workload(self, record: dict[str, Any]) -> Workload:
        """What the run was told, with plan and script where they can be made again."""
        refs = [self._ref(place, s) for place, s in enumerate(record["scenarios"], 1)]
        try:
            plan = plan_of(LoadTestWish.model_validate(record), self._public_ids)
            script = generate_script(plan, self._scripted).text.encode()
        except (BadRequest, Invalid, KeyError, ValueError):
            # An endpoint was deleted, or Metric Vault took what k6 does not: without a script
            # the run cannot be repeated, and says so.
            return Workload({"scenarios": [ref.model_dump() for ref in refs]}, refs)
        spec = RunSpec(
            script_kind="generated",
            script_blob=self._lab.blobs.put(script),
            plan=dump_plan(plan),
            scenarios=refs,
        )
        return Workload(
            spec.model_dump(mode="json"),
            refs,
            planned_duration(plan),
            longest_duration(plan) + self._lab.settings.runs.timeout_margin_s,
            digest_of(spec),
        )

    def _ref(self, place: int, scenario: dict[str, Any]) -> ScenarioRef:
        known = self._known.get(scenario["endpoint_id"] or 0)
        return ScenarioRef(
            key=f"s{place}",
            name=scenario["name"],
            method=known[0].method if known else "",
            path=known[0].path if known else "",
        )


def _columns(row: FigureColumns) -> dict[str, Any]:
    return row.model_dump(include=set(FigureColumns.model_fields), exclude_none=True)


def _results(key: str, row: FigureColumns) -> list[tuple[Any, ...]]:
    """The figures as k6 would have reported them, for pages and comparisons."""
    found: list[tuple[Any, ...]] = [
        (key, "http_reqs", "count", row.total_requests, "requests", "none"),
        (key, "http_reqs", "rate", row.avg_tps, "requests/s", "higher"),
        (key, "http_req_failed", "count", row.failed_requests, "requests", "lower"),
        (key, "http_req_failed", "rate", row.avg_error_rate, "ratio", "lower"),
        (key, "vus", "max", row.max_vus, "vus", "none"),
        (key, "vus", "min", row.min_vus, "vus", "none"),
    ]
    found += [
        (key, "http_req_duration", stat, getattr(row, f"{name}_response_time"), "ms", "lower")
        for name, stat in RESPONSE_TIMES.items()
    ]
    return [r for r in found if r[3] is not None]
