"""Rules of streamed runs: the first write opens one, silence or a call ends it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping

from benchwright.kit.db import WriteSession, now
from benchwright.kit.errors import Conflict, Invalid, Unavailable
from benchwright.projects import service as projects
from benchwright.runs import service as runs
from benchwright.runs.models import Run
from benchwright.runs.repository import Holder, clock
from benchwright.runs.state import RunKind, RunState, StopReason
from benchwright.runs.transitions import record
from benchwright.streams import repository
from benchwright.streams.schemas import StreamKey, StreamSpec

LATE = dt.timedelta(seconds=30)
"""What comes so long after the end and is older than it is the rest of the ended run."""

MAX_OPEN = 100
"""Streams that may be open at once; each keeps its newest figures in memory."""

TARGET = "stream"


class StreamOver(Conflict):
    """These points are older than the end of the run that they belong to."""


def find_or_open(  # noqa: PLR0913  # what the row of a run needs, by keyword
    session: WriteSession,
    key: StreamKey,
    *,
    spec: StreamSpec,
    newest_at: dt.datetime,
    closed: Mapping[uuid.UUID, dt.datetime],
    holder: Holder,
    lease_s: float,
    timeout_s: float,
    public_id: uuid.UUID,
) -> tuple[Run, bool]:
    """The run that a write belongs to, and whether it was opened for it.

    `closed` are runs that take in nothing more although the database says so yet, with their
    ends. Raises `StreamOver` for points from before the end of a run of this name that has just
    ended: a sender that flushes late must not begin anew.
    """
    at = now()
    project = projects.get_project(session, key.project)
    newest = repository.find_newest(session, project.id, key.name, holder.home)
    if newest is not None:
        ended_at = closed.get(newest.public_id) or newest.workload_ended_at
        if ended_at is None and newest.stop_reason is None:
            return newest, False
        ended_at = ended_at or newest.stop_requested_at or at
        if newest_at <= ended_at and at - ended_at < LATE:
            raise StreamOver(
                f"The run “{key.name}” is over, and these points are from before its end."
            )
    if repository.count_open(session, holder.home) >= MAX_OPEN:
        raise Unavailable(f"{MAX_OPEN} streams are open; wait for one to end, or finish one.")
    run = Run(
        public_id=public_id,
        project_id=project.id,
        kind=RunKind.PUSH,
        name=key.name,
        target=TARGET,
        home=holder.home,
        spec=spec.model_dump(),
        state=RunState.RUNNING,
        reason="The first figures came in",
        handle={"executor": TARGET, "name": key.name, "run_id": str(public_id)},
        timeout_s=timeout_s,
        started_at=at,
        created_at=at,
        last_seen_at=at,
        lease_owner=holder.owner,
        lease_until=clock(session) + dt.timedelta(seconds=lease_s),
        lease_epoch=1,
        last_event_seq=0,
    )
    session.add(run)
    session.flush()
    record(session, run, "state", run.reason, to_state=RunState.RUNNING)
    return run, True


def note_refused(session: WriteSession, run_id: uuid.UUID, limit: int) -> None:
    """Records that further series are not taken in."""
    run = runs.get_run(session, run_id)
    message = f"The run has {limit} series; points of further ones are refused"
    record(session, run, "refused", message)
    run.warnings = [
        *run.warnings,
        f"{message}. Give points fewer different tag values, or split them over several runs.",
    ]


def finish_run(session: WriteSession, run: Run) -> None:
    """Ends a streamed run; asking again changes nothing. Raises `Invalid` for another kind."""
    if run.kind is not RunKind.PUSH:
        message = "only a run that another tool streams in can be finished; stop this one"
        raise Invalid("The run was not finished.", [{"field": "run_id", "message": message}])
    if not run.state.is_final:
        runs.request_stop(session, run, StopReason.USER, "Finished by its sender or a user")
