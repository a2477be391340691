"""All SQL about runs."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    and_,
    delete,
    func,
    or_,
    select,
    text,
    update,
)

from benchwright.kit.db import ReadSession, WriteSession, now
from benchwright.runs.models import Artifact, Result, Run, RunEvent, Verdict
from benchwright.runs.state import RunState

ACTIVE = (RunState.LAUNCHING, RunState.RUNNING, RunState.COLLECTING)
OCCUPYING = (RunState.LAUNCHING, RunState.RUNNING)
LISTED_RESULTS = {
    ("http_reqs", "rate"): "requests_per_s",
    ("http_req_duration", "p95"): "response_time_p95_ms",
    ("http_req_failed", "rate"): "error_rate",
}
"""The results of the whole run that are kept on its row too, by metric and stat."""
RESULT_COLUMNS = ("benchmark", "metric", "stat", "value", "unit", "better")


class ResultRow(NamedTuple):
    """One scalar of a run."""

    benchmark: str
    metric: str
    stat: str
    value: float
    unit: str
    better: str


class Holder(NamedTuple):
    """Who drives runs: the name on its leases, and the installation that it works for."""

    owner: str
    home: str


def find(session: ReadSession, public_id: uuid.UUID) -> Run | None:
    """The run of this id, if there is one."""
    return session.scalar(select(Run).where(Run.public_id == public_id))


def count_occupying(session: ReadSession, target: str, home: str) -> int:
    """How many places of the target are taken, on the machine of this home."""
    query = select(func.count()).where(Run.target == target, Run.state.in_(OCCUPYING), _at(home))
    return session.scalar(query) or 0


def _at(home: str) -> ColumnElement[bool]:
    """What an installation can drive: runs of its own, and those that need no machine."""
    return or_(Run.home.is_(None), Run.home == home)


def _queued(holder: Holder, at: dt.datetime) -> ColumnElement[bool]:
    mine = or_(Run.lease_owner == holder.owner, Run.lease_until.is_(None), Run.lease_until < at)
    return and_(Run.state == RunState.QUEUED, mine, _at(holder.home))


def waiting_targets(session: ReadSession, holder: Holder, at: dt.datetime) -> list[str]:
    """The targets that runs of this holder wait for."""
    query = select(Run.target).where(_queued(holder, at), Run.stop_reason.is_(None)).distinct()
    return list(session.scalars(query))


def to_reconcile(
    session: ReadSession, holder: Holder, at: dt.datetime, free: Mapping[str, int]
) -> list[uuid.UUID]:
    """Active runs of this owner, queued ones that were stopped, and the next of each queue."""
    active = select(Run.public_id).where(Run.state.in_(ACTIVE), Run.lease_owner == holder.owner)
    queued = select(Run.public_id).where(_queued(holder, at))
    stopped = queued.where(Run.stop_reason.is_not(None)).limit(100)
    found = [*session.scalars(active), *session.scalars(stopped)]
    for target, places in free.items():
        if places > 0:
            waiting = queued.where(Run.stop_reason.is_(None), Run.target == target)
            found += session.scalars(waiting.order_by(Run.id).limit(places))
    return found


def claim_abandoned(
    session: WriteSession, holder: Holder, at: dt.datetime, until: dt.datetime, *, restart: bool
) -> int:
    """Takes over active runs whose holder fell silent; at a restart also the owner's own."""
    abandoned: ColumnElement[bool] = or_(Run.lease_until.is_(None), Run.lease_until < at)
    if restart:
        abandoned = or_(abandoned, Run.lease_owner == holder.owner)
    else:
        abandoned = abandoned & (or_(Run.lease_owner.is_(None), Run.lease_owner != holder.owner))
    statement = (
        update(Run)
        .where(Run.state.in_(ACTIVE), abandoned, _at(holder.home))
        .values(lease_owner=holder.owner, lease_until=until, lease_epoch=Run.lease_epoch + 1)
    )
    return session.execute(statement).rowcount  # type: ignore[attr-defined, no-any-return]  # a CursorResult


def renew_leases(session: WriteSession, owner: str, until: dt.datetime) -> None:
    """Keeps the owner's unfinished runs for longer."""
    statement = update(Run).where(Run.lease_owner == owner, Run.ended_at.is_(None))
    session.execute(statement.values(lease_until=until))


def release_leases(session: WriteSession, owner: str) -> None:
    """Lets go of all of the owner's runs, so that another server may take them at once."""
    session.execute(
        update(Run).where(Run.lease_owner == owner).values(lease_owner=None, lease_until=None)
    )


