"""All SQL about what is kept."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import delete, select

from benchwright.kit.db import ReadSession, WriteSession
from benchwright.projects.models import Project
from benchwright.retention.models import FolderRemoval
from benchwright.retention.selection import FinishedRun
from benchwright.runs.models import Run
from benchwright.runs.state import UNFINISHED


def list_projects(session: ReadSession) -> Sequence[Project]:
    """All projects."""
    return session.scalars(select(Project).order_by(Project.id)).all()


def list_finished(session: ReadSession, project_id: int) -> list[FinishedRun]:
    """The finished runs of a project."""
    query = select(Run.id, Run.ended_at, Run.stored_bytes, Run.pinned).where(
        Run.project_id == project_id, Run.ended_at.is_not(None), Run.state.not_in(UNFINISHED)
    )
    return [
        FinishedRun(
            id=row.id, ended_at=row.ended_at, stored_bytes=row.stored_bytes, pinned=row.pinned
        )
        for row in session.execute(query)
        if row.ended_at is not None
    ]


def delete_runs(session: WriteSession, run_ids: Sequence[int]) -> list[uuid.UUID]:
    """Deletes these runs, except those pinned meanwhile; the public ids of those deleted."""
    statement = (
        delete(Run)
        .where(Run.id.in_(run_ids), Run.pinned.is_(False), Run.state.not_in(UNFINISHED))
        .returning(Run.public_id)
    )
    return list(session.scalars(statement.execution_options(synchronize_session=False)))


def list_removals(session: ReadSession) -> Sequence[uuid.UUID]:
    """The public ids of deleted runs whose folders may still be there."""
    return session.scalars(select(FolderRemoval.run_public_id)).all()


def forget_removals(session: WriteSession, run_ids: Sequence[uuid.UUID]) -> None:
    """Notes that these folders are gone."""
    session.execute(delete(FolderRemoval).where(FolderRemoval.run_public_id.in_(run_ids)))
