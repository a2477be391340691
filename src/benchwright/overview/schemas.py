"""What the overview tells."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Literal

from pydantic import BaseModel, ConfigDict

from benchwright.loadtests.schemas import LoadTestSummary
from benchwright.runs.schemas import ProgressView
from benchwright.runs.state import RunState


class RunningRun(BaseModel):
    """A run that has not ended."""

    public_id: uuid.UUID
    project: str
    name: str
    state: RunState
    is_stopping: bool
    stale_since: dt.datetime | None
    progress: ProgressView


class RunningNow(BaseModel):
    """What is under way or waits; `percent` is of all the time that the active runs will take."""

    active: int
    queued: int
    percent: float | None
    runs: list[RunningRun]


class RunLine(BaseModel):
    """A run in one line; `at` is when it ended, else when it started or was made."""

    model_config = ConfigDict(from_attributes=True)

    public_id: uuid.UUID
    project: str
    name: str
    state: RunState
    verdict: str | None
    at: dt.datetime


class AttentionLine(BaseModel):
    """A run that somebody should look at, and why."""

    run: RunLine
    kind: Literal["silent", "spoiled", "missed", "warned"]
    reason: str


class ScheduleLine(BaseModel):
    """A schedule that cannot start its load test, and why; `at` is when it paused itself."""

    public_id: uuid.UUID
    project: str
    name: str
    is_paused: bool
    reason: str
    at: dt.datetime


class MeasuredLine(BaseModel):
    """A run that ended, with the figures that lists show."""

    run: RunLine
    requests_per_s: float | None
    p95_ms: float | None
    error_rate: float | None


class Trend(BaseModel):
    """One figure of a load test's last runs, the oldest first; a run without it is null."""

    load_test: str
    p95_ms: list[float | None]


class ProjectLine(BaseModel):
    """A project with what it holds and how it fares; the trend is of the test that ran last."""

    public_id: uuid.UUID
    slug: str
    name: str
    description: str
    created_at: dt.datetime
    load_test_count: int
    spec_count: int
    run_count: int
    last_run: RunLine | None
    trend: Trend | None


class ProjectList(BaseModel):
    """Projects, those that ran something last first; `total` counts all that match."""

    items: list[ProjectLine]
    total: int


class LoadTestLine(BaseModel):
    """A load test with its last run and its last runs' 95th percentiles."""

    load_test: LoadTestSummary
    last_run: RunLine | None
    p95_ms: list[float | None]


class Overview(BaseModel):
    """The first page."""

    running: RunningNow
    attention: list[AttentionLine]
    attention_total: int
    failing_schedules: list[ScheduleLine]
    tested: list[LoadTestLine]
    recent: list[MeasuredLine]
    projects: list[ProjectLine]
    project_total: int

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing yet to look over."""
        holds = any(p.load_test_count or p.spec_count or p.run_count for p in self.projects)
        return not holds and not self.attention_total
