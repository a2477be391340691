"""All SQL about schedules."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple, cast

from sqlalchemy import ColumnElement, CursorResult, Select, and_, delete, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import defer

from benchwright.kit.db import ReadSession, WriteSession
from benchwright.kit.pagination import PageRequest, fetch_page
from benchwright.loadtests.models import LoadTest
from benchwright.projects.models import Project
from benchwright.runs.models import Run
from benchwright.runs.state import UNFINISHED, RunState
from benchwright.schedules.models import Outcome, Schedule, ScheduleFiring, ScheduleWatch

WATCH_ID = 1


class Context(NamedTuple):
    """What a schedule belongs to, and what became of its last firing."""

    project: str
    load_test: LoadTest
    last: FiringRow | None


class FiringRow(NamedTuple):
    """A firing with the run that it started, if that is still there."""

    firing: ScheduleFiring
    run_id: uuid.UUID | None
    run_state: RunState | None


class BusyRun(NamedTuple):
    """An unfinished run and where its load goes."""

    name: str
    public_id: uuid.UUID
    load_test_id: int | None
    spec: dict[str, Any]


def find(session: ReadSession, public_id: uuid.UUID) -> Schedule | None:
    """The schedule of this id."""
    return session.scalar(select(Schedule).where(Schedule.public_id == public_id))


def find_by_id(session: ReadSession, schedule_id: int) -> Schedule | None:
    """The schedule of this row."""
    return session.get(Schedule, schedule_id)


def lock(session: WriteSession, schedule_id: int) -> Schedule | None:
    """The schedule as it is now; nobody else changes it before the transaction ends."""
    query = select(Schedule).where(Schedule.id == schedule_id).with_for_update()
    return session.scalar(query.execution_options(populate_existing=True))


def count(session: ReadSession, project_id: int) -> int:
    """How many schedules a project has."""
    query = select(func.count(Schedule.id)).where(Schedule.project_id == project_id)
    return session.scalar(query) or 0


def page(
    session: ReadSession, project_id: int | None, load_test_id: int | None, request: PageRequest
) -> tuple[Sequence[Schedule], str | None]:
    """One page of schedules, newest first."""
    query = select(Schedule)
    if project_id is not None:
        query = query.where(Schedule.project_id == project_id)
    if load_test_id is not None:
        query = query.where(Schedule.load_test_id == load_test_id)
    return fetch_page(session, query, Schedule.id, request)


def last_zone(session: ReadSession, project_id: int) -> str | None:
    """The time zone of the project's newest schedule."""
    query = select(Schedule.zone).where(Schedule.project_id == project_id)
    return session.scalar(query.order_by(Schedule.id.desc()).limit(1))


def contexts(session: ReadSession, schedules: Collection[Schedule]) -> dict[int, Context]:
    """What schedules belong to, by their keys."""
    ids = [schedule.id for schedule in schedules]
    query = (
        select(Schedule.id, Project.slug, LoadTest)
        .join(Project, Project.id == Schedule.project_id)
        .join(LoadTest, LoadTest.id == Schedule.load_test_id)
        .where(Schedule.id.in_(ids))
        .options(defer(LoadTest.plan), defer(LoadTest.script_details))
    )
    newest = (
        select(func.max(ScheduleFiring.fire_at))
        .where(ScheduleFiring.schedule_id == Schedule.id)
        .correlate(Schedule)
        .scalar_subquery()
    )
    last = (
        _with_runs()
        .join(Schedule, Schedule.id == ScheduleFiring.schedule_id)
        .where(Schedule.id.in_(ids), ScheduleFiring.fire_at == newest)
    )
    lasts = {row.firing.schedule_id: row for row in _rows(session, last)}
    return {
        key: Context(slug, load_test, lasts.get(key))
        for key, slug, load_test in session.execute(query)
    }


def firings_page(
    session: ReadSession, schedule: Schedule, request: PageRequest
) -> tuple[list[FiringRow], str | None]:
    """One page of what became of a schedule's firings, the last first."""
    query = select(ScheduleFiring).where(ScheduleFiring.schedule_id == schedule.id)
    found, cursor = fetch_page(session, query, ScheduleFiring.id, request)
    chosen = _with_runs().where(ScheduleFiring.id.in_([firing.id for firing in found]))
    return _rows(session, chosen.order_by(ScheduleFiring.id.desc())), cursor


def _with_runs() -> Select[ScheduleFiring, uuid.UUID, RunState]:
    query = select(ScheduleFiring, Run.public_id, Run.state)
    return query.outerjoin(Run, Run.id == ScheduleFiring.run_id)


