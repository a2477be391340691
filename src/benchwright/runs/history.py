"""How the figures of one load test went from run to run."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Literal

from pydantic import BaseModel

from benchwright.kit.db import ReadSession
from benchwright.runs import history_repository
from benchwright.runs.history_repository import PastRun
from benchwright.runs.state import RunState

MAX_POINTS = 200
"""More points than that are closer together than a finger, or a pixel."""

Measure = Literal["requests_per_s", "p50_ms", "p95_ms", "p99_ms", "error_rate"]

MEASURES: dict[Measure, tuple[str, str]] = {
    "requests_per_s": ("http_reqs", "rate"),
    "p50_ms": ("http_req_duration", "med"),
    "p95_ms": ("http_req_duration", "p95"),
    "p99_ms": ("http_req_duration", "p99"),
    "error_rate": ("http_req_failed", "rate"),
}
"""The metric and stat of the results that each is."""


class HistoryPoint(BaseModel):
    """One run and its figures; what it did not measure is null."""

    run: uuid.UUID
    name: str
    state: RunState
    verdict: str | None
    started_at: dt.datetime
    plan_changed: bool
    """Whether the run was told to do something else than the one before."""
    doubts: list[str]
    requests_per_s: float | None
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    error_rate: float | None


class History(BaseModel):
    """The newest runs of a load test, the oldest of them first, and how many there are."""

    scenario: str | None
    runs: int
    points: list[HistoryPoint]


def get_history(
    session: ReadSession, load_test_id: int, *, limit: int, scenario: str | None = None
) -> History:
    """The figures of the last runs, of one scenario by its key or of the whole runs."""
    runs = history_repository.ended_runs(session, load_test_id, min(limit, MAX_POINTS))
    found = history_repository.values(
        session, [run.id for run in runs], scenario or "", list(MEASURES.values())
    )
    points = []
    before: PastRun | None = None
    for run in runs:
        figures = {name: found.get((run.id, *key)) for name, key in MEASURES.items()}
        points.append(
            HistoryPoint(
                run=run.public_id,
                name=run.name,
                state=run.state,
                verdict=run.verdict,
                started_at=run.started_at,
                plan_changed=before is not None and before.workload_digest != run.workload_digest,
                doubts=run.doubts,
                **figures,
            )
        )
        before = run
    total = history_repository.count_ended(session, load_test_id)
    return History(scenario=scenario, runs=total, points=points)
