"""All SQL that finds runs by what other interfaces know of them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Uuid, column, select, table
from sqlalchemy.orm import defer

from benchwright.kit.db import ReadSession
from benchwright.projects.models import Project
from benchwright.runs.models import Run
from benchwright.runs.state import UNFINISHED, RunKind, RunState

# Named by its table, not by its model: runs know nothing of the kinds of work they carry.
JOB = table("job", column("id"), column("public_id", Uuid()), column("name"))


def find_by_id(session: ReadSession, run_id: int) -> Run | None:
    """The run of an integer id, as some interfaces name it."""
    return session.get(Run, run_id)


def list_made_between(
    session: ReadSession, kind: RunKind, since: dt.datetime, until: dt.datetime
) -> Sequence[Run]:
    """The runs of a kind that were made in this span, `until` excluded."""
    query = select(Run).where(Run.kind == kind, Run.created_at >= since, Run.created_at < until)
    return session.scalars(query.order_by(Run.id)).all()


def find_by_spec_text(session: ReadSession, path: tuple[str, ...], text: str) -> Run | None:
    """The newest run whose spec holds this text at this path."""
    query = select(Run).where(Run.spec[path].as_string() == text)
    return session.scalar(query.order_by(Run.id.desc()).limit(1))


def list_unfinished(session: ReadSession, kind: RunKind) -> Sequence[Run]:
    """The runs of a kind that have not ended, oldest first."""
    query = select(Run).where(Run.kind == kind, Run.state.in_(UNFINISHED))
    return session.scalars(query.order_by(Run.id)).all()


def list_of_project(session: ReadSession, project_id: int) -> Sequence[Run]:
    """All runs of a project, without what they were told to do."""
    query = select(Run).where(Run.project_id == project_id).options(defer(Run.spec))
    return session.scalars(query).all()


class JobName(NamedTuple):
    """The job that a run was started from."""

    public_id: uuid.UUID
    name: str


def find_job_name(session: ReadSession, run: Run) -> JobName | None:
    """The kept job of a run, if it has one."""
    if run.job_id is None:
        return None
    query = select(JOB.c.public_id, JOB.c.name).where(JOB.c.id == run.job_id)
    row = session.execute(query).one_or_none()
    return JobName(*row) if row is not None else None


def find_job_run_before(session: ReadSession, run: Run) -> Run | None:
    """The last run of the same job before this one that completed, told the same if there is one."""
    query = (
        select(Run)
        .where(Run.job_id == run.job_id, Run.id < run.id, Run.state == RunState.SUCCEEDED)
        .options(defer(Run.spec))
        .order_by(Run.id.desc())
        .limit(1)
    )
    same = query.where(Run.workload_digest == run.workload_digest)
    return session.scalar(same) or session.scalar(query)


class RunLine(NamedTuple):
    """As little of a run as a history shows of each."""

    id: int
    project_id: int
    project_name: str
    name: str
    state: RunState
    created_at: dt.datetime
    started_at: dt.datetime | None
    ended_at: dt.datetime | None


def list_lines(
    session: ReadSession,
    kind: RunKind,
    *,
    project_id: int | None = None,
    newest_first: bool = False,
    offset: int = 0,
    limit: int | None = None,
) -> list[RunLine]:
    """The runs of a kind, of one project or of all, counted from the first."""
    query = (
        select(
            Run.id, Run.project_id, Project.name, Run.name, Run.state,
            Run.created_at, Run.started_at, Run.ended_at,
        )
        .join(Project, Project.id == Run.project_id)
        .where(Run.kind == kind)
    )  # fmt: skip
    if project_id is not None:
        query = query.where(Run.project_id == project_id)
    query = query.order_by(Run.id.desc() if newest_first else Run.id)
    return [RunLine(*row) for row in session.execute(query.offset(offset).limit(limit))]