def clock(session: ReadSession) -> dt.datetime:
    """The database's time: servers that share it need not agree on their own."""
    if session.get_bind().dialect.name == "sqlite":
        return now()
    value: dt.datetime = session.execute(text("SELECT clock_timestamp()")).scalar_one()
    return value.astimezone(dt.UTC)


def put_results(session: WriteSession, run_id: int, rows: Sequence[tuple[Any, ...]]) -> None:
    """Writes scalars given as tuples in the order of `RESULT_COLUMNS`, replacing equal keys."""
    if not rows:
        return
    mark = "?" if session.get_bind().dialect.name == "sqlite" else "%s"
    # Straight to the driver: there are up to 100,000 rows, and compiling parameters for each
    # would take longer than writing it.
    session.connection().exec_driver_sql(
        PUT_RESULT.format(marks=", ".join([mark] * 6), run_id=int(run_id)), list(rows)
    )
    listed = {
        LISTED_RESULTS[metric, stat]: value
        for benchmark, metric, stat, value, *_ in rows
        if benchmark == "" and (metric, stat) in LISTED_RESULTS
    }
    if listed:
        session.execute(update(Run).where(Run.id == run_id).values(listed))


PUT_RESULT = """
INSERT INTO result (run_id, benchmark, metric, stat, value, unit, better)
VALUES ({run_id}, {marks})
ON CONFLICT (run_id, benchmark, metric, stat)
DO UPDATE SET value = excluded.value, unit = excluded.unit, better = excluded.better
"""


def list_results(session: ReadSession, run: Run) -> list[ResultRow]:
    """All scalars of a run, in a stable order."""
    query = select(
        Result.benchmark, Result.metric, Result.stat, Result.value, Result.unit, Result.better
    ).where(Result.run_id == run.id)
    ordered = query.order_by(Result.benchmark, Result.metric, Result.stat)
    # As tuples: a run may have thousands, and an object of the session for each takes its time.
    return [ResultRow(*row) for row in session.execute(ordered)]


def whole_run_results(session: ReadSession, run_ids: Sequence[int]) -> dict[int, list[ResultRow]]:
    """The scalars of each whole run."""
    query = select(Result).where(Result.run_id.in_(run_ids), Result.benchmark == "")
    found: dict[int, list[ResultRow]] = {}
    for row in session.scalars(query):
        values = ResultRow(*(getattr(row, name) for name in RESULT_COLUMNS))
        found.setdefault(row.run_id, []).append(values)
    return found


def whole_run_values(session: ReadSession, public_id: uuid.UUID) -> dict[tuple[str, str], float]:
    """The scalars of the whole run by metric and stat."""
    query = (
        select(Result.metric, Result.stat, Result.value)
        .join(Run, Result.run_id == Run.id)
        .where(Run.public_id == public_id, Result.benchmark == "")
    )
    return {(metric, stat): value for metric, stat, value in session.execute(query)}


def replace_verdicts(session: WriteSession, run: Run, verdicts: Sequence[Verdict]) -> None:
    """Stores the verdicts of a run in place of those from an earlier attempt to collect."""
    session.execute(delete(Verdict).where(Verdict.run_id == run.id))
    session.add_all(verdicts)


def list_verdicts(session: ReadSession, run: Run) -> Sequence[Verdict]:
    """The verdicts of a run, the run's own first."""
    rows = session.scalars(select(Verdict).where(Verdict.run_id == run.id).order_by(Verdict.id))
    return sorted(rows, key=lambda verdict: verdict.subject != "run")


def replace_artifacts(session: WriteSession, run: Run, artifacts: Sequence[Artifact]) -> None:
    """Stores what lies in the run's folder in place of what was listed before."""
    session.execute(delete(Artifact).where(Artifact.run_id == run.id))
    session.add_all(artifacts)


def list_artifacts(session: ReadSession, run: Run) -> Sequence[Artifact]:
    """The artifacts of a run by path."""
    query = select(Artifact).where(Artifact.run_id == run.id)
    return session.scalars(query.order_by(Artifact.path)).all()


def list_events(session: ReadSession, run_id: int, after: int, limit: int) -> Sequence[RunEvent]:
    """The events of a run behind `after`, in order."""
    query = select(RunEvent).where(RunEvent.run_id == run_id, RunEvent.seq > after)
    return session.scalars(query.order_by(RunEvent.seq).limit(limit)).all()
