"""All SQL that looks across runs, load tests and projects; each in a fixed number of statements."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, ScalarSelect, String, and_, case, cast, func, or_, select
from sqlalchemy.orm import aliased, defer, load_only

from benchwright.kit.db import ReadSession
from benchwright.loadtests.models import LoadTest
from benchwright.projects.models import Project
from benchwright.runs.models import Run, Verdict
from benchwright.runs.state import UNFINISHED, RunState
from benchwright.specs.models import Spec

SPOILED = (RunState.FAILED, RunState.TIMED_OUT, RunState.LOST)


class Attention(NamedTuple):
    """Runs to look at, newest first, and how many there are in all."""

    runs: Sequence[Run]
    total: int


class ProjectRow(NamedTuple):
    """A project with what is counted of it."""

    project: Project
    load_test_count: int
    spec_count: int
    run_count: int
    last_run_id: int | None


# What lines need. A run's `spec` can be large, and lists never look into it.
LINE = load_only(
    Run.id, Run.public_id, Run.project_id, Run.load_test_id, Run.kind, Run.name, Run.state,
    Run.reason, Run.verdict, Run.warnings, Run.stop_reason, Run.planned_duration_s, Run.created_at,
    Run.started_at, Run.workload_ended_at, Run.ended_at, Run.stale_since, Run.requests_per_s,
    Run.response_time_p95_ms, Run.error_rate, raiseload=True,
)  # fmt: skip


def unfinished(session: ReadSession, limit: int) -> Sequence[Run]:
    """Runs that have not ended: the active ones first, then the queue in its order."""
    waits = case((Run.state == RunState.QUEUED, 1), else_=0)
    query = select(Run).options(LINE).where(Run.state.in_(UNFINISHED))
    return session.scalars(query.order_by(waits, Run.id).limit(limit)).all()


def count_unfinished(session: ReadSession) -> dict[RunState, int]:
    """How many runs are in each of the states that something follows."""
    query = select(Run.state, func.count()).where(Run.state.in_(UNFINISHED)).group_by(Run.state)
    return {state: count for state, count in session.execute(query)}  # noqa: C416 - `dict` does not know a row's types


def last_ended(session: ReadSession, limit: int) -> Sequence[Run]:
    """The runs that were made last, of those that have ended."""
    query = select(Run).options(LINE).where(Run.ended_at.is_not(None))
    return session.scalars(query.order_by(Run.id.desc()).limit(limit)).all()


def needing_attention(session: ReadSession, limit: int) -> Attention:
    """Stale runs, and load tests' last ended ones that missed, failed or came with warnings."""
    lasts = select(_last_run(Run.ended_at.is_not(None))).where(LoadTest.archived_at.is_(None))
    bad = or_(
        Run.verdict == "missed",
        Run.state.in_(SPOILED),
        # As text, so that one expression serves both kinds of database.
        cast(Run.warnings, String) != "[]",
    )
    stale = and_(Run.state.in_(UNFINISHED), Run.stale_since.is_not(None))
    found = or_(and_(Run.id.in_(lasts), bad), stale)
    total = func.count().over()
    query = select(Run, total).options(LINE).where(found).order_by(Run.id.desc()).limit(limit)
    rows = session.execute(query).all()
    return Attention([row[0] for row in rows], rows[0][1] if rows else 0)


def last_tested(session: ReadSession, limit: int) -> Sequence[tuple[LoadTest, str]]:
    """The load tests that ran last, that first, each with its project's slug."""
    last = _last_run()
    query = (
        select(LoadTest, Project.slug)
        .join(Project, Project.id == LoadTest.project_id)
        .where(LoadTest.archived_at.is_(None), last.is_not(None))
        .options(defer(LoadTest.plan), defer(LoadTest.script_details))
        .order_by(last.desc())
        .limit(limit)
    )
    return [(test, slug) for test, slug in session.execute(query)]


def missed_targets(session: ReadSession, run_ids: Collection[int]) -> dict[int, list[Verdict]]:
    """The verdicts on single targets that runs missed."""
    query = select(Verdict).where(
        Verdict.run_id.in_(run_ids), Verdict.judgement == "missed", Verdict.subject != "run"
    )
    found: dict[int, list[Verdict]] = {}
    for verdict in session.scalars(query.order_by(Verdict.id)):
        found.setdefault(verdict.run_id, []).append(verdict)
    return found


