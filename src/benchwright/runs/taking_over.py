"""Runs that another system carried out, as runs of Benchwright."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from benchwright.kit.db import WriteSession
from benchwright.runs import repository
from benchwright.runs.models import Run
from benchwright.runs.state import RunKind, RunState
from benchwright.runs.transitions import record


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
) -> Run:
    """Adds a run that has ended elsewhere; `origin` is the name of that system.

    Nothing but results shows that it went as planned: without any it is lost.

    With a whole workload in `spec` it can be run again here.
    """
    state = RunState.SUCCEEDED if results else RunState.LOST
    reason = f"Taken over from {origin}" + ("" if results else ", which kept no figures of it")
    run = Run(
        public_id=public_id,
        project_id=project_id,
        kind=kind,
        name=name,
        target=origin,
        spec=spec,
        state=state,
        reason=reason,
        planned_duration_s=planned_duration_s,
        timeout_s=timeout_s,
        workload_digest=workload_digest,
        created_at=started_at,
        started_at=started_at,
        workload_ended_at=ended_at,
        ended_at=ended_at,
        duration_s=(ended_at - started_at).total_seconds(),
        last_event_seq=0,
        warnings=[f"This run was carried out by {origin}: it has no log and no series here."],
    )
    session.add(run)
    session.flush()
    record(session, run, "state", run.reason, to_state=state)
    repository.put_results(session, run.id, results)
    return run
