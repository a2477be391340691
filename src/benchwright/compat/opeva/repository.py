"""All SQL that finds the runs that are jobs of this interface."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import select

from benchwright.compat.opeva.names import RECORD
from benchwright.kit.db import ReadSession
from benchwright.runs.models import Run
from benchwright.runs.state import RunKind, RunState

_IS_OURS = (Run.kind == RunKind.JOB, Run.spec[(RECORD, "job_name")].as_string().is_not(None))


class JobLine(NamedTuple):
    """As much of a job as lists and files of jobs say."""

    id: int
    public_id: uuid.UUID
    target: str
    state: RunState
    reason: str
    exit_code: int | None
    handle: dict[str, Any] | None
    record: dict[str, Any]
    created_at: Any


_COLUMNS = (
    Run.id, Run.public_id, Run.target, Run.state, Run.reason, Run.exit_code, Run.handle, Run.spec[RECORD],
    Run.created_at,
)  # fmt: skip


def find_job(session: ReadSession, job_id: uuid.UUID) -> JobLine | None:
    """The job of this id."""
    row = session.execute(select(*_COLUMNS).where(Run.public_id == job_id, *_IS_OURS)).first()
    return None if row is None else JobLine(*row)


def list_jobs(session: ReadSession, home: str | None = None, since_id: int = 0) -> list[JobLine]:
    """All jobs from an id on, the oldest first; with `home` only those of this installation."""
    query = select(*_COLUMNS).where(*_IS_OURS, Run.id >= since_id)
    if home is not None:
        query = query.where(Run.home == home)
    return [JobLine(*row) for row in session.execute(query.order_by(Run.id))]


def list_job_ids(session: ReadSession) -> set[uuid.UUID]:
    """The ids of all runs that are jobs, of whatever interface."""
    return set(session.scalars(select(Run.public_id).where(Run.kind == RunKind.JOB)))


def known_among(session: ReadSession, job_ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Those of the ids that are ids of runs, of whatever kind."""
    return set(session.scalars(select(Run.public_id).where(Run.public_id.in_(job_ids))))
