"""The only place that changes a run's state."""

from __future__ import annotations

from typing import Any

from benchwright.kit.db import WriteSession, now
from benchwright.kit.errors import Conflict
from benchwright.runs.models import Run, RunEvent
from benchwright.runs.state import TRANSITIONS, RunState


def transition(session: WriteSession, run: Run, to: RunState, reason: str) -> RunEvent:
    """Moves the run and records why, in the caller's transaction.

    Raises `Conflict` for a move that `TRANSITIONS` does not name.
    """
    if to not in TRANSITIONS[run.state]:
        raise Conflict(f"A run that is {run.state.value} cannot become {to.value}.")
    at = now()
    came_from, run.state, run.reason = run.state, to, reason
    if to is RunState.RUNNING and run.started_at is None:
        run.started_at = at
    if to.is_final:
        run.ended_at = at
        if run.started_at is not None:
            took = (run.workload_ended_at or at) - run.started_at
            run.duration_s = max(took.total_seconds(), 0.0)
        run.stale_since = None
        run.lease_owner = run.lease_until = None
    return record(session, run, "state", reason, from_state=came_from, to_state=to)


def record(
    session: WriteSession,
    run: Run,
    type_: str,
    message: str,
    *,
    from_state: RunState | None = None,
    to_state: RunState | None = None,
    data: dict[str, Any] | None = None,
) -> RunEvent:
    """Appends an event to the run's history."""
    run.last_event_seq += 1
    event = RunEvent(
        run_id=run.id,
        seq=run.last_event_seq,
        at=now(),
        type=type_,
        from_state=from_state.value if from_state else None,
        to_state=to_state.value if to_state else None,
        message=message,
        data=data or {},
    )
    session.add(event)
    return event
