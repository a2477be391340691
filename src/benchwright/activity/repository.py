"""All SQL about what runs now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import case, func, select

from benchwright.kit.db import ReadSession
from benchwright.projects.models import Project
from benchwright.runs.models import Run
from benchwright.runs.state import UNFINISHED, RunState
from benchwright.schedules.models import Schedule, ScheduleWatch


class RunRow(NamedTuple):
    """An unfinished run with the slug of its project."""

    run: Run
    project: str


def unfinished(session: ReadSession, limit: int) -> Sequence[RunRow]:
    """Runs that have not ended: the active ones first, then the queue in its order."""
    waits = case((Run.state == RunState.QUEUED, 1), else_=0)
    query = (
        select(Run, Project.slug)
        .join(Project, Project.id == Run.project_id)
        .where(Run.state.in_(UNFINISHED))
        .order_by(waits, Run.id)
        .limit(limit)
    )
    return [RunRow(run, slug) for run, slug in session.execute(query)]


def count_unfinished(session: ReadSession) -> int:
    """How many runs have not ended."""
    return session.scalar(select(func.count(Run.id)).where(Run.state.in_(UNFINISHED))) or 0


def schedule_watch(session: ReadSession) -> ScheduleWatch | None:
    """Who watches the schedules."""
    return session.scalar(select(ScheduleWatch))


def next_firing(session: ReadSession) -> dt.datetime | None:
    """The earliest time at which a schedule fires."""
    return session.scalar(select(func.min(Schedule.next_fire_at)))
