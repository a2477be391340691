"""What is told of the present."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Literal

from pydantic import BaseModel

from benchwright.hosts.waiting import Waiting
from benchwright.runs.schemas import ProgressView
from benchwright.runs.state import RunKind, RunState

LoopState = Literal["well", "late", "waiting"]


class ActiveRun(BaseModel):
    """A run that has not ended.

    `driver` is the server that drives it, `is_here` whether that is this one. `deadline_at` is when it is
    stopped as timed out; `next_attempt_at` when collecting its results is tried again.
    """

    public_id: uuid.UUID
    project: str
    kind: RunKind
    name: str
    state: RunState
    reason: str
    created_at: dt.datetime
    started_at: dt.datetime | None
    target: str
    target_name: str
    waiting: Waiting | None
    """Why it is still queued, where that can be said."""
    addresses: list[str]
    driver: str | None
    is_here: bool
    last_seen_at: dt.datetime | None
    stale_since: dt.datetime | None
    warned_at: dt.datetime | None
    deadline_at: dt.datetime | None
    is_stopping: bool
    progress: ProgressView
    collect_attempts: int
    collect_error: str
    next_attempt_at: dt.datetime | None


class Loop(BaseModel):
    """One of this server's loops; `late` if it has not done its work for much longer than it takes."""

    name: str
    task: str
    state: LoopState
    last_success_at: dt.datetime | None
    failures: int


class Watch(BaseModel):
    """Which server watches the schedules, and when it last said so."""

    driver: str | None
    is_here: bool
    seen_at: dt.datetime | None
    next_fire_at: dt.datetime | None


class Activity(BaseModel):
    """What runs now: the active runs first, then the queue in its order."""

    at: dt.datetime
    capacity: int
    warn_after_s: float | None
    max_timeout_s: float
    runs: list[ActiveRun]
    total: int
    loops: list[Loop]
    watch: Watch
