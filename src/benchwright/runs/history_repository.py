"""All SQL of the history of one load test."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import func, select, tuple_

from benchwright.kit.db import ReadSession
from benchwright.runs.models import Result, Run
from benchwright.runs.state import UNFINISHED, RunState


class PastRun(NamedTuple):
    """A run that has ended, without its figures."""

    id: int
    public_id: uuid.UUID
    name: str
    state: RunState
    verdict: str | None
    started_at: dt.datetime
    workload_digest: str | None
    doubts: list[str]


def ended_runs(session: ReadSession, load_test_id: int, limit: int) -> list[PastRun]:
    """The newest runs of a load test that started and have ended, the oldest of them first."""
    query = (
        select(
            Run.id, Run.public_id, Run.name, Run.state, Run.verdict, Run.started_at,
            Run.workload_digest, Run.doubts,
        )
        .where(
            Run.load_test_id == load_test_id,
            Run.state.not_in(UNFINISHED),
            Run.started_at.is_not(None),
        )
        .order_by(Run.id.desc())
        .limit(limit)
    )  # fmt: skip
    found: list[PastRun] = [PastRun(*row) for row in session.execute(query)]  # type: ignore[arg-type]  # it started
    return found[::-1]


def count_ended(session: ReadSession, load_test_id: int) -> int:
    """How many runs of a load test started and have ended."""
    query = select(func.count()).where(
        Run.load_test_id == load_test_id,
        Run.state.not_in(UNFINISHED),
        Run.started_at.is_not(None),
    )
    return session.scalar(query) or 0


def values(
    session: ReadSession,
    run_ids: Collection[int],
    benchmark: str,
    keys: Collection[tuple[str, str]],
) -> dict[tuple[int, str, str], float]:
    """The results of one scenario, or with "" of the whole runs, by run, metric and stat."""
    query = select(Result.run_id, Result.metric, Result.stat, Result.value).where(
        Result.run_id.in_(run_ids),
        Result.benchmark == benchmark,
        tuple_(Result.metric, Result.stat).in_(keys),
    )
    return {(run_id, metric, stat): value for run_id, metric, stat, value in session.execute(query)}
