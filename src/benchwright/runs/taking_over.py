"""Runs that another system carried out, as runs of Benchwright."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any, NamedTuple

from benchwright.executors.port import Handle
from benchwright.kit.db import WriteSession
from benchwright.runs import repository
from benchwright.runs.models import Run
from benchwright.runs.state import RunKind, RunState
from benchwright.runs.transitions import record


class Outcome(NamedTuple):
    """How a run ended elsewhere, as far as that is known, and where it was."""

    state: RunState
    reason: str
    warnings: Sequence[str] = ()
    target: str | None = None
    home: str | None = None
    exit_code: int | None = None


def add_ended_run(  # noqa: PLR0913  # the columns of a row, by keyword
    session: WriteSession,
    *,
    public_id: uuid.UUID,
    project_id: int,
    kind: RunKind,
    name: str,
    spec: dict[str, Any],
    origin: str,
    started_at: dt.datetime,
    ended_at: dt.datetime,
    planned_duration_s: float | None,
    timeout_s: float,
    workload_digest: str | None,
    results: Sequence[tuple[Any, ...]],
    outcome: Outcome | None = None,
) -> Run:
    """Adds a run that has ended elsewhere; `origin` is the name of that system.

    Without an `outcome` nothing but results shows that it went as planned: with none it is lost.

    With a whole workload in `spec` it can be run again here.
    """
    taken_over = f"Taken over from {origin}"
    end = outcome or Outcome(
        RunState.SUCCEEDED if results else RunState.LOST,
        taken_over if results else f"{taken_over}, which kept no figures of it",
        [f"This run was carried out by {origin}: it has no log and no series here."],
    )
    run = Run(
        public_id=public_id,
        project_id=project_id,
        kind=kind,
        name=name,
        target=end.target or origin,
        home=end.home,
        spec=spec,
        state=end.state,
        reason=end.reason,
        exit_code=end.exit_code,
        planned_duration_s=planned_duration_s,
        timeout_s=timeout_s,
        workload_digest=workload_digest,
        created_at=started_at,
        started_at=started_at,
        workload_ended_at=ended_at,
        ended_at=ended_at,
        duration_s=(ended_at - started_at).total_seconds(),
        last_event_seq=0,
        warnings=list(end.warnings),
    )
    session.add(run)
    session.flush()
    record(session, run, "state", run.reason, to_state=end.state)
    repository.put_results(session, run.id, results)
    return run


def add_running_run(  # noqa: PLR0913  # the columns of a row, by keyword
    session: WriteSession,
    *,
    public_id: uuid.UUID,
    project_id: int,
    kind: RunKind,
    name: str,
    spec: dict[str, Any],
    origin: str,
    target: str,
    home: str,
    handle: Handle,
    started_at: dt.datetime,
    timeout_s: float,
    workload_digest: str | None,
    warnings: Sequence[str] = (),
) -> Run:
    """Adds a run whose workload another system started and which may go on still.

    It is driven from here on like any other: watched, collected, and removed from its target.
    """
    run = Run(
        public_id=public_id,
        project_id=project_id,
        kind=kind,
        name=name,
        target=target,
        home=home,
        spec=spec,
        handle=dict(handle),
        state=RunState.RUNNING,
        reason=f"Taken over from {origin}",
        planned_duration_s=None,
        timeout_s=timeout_s,
        workload_digest=workload_digest,
        created_at=started_at,
        started_at=started_at,
        last_event_seq=0,
        warnings=list(warnings),
    )
    session.add(run)
    session.flush()
    record(session, run, "state", run.reason, to_state=RunState.RUNNING)
    return run
