"""What clients send and get about schedules."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from benchwright.runs.state import RunState
from benchwright.schedules.models import Outcome, WhenBusy, WhenMissed

ScheduleState = Literal["active", "paused", "done"]

Name = Annotated[str, Field(min_length=1, max_length=200)]
Cron = Annotated[
    str, Field(max_length=1000, description="Five fields as in crontab(5), or like `@daily`.")
]
Zone = Annotated[str, Field(max_length=200, description="An IANA name, like `Europe/Berlin`.")]
Moment = Annotated[
    dt.datetime, Field(description="A time; without an offset it is one in the schedule's zone.")
]


class ScheduleTiming(BaseModel):
    """When to fire: by `cron`, or once at `once_at`."""

    model_config = ConfigDict(extra="forbid")

    cron: Cron | None = None
    once_at: Moment | None = None
    zone: Zone = "UTC"
    ends_at: Moment | None = None


class ScheduleWrite(ScheduleTiming):
    """Without a name it has its load test's."""

    load_test: uuid.UUID
    name: Name | None = None
    when_missed: WhenMissed = WhenMissed.SKIP
    when_busy: WhenBusy = WhenBusy.SKIP
    paused: bool = False


class SchedulePreviewRequest(ScheduleTiming):
    """As much of a schedule as tells when it will fire."""

    load_test: uuid.UUID | None = None


class ScheduleUpdate(BaseModel):
    """Fields that are left out stay as they are; a `cron` takes the place of `once_at`, and back."""

    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    cron: Cron | None = None
    once_at: Moment | None = None
    zone: Zone | None = None
    ends_at: Moment | None = None
    when_missed: WhenMissed | None = None
    when_busy: WhenBusy | None = None


class NextTime(BaseModel):
    """A firing to come, in UTC and as the clocks of the schedule's zone will show it."""

    at: dt.datetime
    local: dt.datetime


class SchedulePreview(BaseModel):
    """When a schedule would fire, and what is odd about that."""

    words: str
    next_times: list[NextTime]
    warnings: list[str]


class FiringView(BaseModel):
    """What became of a firing; of missed ones `count` may share a line, up to `last_fire_at`."""

    public_id: uuid.UUID
    fire_at: dt.datetime
    last_fire_at: dt.datetime
    count: int
    outcome: Outcome
    reason: str
    run: uuid.UUID | None
    run_state: RunState | None
    decided_at: dt.datetime


class ScheduleSummary(BaseModel):
    """A schedule as lists show it; `words` say when it fires."""

    public_id: uuid.UUID
    project: str
    load_test: uuid.UUID
    load_test_name: str
    name: str
    state: ScheduleState
    cron: str | None
    once_at: dt.datetime | None
    zone: str
    ends_at: dt.datetime | None
    words: str
    when_missed: WhenMissed
    when_busy: WhenBusy
    next_fire_at: dt.datetime | None
    paused_at: dt.datetime | None
    pause_reason: str
    failures: int
    last_firing: FiringView | None
    created_at: dt.datetime
    updated_at: dt.datetime


class ScheduleView(ScheduleSummary):
    """Everything about a schedule but its history."""

    next_times: list[NextTime]
    warnings: list[str]
