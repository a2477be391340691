"""What the database knows of runs that are forwarded."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import exists, select

from benchwright.kit.db import ReadSession, WriteSession
from benchwright.projects.models import Project
from benchwright.runs.models import Run, RunTag
from benchwright.runs.state import UNFINISHED


class ForwardedRun(NamedTuple):
    """A run as its labels need it."""

    public_id: UUID
    name: str
    project: str
    spec: dict[str, Any]
    has_ended: bool
    is_tagged: bool


def find_runs(session: ReadSession, public_ids: Collection[UUID], tag: str) -> list[ForwardedRun]:
    """Those of the runs that exist, and whether they have the tag."""
    tagged = exists().where(RunTag.run_id == Run.id, RunTag.tag == tag)
    has_ended = Run.state.not_in(UNFINISHED)
    query = (
        select(Run.public_id, Run.name, Project.slug, Run.spec, has_ended, tagged)
        .join(Project, Project.id == Run.project_id)
        .where(Run.public_id.in_(public_ids))
    )
    return [ForwardedRun(*row) for row in session.execute(query)]


def lock_run(session: WriteSession, public_id: UUID) -> Run | None:
    """The run, if it still exists; nobody else adds an event to it meanwhile."""
    query = select(Run).where(Run.public_id == public_id).with_for_update()
    return session.scalar(query)
