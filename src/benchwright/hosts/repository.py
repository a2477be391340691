"""All SQL about hosts, and about which runs are on them."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence

from sqlalchemy import func, or_, select

from benchwright.hosts.models import Host
from benchwright.kit.db import ReadSession, WriteSession
from benchwright.projects.models import Project
from benchwright.runs.models import Run
from benchwright.runs.repository import OCCUPYING
from benchwright.runs.state import UNFINISHED, RunState


def find(session: ReadSession, name: str, *, lock: bool = False) -> Host | None:
    """The host of this name; locked, no other transaction reads it so until this one ends."""
    query = select(Host).where(Host.name == name)
    return session.scalar(query.with_for_update() if lock else query)


def find_by_id(session: ReadSession, host_id: int) -> Host | None:
    """The host of this key."""
    return session.get(Host, host_id)


def list_hosts(session: ReadSession) -> Sequence[Host]:
    """All hosts, oldest first."""
    return session.scalars(select(Host).order_by(Host.id)).all()


def add(session: WriteSession, host: Host) -> Host:
    """Adds a host."""
    session.add(host)
    session.flush()
    return host


def count_occupying(session: ReadSession, targets: Collection[str], home: str | None) -> int:
    """How many runs take a place of these targets; with `home`, on that installation's machine."""
    query = select(func.count()).where(Run.target.in_(targets), Run.state.in_(OCCUPYING))
    if home is not None:
        query = query.where(or_(Run.home.is_(None), Run.home == home))
    return session.scalar(query) or 0


def unfinished_of(session: ReadSession, targets: Collection[str], limit: int) -> Sequence[Run]:
    """Runs of these targets that have not ended, in the order of the queue."""
    query = select(Run).where(Run.target.in_(targets), Run.state.in_(UNFINISHED))
    return session.scalars(query.order_by(Run.id).limit(limit)).all()


def count_unfinished(session: ReadSession, target: str) -> int:
    """How many runs of a target have not ended."""
    query = select(func.count()).where(Run.target == target, Run.state.in_(UNFINISHED))
    return session.scalar(query) or 0


def count_queued_before(session: ReadSession, run: Run) -> int:
    """How many runs of the same target come before this one in the queue."""
    query = select(func.count()).where(
        Run.target == run.target,
        Run.state == RunState.QUEUED,
        Run.stop_reason.is_(None),
        Run.id < run.id,
    )
    return session.scalar(query) or 0


def count_queued(session: ReadSession, target: str) -> int:
    """How many runs wait for a target."""
    query = select(func.count()).where(
        Run.target == target, Run.state == RunState.QUEUED, Run.stop_reason.is_(None)
    )
    return session.scalar(query) or 0


def occupying_of(session: ReadSession, targets: Collection[str], limit: int) -> Sequence[Run]:
    """The runs that take the places of these targets, oldest first."""
    query = select(Run).where(Run.target.in_(targets), Run.state.in_(OCCUPYING))
    return session.scalars(query.order_by(Run.id).limit(limit)).all()


def runs_of_ids(
    session: ReadSession, public_ids: Collection[uuid.UUID]
) -> dict[uuid.UUID, tuple[Run, str]]:
    """Runs with the slug of their project, by id."""
    query = (
        select(Run, Project.slug)
        .join(Project, Project.id == Run.project_id)
        .where(Run.public_id.in_(public_ids))
    )
    return {run.public_id: (run, slug) for run, slug in session.execute(query)}
