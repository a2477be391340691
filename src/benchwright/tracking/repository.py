"""All SQL about reports to MLflow."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import ColumnElement, func, or_, select

from benchwright.kit.db import ReadSession, WriteSession
from benchwright.projects.models import Project
from benchwright.runs.models import Run, RunTag
from benchwright.tracking.models import MlflowReport


def find(session: ReadSession, run_id: int) -> MlflowReport | None:
    """The report of a run, if it is to have one."""
    return session.get(MlflowReport, run_id)


def lock(session: WriteSession, run_id: int) -> tuple[MlflowReport, Run] | None:
    """A report with its run, if they still exist; nobody else adds an event meanwhile."""
    query = (
        select(MlflowReport, Run)
        .join(Run, Run.id == MlflowReport.run_id)
        .where(Run.id == run_id)
        .with_for_update()
    )
    row = session.execute(query).one_or_none()
    return None if row is None else (row[0], row[1])


def any_due(session: ReadSession, at: dt.datetime, home: str) -> bool:
    """Whether a report waits that this installation can make."""
    query = select(MlflowReport.run_id).join(Run, Run.id == MlflowReport.run_id)
    return session.scalar(query.where(*_due(at, home)).limit(1)) is not None


def claim_due(
    session: WriteSession, at: dt.datetime, until: dt.datetime, home: str
) -> tuple[int, uuid.UUID] | None:
    """The run to report next; no other server takes it before `until`."""
    query = (
        select(MlflowReport, Run.public_id)
        .join(Run, Run.id == MlflowReport.run_id)
        .where(*_due(at, home))
        .order_by(MlflowReport.next_attempt_at, MlflowReport.run_id)
        .limit(1)
        .with_for_update(of=MlflowReport, skip_locked=True)
    )
    row = session.execute(query).one_or_none()
    if row is None:
        return None
    report: MlflowReport = row[0]
    report.next_attempt_at = until
    return report.run_id, row[1]


def _due(at: dt.datetime, home: str) -> tuple[ColumnElement[bool], ...]:
    # The files of a run lie with the installation that carried it out.
    return (MlflowReport.next_attempt_at <= at, or_(Run.home.is_(None), Run.home == home))


def project_of(session: ReadSession, run: Run) -> Project:
    """The project of a run."""
    return session.scalars(select(Project).where(Project.id == run.project_id)).one()


def tags_of(session: ReadSession, run: Run) -> list[str]:
    """The words that users gave a run."""
    query = select(RunTag.tag).where(RunTag.run_id == run.id).order_by(RunTag.tag)
    return list(session.scalars(query))


def count_waiting(session: ReadSession) -> int:
    """How many reports did not arrive yet."""
    query = select(func.count()).where(MlflowReport.next_attempt_at.is_not(None))
    return session.scalar(query) or 0