def _rows(
    session: ReadSession, query: Select[ScheduleFiring, uuid.UUID, RunState]
) -> list[FiringRow]:
    return [FiringRow(*row) for row in session.execute(query)]


def due(session: ReadSession, at: dt.datetime) -> list[int]:
    """The schedules whose time has come, those first that wait longest."""
    query = select(Schedule.id).where(Schedule.next_fire_at <= at)
    return list(session.scalars(query.order_by(Schedule.next_fire_at, Schedule.id).limit(1000)))


def waiting(session: ReadSession) -> Sequence[ScheduleFiring]:
    """The firings that wait for their target, oldest first."""
    query = select(ScheduleFiring).where(ScheduleFiring.outcome == Outcome.WAITING)
    return session.scalars(query.order_by(ScheduleFiring.fire_at, ScheduleFiring.id)).all()


def waiting_of(session: ReadSession, schedule_id: int) -> ScheduleFiring | None:
    """The firing of a schedule that waits for its target."""
    return session.scalar(
        select(ScheduleFiring).where(
            ScheduleFiring.schedule_id == schedule_id, ScheduleFiring.outcome == Outcome.WAITING
        )
    )


def find_firing(session: ReadSession, firing_id: int) -> ScheduleFiring | None:
    """The firing of this row."""
    return session.get(ScheduleFiring, firing_id)


def handled_times(
    session: ReadSession, schedule_id: int, times: Sequence[dt.datetime]
) -> set[dt.datetime]:
    """Those of the times, given in order, that have a line already."""
    query = select(ScheduleFiring.fire_at).where(
        ScheduleFiring.schedule_id == schedule_id,
        ScheduleFiring.fire_at >= times[0],
        ScheduleFiring.fire_at <= times[-1],
    )
    return set(session.scalars(query))


def unfinished_runs(session: ReadSession) -> list[BusyRun]:
    """All runs that are queued or under way, on every machine."""
    query = select(Run.name, Run.public_id, Run.load_test_id, Run.spec)
    rows = session.execute(query.where(Run.state.in_(UNFINISHED)).order_by(Run.id))
    return [BusyRun(*row) for row in rows]


def needing_attention(session: ReadSession, limit: int) -> tuple[list[tuple[Schedule, str]], int]:
    """Schedules that paused themselves or could not start their last run, and how many."""
    paused = and_(Schedule.paused_at.is_not(None), Schedule.pause_reason != "")
    failing = and_(Schedule.paused_at.is_(None), Schedule.failures > 0)
    found = or_(paused, failing)
    query = (
        select(Schedule, Project.slug)
        .join(Project, Project.id == Schedule.project_id)
        .where(found)
        .order_by(Schedule.id.desc())
    )
    rows = [(schedule, slug) for schedule, slug in session.execute(query.limit(limit))]
    total = session.scalar(select(func.count(Schedule.id)).where(found)) if rows else 0
    return rows, total or 0


def last_reasons(session: ReadSession, schedule_ids: Collection[int]) -> dict[int, str]:
    """Why the last failed firing of each schedule failed."""
    query = (
        select(ScheduleFiring.schedule_id, ScheduleFiring.reason)
        .where(
            ScheduleFiring.schedule_id.in_(schedule_ids), ScheduleFiring.outcome == Outcome.FAILED
        )
        .order_by(ScheduleFiring.id)
    )
    return {row.schedule_id: row.reason for row in session.execute(query)}


def read_watch(session: ReadSession) -> ScheduleWatch | None:
    """Who watches the clock."""
    return session.get(ScheduleWatch, WATCH_ID, populate_existing=True)


def lock_watch(session: WriteSession) -> ScheduleWatch:
    """The row of who watches; whoever else wants it waits for the transaction's end."""
    query = select(ScheduleWatch).where(ScheduleWatch.id == WATCH_ID).with_for_update()
    fresh = query.execution_options(populate_existing=True)
    found = session.scalar(fresh)
    if found is None:
        try:
            with session.begin_nested():
                session.add(ScheduleWatch(id=WATCH_ID))
        except IntegrityError:  # another server was first
            session.expire_all()
        found = session.scalars(fresh).one()
    return found


def forget_firings(session: WriteSession, before: dt.datetime) -> int:
    """Deletes what became of firings before a time, except of those that still wait."""
    statement = delete(ScheduleFiring).where(ScheduleFiring.last_fire_at < before, _is_settled())
    return cast("CursorResult[None]", session.execute(statement)).rowcount


def _is_settled() -> ColumnElement[bool]:
    return ScheduleFiring.outcome != Outcome.WAITING
