"""Takes over the jobs of a folder that an OPEVA backend worked on before."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from benchwright.compat.opeva import job_files, repository
from benchwright.compat.opeva.evidence import Evidence, outcome_of, read_evidence
from benchwright.compat.opeva.facts import TRACKED
from benchwright.compat.opeva.history import add_history, adopt
from benchwright.compat.opeva.hosts import find_host
from benchwright.compat.opeva.names import parse_job_id
from benchwright.compat.opeva.track import Entry, JobTrack
from benchwright.executors.docker.adoption import adopted_handle
from benchwright.executors.port import Executor, Handle, Observation, Phase
from benchwright.hosts.models import LOCAL
from benchwright.kit.db import in_chunks, now
from benchwright.kit.threads import in_thread
from benchwright.lab import Lab
from benchwright.runs.folder import RunFolder

logger = logging.getLogger("benchwright.compat")

AT_ONCE = 8
MAX_TEXT = 1000


@dataclass(frozen=True)
class Inherited:
    """A job that only `job_track.json` knows."""

    job_id: uuid.UUID
    record: dict[str, Any]
    container_id: str | None
    host: str | None
    """The name of the host here, if there is one for it."""

    @property
    def target(self) -> str | None:
        return None if self.host is None else f"docker:{self.host}"

    @property
    def handle(self) -> Handle | None:
        if self.container_id is None or self.host is None:
            return None
        return adopted_handle(self.container_id, str(self.record["container_name"]))


async def take_over(lab: Lab, track: JobTrack, executors: Mapping[str, Executor]) -> int:
    """Makes runs of the jobs that are not known here; again, it adds nothing. Returns how many."""
    found = await in_thread(_find_new, lab, track)
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(job: Inherited) -> None:
        async with gate:
            seen = await _observe(job, executors)
            await in_thread(_add, lab, job, seen)

    await asyncio.gather(*(one(job) for job in found))
    if found:
        logger.info("jobs of an OPEVA backend were taken over: %d", len(found))
    return len(found)


def _find_new(lab: Lab, track: JobTrack) -> list[Inherited]:
    known = track.known()
    entries = {
        job_id: entry
        for text, entry in track.read().items()
        if text not in known and (job_id := parse_job_id(text)) is not None
    }
    with lab.database.read() as session:
        present: set[uuid.UUID] = set()
        for ids in in_chunks(list(entries)):
            present |= repository.known_among(session, ids)
        return [
            _read(job_id, entry, (host := find_host(session, _host_of(entry))) and host.name)
            for job_id, entry in entries.items()
            if job_id not in present
        ]


def _host_of(entry: Entry) -> str:
    return _text(entry, "target_host") or LOCAL


def _read(job_id: uuid.UUID, entry: Entry, host: str | None) -> Inherited:
    record = {name: _text(entry, name) for name in TRACKED}
    record["job_name"] = record["job_name"] or str(job_id)
    record["target_host"] = record["target_host"] or LOCAL
    return Inherited(job_id, record, record["container_id"] or None, host)


def _text(entry: Entry, name: str) -> str:
    value = entry.get(name)
    if not isinstance(value, str):
        return ""
    # No database takes these.
    return value[:MAX_TEXT].replace("\0", "").encode("utf-8", "replace").decode()


async def _observe(job: Inherited, executors: Mapping[str, Executor]) -> Observation | None:
    if job.target is None or job.handle is None:
        return None
    return await executors[job.target].observe(job.handle)


def _add(lab: Lab, job: Inherited, seen: Observation | None) -> None:
    at = now()
    evidence = read_evidence(RunFolder.of(lab.settings.data_dir, job.job_id).root, at)
    if job.handle is not None and seen is not None and _may_run(seen, evidence):
        adopt(lab, job.job_id, job.record, str(job.host), job.handle, seen, evidence)
    else:
        state, reason = outcome_of(evidence.result, seen)
        if job.host is None and evidence.result is job_files.NOTHING:
            reason = (
                f"It left no result, and its host {job.record['target_host']!r} is none of the"
                " hosts here"
            )
        add_history(lab, job.job_id, job.record, job.host, state, reason, seen, evidence)


def _may_run(seen: Observation, evidence: Evidence) -> bool:
    """Whether the job goes on, or may: a host that does not answer proves nothing."""
    if seen.phase is Phase.RUNNING:
        return True
    return seen.phase is Phase.UNREACHABLE and evidence.result is job_files.NOTHING
