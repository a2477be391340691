"""Takes in what other tools send, and knows when each stream was last heard of."""

from __future__ import annotations

import datetime as dt
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchwright.kit.db import Database, now
from benchwright.kit.disk import check_free_disk
from benchwright.kit.errors import Gone
from benchwright.metrics.journal import JOURNAL_NAME
from benchwright.metrics.line_protocol import HeadTable, Point
from benchwright.metrics.live import REMOTE_WRITE, LiveRegistry
from benchwright.metrics.samples import MAX_SERIES
from benchwright.runs.folder import RunFolder
from benchwright.runs.repository import Holder
from benchwright.streams import service
from benchwright.streams.schemas import Heard, StreamKey, StreamSpec

if TYPE_CHECKING:
    from benchwright.metrics.live_run import LiveRun

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)

LINE_PROTOCOL = "line_protocol"
"""What it is called where what came in is counted."""

MAX_REMEMBERED = 1_000


@dataclass(frozen=True)
class StreamRules:
    """The settings that streams obey."""

    data_dir: Path
    silence_s: float
    lease_s: float
    timeout_s: float
    min_free_bytes: int


class StreamDesk:
    """Finds or opens the run of each write; every method blocks, from any thread."""

    def __init__(
        self,
        database: Database,
        live: LiveRegistry,
        holder: Holder,
        rules: StreamRules,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._live = live
        self._holder = holder
        self.rules = rules
        self.clock = clock
        self.heads = HeadTable()
        self._lock = threading.Lock()
        self._open: dict[StreamKey, uuid.UUID] = {}
        self._heard: dict[uuid.UUID, Heard] = {}
        self._ended: dict[uuid.UUID, dt.datetime] = {}
        self._full: dict[uuid.UUID, None] = {}

    def take_points(
        self, key: StreamKey, spec: StreamSpec, points: Sequence[Point], received_ms: int
    ) -> int:
        """Takes in points once the disk has them; how many values were refused as too many."""
        newest_us = max(point.time_ns for point in points) // 1000
        newest_at = EPOCH + dt.timedelta(microseconds=newest_us)
        run = self._run_of(key, spec, newest_at)
        try:
            refused = run.ingest_points(points, received_ms)
        except Gone:  # it ended in between
            run = self._run_of(key, spec, newest_at)
            refused = run.ingest_points(points, received_ms)
        if refused:
            self._live.counts.refuse(LINE_PROTOCOL, "too-many-series", pushes=0, samples=refused)
            self._note_refused(run.run_id)
        return refused

    def take_push(self, key: StreamKey, spec: StreamSpec, body: bytes, instance: str) -> None:
        """Takes in a remote write body."""
        received_ms = int(time.time() * 1000)
        run = self._run_of(key, spec, now())
        try:
            samples = run.ingest(body, received_ms, instance)
        except Gone:
            samples = self._run_of(key, spec, now()).ingest(body, received_ms, instance)
        self._live.counts.take(REMOTE_WRITE, samples=samples, size_bytes=len(body))

    def ended_at(self, run_id: uuid.UUID) -> dt.datetime | None:
        """When a stream was last heard of, once it has been silent for long enough.

        From that answer on nothing is taken in for it any more. What was heard before this
        server started counts from the first call.
        """
        with self._lock:
            heard = self._heard.get(run_id)
            if heard is None:
                heard = self._heard[run_id] = Heard(self.clock(), self._written_at(run_id))
            if run_id not in self._ended and self.clock() - heard.at_s < self.rules.silence_s:
                return None
            self._end(run_id)
            return heard.at

    def heard_at(self, run_id: uuid.UUID) -> dt.datetime | None:
        """When a stream was last heard of by this server, while it is open."""
        heard = self._heard.get(run_id)
        return heard.at if heard is not None else None

    def finish(self, run_id: uuid.UUID) -> None:
        """Ends a stream without waiting for silence."""
        with self._lock:
            if run_id not in self._heard:
                self._heard[run_id] = Heard(self.clock(), self._written_at(run_id))
            self._end(run_id)

    def forget(self, run_id: uuid.UUID) -> None:
        """Drops what is known of a stream that has ended."""
        with self._lock:
            self._heard.pop(run_id, None)
            self._full.pop(run_id, None)

    def _end(self, run_id: uuid.UUID) -> None:
        self._ended[run_id] = self._heard[run_id].at
        while len(self._ended) > MAX_REMEMBERED:
            self._ended.pop(next(iter(self._ended)))
        self._open = {key: other for key, other in self._open.items() if other != run_id}

    def _run_of(self, key: StreamKey, spec: StreamSpec, newest_at: dt.datetime) -> LiveRun:
        with self._lock:
            run_id = self._open.get(key)
            if run_id is None:
                run_id = self._open[key] = self._find_or_open(key, spec, newest_at)
            self._heard[run_id] = Heard(self.clock(), now())
            run = self._live.get(run_id)
            if run is None or run.closed:
                run = self._live.open(run_id, RunFolder.of(self.rules.data_dir, run_id).root)
            return run

    def _find_or_open(self, key: StreamKey, spec: StreamSpec, newest_at: dt.datetime) -> uuid.UUID:
        check_free_disk(self.rules.data_dir, self.rules.min_free_bytes)
        with self._database.write() as session:
            run, is_new = service.find_or_open(
                session,
                key,
                spec=spec,
                newest_at=newest_at,
                closed=self._ended,
                holder=self._holder,
                lease_s=self.rules.lease_s,
                timeout_s=self.rules.timeout_s,
                public_id=uuid.uuid4(),
            )
            if is_new:
                RunFolder.of(self.rules.data_dir, run.public_id).make(
                    {"run_id": str(run.public_id), "kind": run.kind.value, "name": run.name,
                     "target": run.target, "created_at": run.created_at.isoformat()}
                )  # fmt: skip
            return run.public_id

    def _note_refused(self, run_id: uuid.UUID) -> None:
        with self._lock:
            if run_id in self._full:
                return
            self._full[run_id] = None
        with self._database.write() as session:
            service.note_refused(session, run_id, MAX_SERIES)

    def _written_at(self, run_id: uuid.UUID) -> dt.datetime:
        """When a former server wrote figures of this run last."""
        journal = RunFolder.of(self.rules.data_dir, run_id).root / JOURNAL_NAME
        try:
            return dt.datetime.fromtimestamp(journal.stat().st_mtime, dt.UTC)
        except OSError:
            return now()
