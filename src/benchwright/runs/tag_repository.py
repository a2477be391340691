"""All SQL about the tags of runs."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, func, literal, select
from sqlalchemy.dialects import postgresql, sqlite

from benchwright.kit.db import ReadSession, WriteSession
from benchwright.runs.models import Run, RunTag


def replace(session: WriteSession, run: Run, tags: Sequence[str]) -> None:
    """Gives the run these tags and no others."""
    session.execute(delete(RunTag).where(RunTag.run_id == run.id, RunTag.tag.not_in(tags)))
    add(session, [run.id], tags)


def add(session: WriteSession, run_ids: Sequence[int], tags: Sequence[str]) -> None:
    """Gives the runs these tags beside those that they have."""
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    insert = sqlite.insert if is_sqlite else postgresql.insert
    for tag in tags:
        rows = select(Run.id, literal(tag), Run.project_id).where(Run.id.in_(run_ids))
        statement = insert(RunTag).from_select(["run_id", "tag", "project_id"], rows)
        session.execute(statement.on_conflict_do_nothing())


def remove(session: WriteSession, run_ids: Sequence[int], tags: Sequence[str]) -> None:
    """Takes these tags from the runs."""
    session.execute(delete(RunTag).where(RunTag.run_id.in_(run_ids), RunTag.tag.in_(tags)))


def count_most(session: ReadSession, run_ids: Sequence[int]) -> int:
    """How many tags that of these runs has that has the most."""
    per_run = select(func.count()).where(RunTag.run_id.in_(run_ids)).group_by(RunTag.run_id)
    return session.scalar(select(func.max(per_run.subquery().c[0]))) or 0