def _last_run(condition: ColumnElement[bool] | None = None) -> ScalarSelect[int]:
    """The id of a load test's newest run."""
    query = select(Run.id).where(Run.load_test_id == LoadTest.id).order_by(Run.id.desc()).limit(1)
    if condition is not None:
        query = query.where(condition)
    return query.correlate(LoadTest).scalar_subquery()


def list_projects(session: ReadSession, text: str, limit: int) -> tuple[Sequence[ProjectRow], int]:
    """Projects whose name, slug or description contains the text, and how many do."""
    counts = [
        select(func.count()).where(LoadTest.project_id == Project.id, LoadTest.archived_at.is_(None)),
        select(func.count()).where(Spec.project_id == Project.id),
        select(func.count()).where(Run.project_id == Project.id),
    ]  # fmt: skip
    last = select(Run.id).where(Run.project_id == Project.id).order_by(Run.id.desc()).limit(1)
    last_id = last.scalar_subquery().label("last_run_id")
    tests, specs, runs = (count.scalar_subquery() for count in counts)
    query = select(Project, tests, specs, runs, last_id)
    total = select(func.count()).select_from(Project)
    if text:
        found = or_(
            *(
                func.lower(column).contains(text.lower(), autoescape=True)
                for column in (Project.name, Project.slug, Project.description)
            )
        )
        query, total = query.where(found), total.where(found)
    query = query.order_by(last_id.desc().nulls_last(), Project.id.desc()).limit(limit)
    rows = [
        ProjectRow(project, test_count, spec_count, run_count, run_id)
        for project, test_count, spec_count, run_count, run_id in session.execute(query)
    ]
    return rows, session.scalar(total) or 0


def find_runs(session: ReadSession, ids: Collection[int]) -> dict[int, Run]:
    """Runs by their id."""
    query = select(Run).options(LINE).where(Run.id.in_(ids))
    return {run.id: run for run in session.scalars(query)}


def last_runs_of(session: ReadSession, load_test_ids: Collection[int]) -> dict[int, int]:
    """The newest run of each load test that has one, whatever its state."""
    query = select(LoadTest.id, _last_run()).where(LoadTest.id.in_(load_test_ids))
    return {test: run for test, run in session.execute(query) if run is not None}


def last_p95s(
    session: ReadSession, load_test_ids: Collection[int], runs: int
) -> dict[int, list[float | None]]:
    """The 95th percentile of the last runs of each load test, the oldest first."""
    older = aliased(Run)
    first = (
        select(older.id)
        .where(older.load_test_id == LoadTest.id)
        .order_by(older.id.desc())
        .offset(runs - 1)
        .limit(1)
        .correlate(LoadTest)
        .scalar_subquery()
    )
    query = (
        select(LoadTest.id, Run.response_time_p95_ms)
        .select_from(LoadTest)
        .join(Run, and_(Run.load_test_id == LoadTest.id, Run.id >= func.coalesce(first, 0)))
        .where(LoadTest.id.in_(load_test_ids))
        .order_by(LoadTest.id, Run.id)
    )
    found: dict[int, list[float | None]] = {}
    for load_test_id, value in session.execute(query):
        found.setdefault(load_test_id, []).append(value)
    return found


def project_slugs(session: ReadSession, ids: Collection[int]) -> dict[int, str]:
    """The slugs of projects."""
    rows = session.execute(select(Project.id, Project.slug).where(Project.id.in_(ids)))
    return {row.id: row.slug for row in rows}


def load_test_names(session: ReadSession, ids: Collection[int]) -> dict[int, str]:
    """The names of load tests."""
    rows = session.execute(select(LoadTest.id, LoadTest.name).where(LoadTest.id.in_(ids)))
    return {row.id: row.name for row in rows}


def load_test_ids(session: ReadSession, public_ids: Collection[Any]) -> dict[Any, int]:
    """The keys of load tests by their public ids."""
    query = select(LoadTest.public_id, LoadTest.id).where(LoadTest.public_id.in_(public_ids))
    return {row.public_id: row.id for row in session.execute(query)}
