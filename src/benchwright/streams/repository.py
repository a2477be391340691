"""All SQL about streamed runs."""

from __future__ import annotations

from sqlalchemy import func, select

from benchwright.kit.db import ReadSession
from benchwright.runs.models import Run
from benchwright.runs.state import RunKind, RunState


def find_newest(session: ReadSession, project_id: int, name: str, home: str) -> Run | None:
    """The newest streamed run of this name, whether it is open or not."""
    query = select(Run).where(
        Run.project_id == project_id,
        Run.kind == RunKind.PUSH,
        Run.name == name,
        Run.home == home,
    )
    return session.scalar(query.order_by(Run.id.desc()).limit(1))


def count_open(session: ReadSession, home: str) -> int:
    """How many streams are open at this installation."""
    query = select(func.count()).where(
        Run.kind == RunKind.PUSH, Run.state == RunState.RUNNING, Run.home == home
    )
    return session.scalar(query) or 0
