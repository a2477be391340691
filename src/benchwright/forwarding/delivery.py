"""The loop that sends on what waits, and tells runs of what could not be sent."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Collection
from pathlib import Path
from uuid import UUID

import anyio

from benchwright.forwarding import repository
from benchwright.forwarding.destination import Answer, Destination
from benchwright.forwarding.queue import Batch, ForwardQueue
from benchwright.forwarding.series import (
    RunLabels,
    SeriesKey,
    encode,
    encode_end,
    samples_of,
)
from benchwright.kit.db import Database
from benchwright.kit.heartbeats import Heartbeats
from benchwright.kit.threads import in_thread
from benchwright.kit.wholefile import read_json, write_json
from benchwright.runs.transitions import record
from benchwright.settings import ForwardSettings

log = logging.getLogger("benchwright.forwarding")

MAX_BATCH_SAMPLES = 5_000
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 30.0
FAREWELL_S = 3.0
"""How long a server that ends still tries to send what waits."""


class Forwarder:
    """Sends the figures of runs to one database; `cursors` is the file of what was sent."""

    def __init__(
        self,
        settings: ForwardSettings,
        database: Database,
        destination: Destination,
        cursors: Path,
        heartbeats: Heartbeats,
    ) -> None:
        self._settings = settings
        self._database = database
        self._destination = destination
        self._cursors = cursors
        self._heartbeats = heartbeats
        self._has_cleared = False
        self._labels: dict[UUID, RunLabels] = {}
        self._open_series: dict[SeriesKey, int] = {}
        self._failures = 0
        self._kept = _read_cursors(cursors)
        self.queue = ForwardQueue(settings.max_queued_samples, self._kept)
        self.sent_samples = 0
        self.last_success_at: float | None = None
        self.fault = ""
        """Why the last push failed; empty after one that was taken in."""

    async def run(self) -> None:
        """Sends every few seconds until it is cancelled, and then once more."""
        try:
            while True:
                pause_s = None
                try:
                    await in_thread(self.clear_left_over)
                    pause_s = await self.send_waiting()
                    self._heartbeats.succeeded("forwarding")
                except Exception:
                    self._heartbeats.failed("forwarding")
                    log.exception("figures could not be forwarded; trying again")
                await asyncio.sleep(self._settings.interval_s if pause_s is None else pause_s)
        finally:
            with anyio.move_on_after(FAREWELL_S, shield=True):
                await self.send_waiting()
            with anyio.CancelScope(shield=True):
                await self._destination.aclose()

    async def send_waiting(self) -> float | None:
        """Sends all that waits; after a failure, how long to wait before the next attempt."""
        pause_s = None
        while pause_s is None and (batch := self.queue.next_batch(MAX_BATCH_SAMPLES)) is not None:
            try:
                pause_s = await self._send(batch)
            except BaseException:
                self.queue.put_back()
                raise
        # While the database is away, what has ended cannot be told to it.
        finished = set(self.queue.finished()) if pause_s is None else set()
        await self._end_series(finished)
        await in_thread(self._settle, finished)
        return pause_s

    async def _send(self, batch: Batch) -> float | None:
        labels = await in_thread(self._labels_of, batch.run_ids)
        body, samples = await in_thread(encode, batch.seconds, labels, self._settings.labels)
        if not samples:
            self.queue.confirm()
            return None
        answer = await self._destination.push(body)
        if answer.fault and not answer.is_final:
            self.queue.put_back()
            return self._note_failure(answer)
        self._failures = 0
        if answer.fault:
            self._note_fault(answer.fault)
            self.queue.refuse(answer.fault)
            return None
        self.fault = ""
        self.sent_samples += samples
        self.last_success_at = time.time()
        for second in batch.seconds:
            if second.run_id in labels:
                for key, _ in samples_of(second):
                    self._open_series[key] = second.second
        self.queue.confirm()
        return None

    def _note_failure(self, answer: Answer) -> float:
        self._failures += 1
        self._note_fault(answer.fault)
        pause_s = min(FIRST_PAUSE_S * 2.0 ** min(self._failures - 1, 20), LONGEST_PAUSE_S)
        return max(pause_s * random.uniform(0.9, 1.1), answer.wait_s or 0.0)

    def _note_fault(self, fault: str) -> None:
        if fault != self.fault:
            log.warning("figures could not be forwarded: %s", fault)
        self.fault = fault

    async def _end_series(self, finished: Collection[UUID]) -> None:
        """Ends the series of runs of which nothing more comes; if that fails, it was a courtesy."""
        keys = {key: last for key, last in self._open_series.items() if key.run_id in finished}
        if keys:
            body = await in_thread(encode_end, keys, self._labels, self._settings.labels)
            await self._destination.push(body)
            for key in keys:
                del self._open_series[key]

    def _labels_of(self, run_ids: Collection[UUID]) -> dict[UUID, RunLabels]:
        """The labels of those runs that are to be forwarded."""
        unknown = [run_id for run_id in run_ids if run_id not in self._labels]
        if unknown:
            # A run without the tag is asked for again each time: it may get it meanwhile.
            with self._database.read() as session:
                found = repository.find_runs(session, unknown, self._settings.tag)
            for run in found:
                if self._is_wanted(run):
                    names = {
                        s["key"]: s.get("name", s["key"]) for s in run.spec.get("scenarios", [])
                    }
                    self._labels[run.public_id] = RunLabels(
                        str(run.public_id), run.name, run.project, names
                    )
        return {run_id: self._labels[run_id] for run_id in run_ids if run_id in self._labels}

    def clear_left_over(self) -> None:
        """Tells runs that ended before all was sent, when a former server ended too."""
        left_over = self.queue.left_over
        if self._has_cleared or not left_over:
            self._has_cleared = True
            return
        with self._database.read() as session:
            found = repository.find_runs(session, left_over, self._settings.tag)
        for run in found:
            if run.has_ended and self._is_wanted(run):
                self._tell(
                    run.public_id, "Its last figures were not forwarded: the server ended first"
                )
        goes_on = {run.public_id for run in found if not run.has_ended}
        self.queue.forget_left_over(left_over - goes_on)
        self._has_cleared = True

    def _settle(self, finished: Collection[UUID]) -> None:
        """Tells runs what they lost: at the first loss, and how much it was when all is over."""
        for run_id, stream in list(self.queue.streams.items()):
            if stream.lost > stream.told and (not stream.told or run_id in finished):
                lost = stream.lost
                if self._labels_of([run_id]):
                    self._tell(run_id, f"{lost} samples were not forwarded: {stream.reason}")
                stream.told = lost
        for run_id in finished:
            self.queue.forget(run_id)
            self._labels.pop(run_id, None)
        cursors = self.queue.cursors()
        if cursors != self._kept:
            write_json(self._cursors, {str(run_id): last for run_id, last in cursors.items()})
            self._kept = cursors

    def _tell(self, run_id: UUID, message: str) -> None:
        with self._database.write() as session:
            run = repository.lock_run(session, run_id)
            if run is not None:
                record(session, run, "forwarding_gap", message)

    def _is_wanted(self, run: repository.ForwardedRun) -> bool:
        return run.is_tagged or self._settings.runs == "all"


def _read_cursors(path: Path) -> dict[UUID, int]:
    kept = read_json(path) or {}
    try:
        return {UUID(run_id): int(last) for run_id, last in kept.items()}
    except (TypeError, ValueError):
        return {}
