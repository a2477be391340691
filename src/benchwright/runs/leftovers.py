"""What targets still hold of runs that have ended: a crash between the end and the clean-up."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping

from benchwright.executors.port import Executor, Handle
from benchwright.kit.db import Database
from benchwright.kit.threads import in_thread
from benchwright.runs import repository
from benchwright.runs.models import Run

_NAME = re.compile(r"bw-(?P<run_id>[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})-\d+")


def workload_name(run: Run) -> str:
    """The name that the run's workload has on every target."""
    return f"bw-{run.public_id}-{run.attempt}"


def run_of(handle: Handle) -> uuid.UUID | None:
    """The run that a workload belongs to, as its name says; None for a foreign name."""
    match = _NAME.fullmatch(str(handle["name"]))
    return uuid.UUID(match["run_id"]) if match else None


async def remove_leftovers(database: Database, executors: Mapping[str, Executor]) -> int:
    """Removes the workloads of ended runs from all targets; returns how many there were.

    Runs that this database does not know may be another's, and are left alone.
    """
    removed = 0
    for executor in executors.values():
        handles = {run_id: handle for handle in await executor.list_handles()
                   if (run_id := run_of(handle)) is not None}  # fmt: skip
        for run_id in await in_thread(_ended, database, handles):
            await executor.remove(handles[run_id])
            removed += 1
    return removed


def _ended(database: Database, run_ids: Iterable[uuid.UUID]) -> list[uuid.UUID]:
    with database.read() as session:
        return [
            run_id
            for run_id in run_ids
            if (run := repository.find(session, run_id)) is not None and run.state.is_final
        ]
