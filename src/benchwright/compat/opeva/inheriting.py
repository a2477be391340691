"""Takes over the jobs of a folder that an OPEVA backend worked on before."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from benchwright.compat.opeva import job_files, repository
from benchwright.compat.opeva.evidence import Evidence, outcome_of, read_evidence
from benchwright.compat.opeva.facts import TRACKED
from benchwright.compat.opeva.history import add_history, adopt
from benchwright.compat.opeva.hosts import find_host
from benchwright.compat.opeva.names import is_container_of, parse_job_id
from benchwright.compat.opeva.track import Entry, JobTrack
from benchwright.executors.port import Executor, Handle, Observation, Phase
from benchwright.hosts.models import LOCAL, Host
from benchwright.kit.db import ReadSession, in_chunks, now
from benchwright.kit.errors import Problem
from benchwright.kit.threads import in_thread
from benchwright.lab import Lab
from benchwright.runs.folder import RunFolder

logger = logging.getLogger("benchwright.compat")

AT_ONCE = 8
YOUNG = dt.timedelta(days=30)
"""A job without a sign of life for so long does not run, wherever its host may be."""
MAX_TEXT = 1000


@dataclass(frozen=True)
class Inherited:
    """A job that only `job_track.json` knows."""

    job_id: uuid.UUID
    record: dict[str, Any]
    host: str | None
    """The name of the host here, if there is one for it."""


class TakenOver(NamedTuple):
    """How many jobs became runs, and which wait for their host to be added here."""

    added: int
    waiting: frozenset[uuid.UUID]


def _handle(lab: Lab, job: Inherited) -> Handle | None:
    """What finds the job's container; only one that has the job's own name is ever touched.

    It is asked for by that name: whoever could write the file could write any id into it.
    """
    name = job.record["container_name"]
    if job.host is None or not is_container_of(job.job_id, name):
        return None
    folder = RunFolder.of(lab.settings.data_dir, job.job_id)
    return {
        "executor": "docker",
        "name": name,
        "id": name,
        "run_id": str(job.job_id),
        "log_path": str(folder.log),
        "folder": str(folder.root),
        "max_log_bytes": lab.settings.executors.process.max_log_bytes,
    }


async def take_over(
    lab: Lab,
    track: JobTrack,
    executors: Mapping[str, Executor],
    only: Collection[uuid.UUID] | None = None,
) -> TakenOver:
    """Makes runs of the jobs that are not known here, or of some; again, it adds nothing."""
    found = await in_thread(_find_new, lab, track)
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(job: Inherited) -> bool:
        async with gate:
            handle = _handle(lab, job)
            seen = None
            if handle is not None:
                executor = executors[f"docker:{job.host}"]
                seen = await executor.observe(handle)
                if seen.phase is Phase.EXITED:
                    await _collect(executor, handle)
            return await in_thread(_add, lab, job, handle, seen)

    wanted = [job for job in found if only is None or job.job_id in only]
    added = await asyncio.gather(*(one(job) for job in wanted))
    await in_thread(_care_for, lab, track)
    waiting = [job for job, is_added in zip(wanted, added, strict=True) if not is_added]
    if any(added):
        logger.info("jobs of an OPEVA backend were taken over: %d", sum(added))
    if waiting and only is None:
        hosts = ", ".join(sorted({str(job.record["target_host"]) for job in waiting})[:10])
        logger.warning("jobs that may run wait until their hosts are added here: %s", hosts)
    return TakenOver(sum(added), frozenset(job.job_id for job in waiting))


async def _collect(executor: Executor, handle: Handle) -> None:
    """Reads what an ended container printed, and its results from a host that shares no folder."""
    if await in_thread(Path(handle["log_path"]).exists):
        return
    try:
        await executor.collect(handle, Path(handle["folder"]))
    except (Problem, OSError, ValueError) as error:
        logger.warning("the log of %s could not be read: %s", handle["name"], error)


def _find_new(lab: Lab, track: JobTrack) -> list[Inherited]:
    entries = _unknown_entries(track)
    with lab.database.read() as session:
        present = _present(session, list(entries))
        return [
            _read(job_id, entry, find_host(session, _text(entry, "target_host") or LOCAL))
            for job_id, entry in entries.items()
            if job_id not in present
        ]


def _care_for(lab: Lab, track: JobTrack) -> None:
    """From here on entries leave the file when their runs are deleted."""
    with lab.database.read() as session:
        present = _present(session, list(_unknown_entries(track)))
    if present:
        track.adopt([str(job_id) for job_id in present])


def _unknown_entries(track: JobTrack) -> dict[uuid.UUID, Entry]:
    known = track.known()
    return {
        job_id: entry
        for text, entry in track.read().items()
        if text not in known and (job_id := parse_job_id(text)) is not None
    }


def _present(session: ReadSession, job_ids: list[uuid.UUID]) -> set[uuid.UUID]:
    present: set[uuid.UUID] = set()
    for ids in in_chunks(job_ids):
        present |= repository.known_among(session, ids)
    return present


def _read(job_id: uuid.UUID, entry: Entry, host: Host | None) -> Inherited:
    record = {name: _text(entry, name) for name in TRACKED}
    record["job_name"] = record["job_name"] or str(job_id)
    record["target_host"] = record["target_host"] or LOCAL
    name = host.name if host is not None else None
    return Inherited(job_id, record, name)


def _text(entry: Entry, name: str) -> str:
    value = entry.get(name)
    if not isinstance(value, str):
        return ""
    # No database takes these.
    return value[:MAX_TEXT].replace("\0", "").encode("utf-8", "replace").decode()


def _add(lab: Lab, job: Inherited, handle: Handle | None, seen: Observation | None) -> bool:
    """Whether it is a run now; False while a job that may run waits for its host."""
    at = now()
    evidence = read_evidence(RunFolder.of(lab.settings.data_dir, job.job_id).root, at)
    if handle is not None and seen is not None and _may_run(seen, evidence):
        adopt(lab, job.job_id, job.record, str(job.host), handle, seen, evidence)
        return True
    state, reason = outcome_of(evidence.result, seen)
    if job.host is None and evidence.result is job_files.NOTHING:
        if at - evidence.last_written_at < YOUNG:
            return False
        host = job.record["target_host"]
        reason = f"It left no result, and its host {host!r} is none of the hosts here"
    add_history(lab, job.job_id, job.record, job.host, state, reason, seen, evidence)
    return True


def _may_run(seen: Observation, evidence: Evidence) -> bool:
    """Whether the job goes on, or may: a host that does not answer proves nothing."""
    if seen.phase is Phase.RUNNING:
        return True
    return seen.phase is Phase.UNREACHABLE and evidence.result is job_files.NOTHING
