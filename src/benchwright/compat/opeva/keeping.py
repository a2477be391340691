"""Keeps `job_track.json` in step with the runs that are jobs of this interface."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Mapping
from typing import Annotated, cast

from fastapi import Depends, Request

from benchwright.compat.opeva import repository
from benchwright.compat.opeva.facts import container_of, track_entry
from benchwright.compat.opeva.inheriting import take_over
from benchwright.compat.opeva.track import JobTrack
from benchwright.executors.port import Executor
from benchwright.kit.threads import in_thread
from benchwright.lab import Lab
from benchwright.projects.service import DEFAULT_SLUG, get_project

logger = logging.getLogger("benchwright.compat")

INTERVAL_S = 2.0
RETRY_S = 10.0
"""Pause between two attempts to take over jobs whose hosts were not there yet."""
WHOLE_INTERVAL_S = 60.0
"""Pause between two looks at all jobs: between them only those that may gain a container count."""


class TrackKeeper:
    """Level-triggered: whatever was missed, by a crash too, the next look finds."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        with lab.database.read() as session:
            # Made with the database, and there as long as it is.
            database_id = str(get_project(session, DEFAULT_SLUG).public_id)
        self.track = JobTrack(lab.settings.data_dir, lab.settings.private_dir, database_id)
        self._lock = threading.Lock()
        self._floor = 0
        """The least id of a run that may still be missing in the file."""
        self._whole_at = 0.0

    async def keep(self, executors: Mapping[str, Executor]) -> None:
        """Takes over what came with the folder, then looks again and again until it is cancelled."""
        taken = await take_over(self.lab, self.track, executors)
        retry_at = time.monotonic() + RETRY_S
        while True:
            await in_thread(self.look)
            if taken.waiting and time.monotonic() > retry_at:
                taken = await take_over(self.lab, self.track, executors, taken.waiting)
                retry_at = time.monotonic() + RETRY_S
            self.lab.heartbeats.succeeded("opeva")
            await asyncio.sleep(INTERVAL_S)

    def look(self) -> None:
        """Writes what is new, and now and then removes what is gone."""
        whole = time.monotonic() >= self._whole_at
        self.note_launched(whole=whole)
        if whole:
            self.forget_deleted()
            self._whole_at = time.monotonic() + WHOLE_INTERVAL_S

    def note_launched(self, *, whole: bool = False) -> None:
        """Adds the jobs that have a container by now."""
        with self._lock:
            since = 0 if whole else self._floor
            with self.lab.database.read() as session:
                jobs = repository.list_jobs(session, self.lab.home, since)
            known = self.track.known() if jobs else set()
            fresh = {
                str(job.public_id): track_entry(job)
                for job in jobs
                if container_of(job) and str(job.public_id) not in known
            }
            if fresh:
                self.track.put(fresh)
            waiting = [
                job.id for job in jobs
                if not container_of(job) and not job.state.is_final
            ]  # fmt: skip
            if jobs:
                self._floor = min(waiting, default=jobs[-1].id + 1)

    def forget_deleted(self) -> None:
        """Removes the jobs whose runs were deleted, by whatever way."""
        with self._lock:
            known = self.track.known()
            if not known:
                return
            with self.lab.database.read() as session:
                present = {str(job_id) for job_id in repository.list_job_ids(session)}
            if gone := known - present:
                self.track.drop(gone)


def _keeper(request: Request) -> TrackKeeper:
    return cast("TrackKeeper", request.app.state.opeva_keeper)


KeeperDep = Annotated[TrackKeeper, Depends(_keeper)]
