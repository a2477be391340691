"""All SQL of exports."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import UUID

from sqlalchemy import select

from benchwright.exports.tables import RunFacts
from benchwright.kit.db import ReadSession
from benchwright.projects.models import Project
from benchwright.runs import list_repository
from benchwright.runs.models import Result, Run
from benchwright.runs.repository import ResultRow
from benchwright.runs.run_filter import RunFilter


def find_runs(session: ReadSession, public_ids: Sequence[UUID]) -> Iterator[RunFacts]:
    """Those of the runs that exist."""
    query = (
        select(
            Run.id, Run.public_id, Run.name, Project.slug, Run.state, Run.started_at,
            Run.spec["scenarios"].label("scenarios"),
        )
        .join(Project, Project.id == Run.project_id)
        .where(Run.public_id.in_(public_ids))
    )  # fmt: skip
    for row in session.execute(query):
        names = {s["key"]: s.get("name", s["key"]) for s in row.scenarios or ()}
        yield RunFacts(
            row.id, row.public_id, row.name, row.slug, row.state.value, row.started_at, names
        )


def pick_ids(session: ReadSession, narrow: RunFilter, limit: int) -> list[UUID]:
    """The runs that a filter leaves, oldest first."""
    query = select(Run.public_id).where(*list_repository.conditions(narrow))
    return list(session.scalars(query.order_by(Run.id).limit(limit)))


def list_results(session: ReadSession, run_id: int) -> list[ResultRow]:
    """All scalars of a run, in a stable order."""
    query = select(
        Result.benchmark, Result.metric, Result.stat, Result.value, Result.unit, Result.better
    ).where(Result.run_id == run_id)
    ordered = query.order_by(Result.benchmark, Result.metric, Result.stat)
    return [ResultRow(*row) for row in session.execute(ordered)]
