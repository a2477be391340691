"""What targets still hold of runs that have ended: a crash between the end and the clean-up."""

from __future__ import annotations

import asyncio
import logging
import re
import uuid
from collections.abc import Iterable, Mapping

from benchwright.executors.port import Executor, Handle, OutOfReach
from benchwright.kit.db import Database
from benchwright.kit.threads import in_thread
from benchwright.runs import repository
from benchwright.runs.models import Run

log = logging.getLogger(__name__)

_NAME = re.compile(r"bw-(?P<run_id>[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})-\d+")


def workload_name(run: Run) -> str:
    """The name that the run's workload has on every target."""
    return f"bw-{run.public_id}-{run.attempt}"


def run_of(handle: Handle) -> uuid.UUID | None:
    """The run that a workload belongs to, as its target or its name says; None for a foreign one."""
    told = str(handle.get("run_id") or "")
    try:
        return uuid.UUID(told) if told else _run_of_name(str(handle["name"]))
    except ValueError:
        return None


def _run_of_name(name: str) -> uuid.UUID | None:
    match = _NAME.fullmatch(name)
    return uuid.UUID(match["run_id"]) if match else None


async def remove_leftovers(
    database: Database, executors: Mapping[str, Executor]
) -> tuple[int, bool]:
    """Removes the workloads of ended runs; how many there were, and whether every target answered.

    Runs that this database does not know may be another's, and are left alone. The targets are
    asked at the same time: one that is away keeps nobody waiting but itself.
    """
    answers = await asyncio.gather(
        *(_clean_target(database, target, executor) for target, executor in executors.items())
    )
    return sum(count for count, _ in answers), all(is_whole for _, is_whole in answers)


async def _clean_target(database: Database, target: str, executor: Executor) -> tuple[int, bool]:
    removed = 0
    try:
        handles: dict[uuid.UUID, list[Handle]] = {}
        for handle in await executor.list_handles():
            if (run_id := run_of(handle)) is not None:
                handles.setdefault(run_id, []).append(handle)
        for run_id in await in_thread(_ended, database, handles):
            for handle in handles[run_id]:
                await executor.remove(handle)
                removed += 1
    except OutOfReach as error:
        log.debug("leftovers on %s stay for now: %s", target, error.detail)
        return removed, False
    except Exception:
        log.exception("leftovers on %s could not be removed", target)
        return removed, False
    return removed, True


def _ended(database: Database, run_ids: Iterable[uuid.UUID]) -> list[uuid.UUID]:
    with database.read() as session:
        return [
            run_id
            for run_id in run_ids
            if (run := repository.find(session, run_id)) is not None and run.state.is_final
        ]
