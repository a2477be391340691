"""Tables of runs, their tags, events, results, verdicts and artifacts."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import BigInteger, Enum, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from benchwright.kit.db import Addressable, Base, now
from benchwright.runs.state import RunKind, RunState, StopReason


def _by_value(enum: type[RunKind | RunState | StopReason]) -> Enum:
    return Enum(enum, native_enum=False, length=20, values_callable=lambda e: [m.value for m in e])


class Run(Addressable, Base):
    """One execution; `spec` is a frozen copy of what its workload was told to do."""

    __tablename__ = "run"
    __table_args__ = (
        Index("ix_run_state_id", "state", "id"),
        Index("ix_run_project_id_id", "project_id", "id"),
        Index("ix_run_load_test_id_id", "load_test_id", "id"),
        Index("ix_run_job_id_id", "job_id", "id"),
        Index("ix_run_group_id_id", "group_id", "id"),
        # What lists count, filter and sort by: they are answered from it, without the rows.
        Index(
            "ix_run_listed", "project_id", "state", "verdict", "load_test_id", "kind", "target",
            "requests_per_s", "response_time_p95_ms", "error_rate", "duration_s", "started_at", "name",
        ),
        Index(
            "ix_run_noted", "id",
            sqlite_where=text("note <> ''"), postgresql_where=text("note <> ''"),
        ),
        # The run of the same load test before this one that measured something.
        Index(
            "ix_run_measured", "load_test_id", "id",
            sqlite_where=text("requests_per_s IS NOT NULL"),
            postgresql_where=text("requests_per_s IS NOT NULL"),
        ),
    )  # fmt: skip

    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    load_test_id: Mapped[int | None] = mapped_column(
        ForeignKey("load_test.id", ondelete="SET NULL")
    )
    job_id: Mapped[int | None] = mapped_column(ForeignKey("job.id", ondelete="SET NULL"))
    group_id: Mapped[uuid.UUID | None]
    """Equal for runs that were started together, one for each set of parameters."""
    kind: Mapped[RunKind] = mapped_column(_by_value(RunKind))
    name: Mapped[str]
    target: Mapped[str] = mapped_column(default="local")
    home: Mapped[str | None]
    """The installation whose machine and folders the run needs; no other may drive it."""
    # The large columns stand last: SQLite reads a row only as far as it must.
    spec: Mapped[dict[str, Any]] = mapped_column(sort_order=100)
    state: Mapped[RunState] = mapped_column(_by_value(RunState), default=RunState.QUEUED)
    reason: Mapped[str] = mapped_column(default="")
    stop_reason: Mapped[StopReason | None] = mapped_column(_by_value(StopReason))
    stop_detail: Mapped[str] = mapped_column(default="")
    stop_requested_at: Mapped[dt.datetime | None]
    attempt: Mapped[int] = mapped_column(default=1)
    handle: Mapped[dict[str, Any] | None] = mapped_column(sort_order=100)
    exit_code: Mapped[int | None]
    planned_duration_s: Mapped[float | None]
    timeout_s: Mapped[float]
    started_at: Mapped[dt.datetime | None]
    workload_ended_at: Mapped[dt.datetime | None]
    ended_at: Mapped[dt.datetime | None]
    last_seen_at: Mapped[dt.datetime | None]
    stale_since: Mapped[dt.datetime | None]
    given_up: Mapped[str] = mapped_column(default="")
    """Why a user waits no longer for its target, which is out of reach; void once it answers."""
    missing_sightings: Mapped[int] = mapped_column(default=0)
    warned_at: Mapped[dt.datetime | None]
    """When it was told that the run goes on for very long."""
    collect_attempts: Mapped[int] = mapped_column(default=0)
    """How often collecting its results failed."""
    collect_error: Mapped[str] = mapped_column(default="")
    collect_again_at: Mapped[dt.datetime | None]
    last_event_seq: Mapped[int] = mapped_column(default=0)
    lease_owner: Mapped[str | None]
    lease_until: Mapped[dt.datetime | None]
    lease_epoch: Mapped[int] = mapped_column(default=0)
    verdict: Mapped[str | None]
    requests_per_s: Mapped[float | None]
    """This and the next two repeat results of the whole run, for lists to sort by."""
    response_time_p95_ms: Mapped[float | None]
    error_rate: Mapped[float | None]
    duration_s: Mapped[float | None]
    """How long the workload ran; known once the run has ended."""
    workload_digest: Mapped[str | None]
    """Equal for runs that were told to do the same, whatever they were to be judged by."""
    doubts: Mapped[list[str]] = mapped_column(default=list, sort_order=100)
    """Why its figures are not comparable with those of other runs, as `workload.Doubt`."""
    note: Mapped[str] = mapped_column(default="", sort_order=90)
    warnings: Mapped[list[str]] = mapped_column(default=list, sort_order=100)
    stored_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    pinned: Mapped[bool] = mapped_column(default=False)

    @property
    def is_given_up(self) -> bool:
        """Whether it ends without its target being asked."""
        return bool(self.given_up) and self.stale_since is not None


class RunTag(Base):
    """A word that a user gave a run; the project is repeated, so that words are counted quickly."""

    __tablename__ = "run_tag"
    __table_args__ = (Index("ix_run_tag_project_id_tag", "project_id", "tag", "run_id"),)

    run_id: Mapped[int] = mapped_column(ForeignKey("run.id", ondelete="CASCADE"), primary_key=True)
    tag: Mapped[str] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id", ondelete="CASCADE"))


class RunEvent(Base):
    """What happened to a run, in order; appended, never changed."""

    __tablename__ = "run_event"
    __table_args__ = (UniqueConstraint("run_id", "seq"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id", ondelete="CASCADE"))
    seq: Mapped[int]
    at: Mapped[dt.datetime] = mapped_column(default=now)
    type: Mapped[str]
    from_state: Mapped[str | None]
    to_state: Mapped[str | None]
    message: Mapped[str] = mapped_column(default="")
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Result(Base):
    """One scalar; `benchmark` is the scenario's key, empty for the whole run."""

    __tablename__ = "result"
    __table_args__ = {"sqlite_with_rowid": False}

    run_id: Mapped[int] = mapped_column(ForeignKey("run.id", ondelete="CASCADE"), primary_key=True)
    benchmark: Mapped[str] = mapped_column(primary_key=True)
    metric: Mapped[str] = mapped_column(primary_key=True)
    stat: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[float]
    unit: Mapped[str]
    better: Mapped[str]


class Verdict(Base):
    """A judgement with the method, version and inputs that led to it, as they were then."""

    __tablename__ = "verdict"
    __table_args__ = (Index("ix_verdict_run_id", "run_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id", ondelete="CASCADE"))
    subject: Mapped[str]
    judgement: Mapped[str]
    method: Mapped[str]
    method_version: Mapped[str]
    inputs: Mapped[dict[str, Any]]
    created_at: Mapped[dt.datetime] = mapped_column(default=now)


class Artifact(Base):
    """A file of a run's folder that is worth keeping."""

    __tablename__ = "artifact"
    __table_args__ = (UniqueConstraint("run_id", "path"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id", ondelete="CASCADE"))
    path: Mapped[str]
    media_type: Mapped[str]
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
