"""Tables of schedules, of their firings, and of who watches the clock."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from sqlalchemy import Enum, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from benchwright.kit.db import Addressable, Base, now


class WhenMissed(StrEnum):
    """What becomes of a firing whose time passed while nobody watched."""

    SKIP = "skip"
    RUN_LATE = "run_late"


class WhenBusy(StrEnum):
    """What becomes of a firing whose target is under load already."""

    SKIP = "skip"
    WAIT = "wait"


class Outcome(StrEnum):
    """What became of a firing."""

    STARTED = "started"
    WAITING = "waiting"
    SKIPPED = "skipped"
    MISSED = "missed"
    FAILED = "failed"


def _by_value(enum: type[StrEnum]) -> Enum:
    return Enum(enum, native_enum=False, length=20, values_callable=lambda e: [m.value for m in e])


class Schedule(Addressable, Base):
    """When a load test starts by itself; this row alone says so, whatever servers run.

    `next_fire_at` is null while it is paused, and when no firing is left.
    """

    __tablename__ = "schedule"
    __table_args__ = (
        Index("ix_schedule_next_fire_at", "next_fire_at"),
        Index("ix_schedule_project_id_id", "project_id", "id"),
        Index("ix_schedule_load_test_id", "load_test_id"),
    )

    project_id: Mapped[int] = mapped_column(ForeignKey("project.id", ondelete="CASCADE"))
    load_test_id: Mapped[int] = mapped_column(ForeignKey("load_test.id", ondelete="CASCADE"))
    name: Mapped[str]
    cron: Mapped[str | None]
    once_at: Mapped[dt.datetime | None]
    zone: Mapped[str]
    ends_at: Mapped[dt.datetime | None]
    when_missed: Mapped[WhenMissed] = mapped_column(_by_value(WhenMissed), default=WhenMissed.SKIP)
    when_busy: Mapped[WhenBusy] = mapped_column(_by_value(WhenBusy), default=WhenBusy.SKIP)
    next_fire_at: Mapped[dt.datetime | None]
    paused_at: Mapped[dt.datetime | None]
    pause_reason: Mapped[str] = mapped_column(default="")
    """Empty when a user paused it."""
    failures: Mapped[int] = mapped_column(default=0)
    """Firings in a row that could not start a run."""
    updated_at: Mapped[dt.datetime] = mapped_column(default=now)


class ScheduleFiring(Addressable, Base):
    """A time at which a schedule was to fire; there is one row for it, whoever wrote it.

    Very many missed ones in a row share one: `fire_count` of them, from `fire_at` to `last_fire_at`.
    """

    __tablename__ = "schedule_firing"
    __table_args__ = (
        UniqueConstraint("schedule_id", "fire_at"),
        Index("ix_schedule_firing_outcome", "outcome"),
        Index("ix_schedule_firing_run_id", "run_id"),
    )

    schedule_id: Mapped[int] = mapped_column(ForeignKey("schedule.id", ondelete="CASCADE"))
    fire_at: Mapped[dt.datetime]
    last_fire_at: Mapped[dt.datetime]
    fire_count: Mapped[int] = mapped_column(default=1)
    outcome: Mapped[Outcome] = mapped_column(_by_value(Outcome))
    reason: Mapped[str] = mapped_column(default="")
    run_id: Mapped[int | None] = mapped_column(ForeignKey("run.id", ondelete="SET NULL"))
    decided_at: Mapped[dt.datetime] = mapped_column(default=now)


class ScheduleWatch(Base):
    """The one row whose holder lets schedules fire; locking it puts servers in line."""

    __tablename__ = "schedule_watch"

    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[str] = mapped_column(default="")
    epoch: Mapped[int] = mapped_column(default=0)
    until: Mapped[dt.datetime | None]
    seen_at: Mapped[dt.datetime | None]
