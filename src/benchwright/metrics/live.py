"""The runs that take in figures at the moment."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from benchwright.kit.errors import Gone, NotFound, Problem, Unavailable
from benchwright.metrics.ingest_counts import IngestCounts
from benchwright.metrics.journal import JOURNAL_NAME
from benchwright.metrics.rules import AutoStopRule

if TYPE_CHECKING:
    from benchwright.metrics.cells import Cell
    from benchwright.metrics.live_run import LiveRun

MAX_OPEN_RUNS = 256
REMOTE_WRITE = "remote_write"
_REMEMBERED = 10_000


class SecondSink(Protocol):
    """Gets every complete second of every run; called under a run's lock, so it must not wait."""

    def begin(self, run_id: UUID) -> None:
        """A run is opened; the seconds of its journal come again."""
        ...

    def take(self, run_id: UUID, cell: Cell, scenarios: Sequence[str]) -> None:
        """A second is complete; `scenarios` are the keys by place, from 1 on."""
        ...

    def end(self, run_id: UUID) -> None:
        """A run is over and has no more seconds."""
        ...


class LiveRegistry:
    """Opens, finds and seals live runs; every method may be called from any thread.

    `open` and `close` read or write whole files and belong in a worker thread.
    """

    def __init__(self) -> None:
        self.counts = IngestCounts()
        self.sink: SecondSink | None = None
        self._runs: dict[UUID, LiveRun] = {}
        self._sealed: dict[UUID, None] = {}
        self._lock = threading.Lock()

    def open(
        self,
        run_id: UUID,
        folder: Path,
        scenario_names: Mapping[str, str] | None = None,
        rules: Sequence[AutoStopRule] = (),
    ) -> LiveRun:
        """The live run, made on the first call; replays the journal that a former server left.

        `scenario_names` are the names for people by scenario key, in the order of showing.
        """
        run = self._runs.get(run_id)
        if run is not None:
            return run
        from benchwright.metrics.live_run import LiveRun  # with numpy, which the start does without

        with self._lock:
            run = self._runs.get(run_id)
            if run is None:
                if len(self._runs) >= MAX_OPEN_RUNS:
                    raise Unavailable(f"{MAX_OPEN_RUNS} runs are under way; wait for one to end.")
                if self.sink is not None:
                    self.sink.begin(run_id)
                run = LiveRun(run_id, folder, scenario_names or {}, rules, self.sink)
                self._runs[run_id] = run
                self._sealed.pop(run_id, None)
            return run

    @property
    def open_runs(self) -> int:
        """How many runs take in figures here."""
        return len(self._runs)

    def get(self, run_id: UUID) -> LiveRun | None:
        """The live run, or nothing if it is not open (not started here, or sealed)."""
        return self._runs.get(run_id)

    def ingest(self, run_id: UUID, body: bytes, received_ms: int, instance: str = "") -> None:
        """Hands a push to its run; raises `NotFound` or `Gone` if there is none to take it."""
        try:
            run = self._runs.get(run_id)
            if run is None:
                if run_id in self._sealed:
                    raise Gone("The run is over; it takes no more figures.")
                raise NotFound("No run with this id is under way on this server.")
            samples = run.ingest(body, received_ms, instance)
        except Problem as problem:
            self.counts.refuse(REMOTE_WRITE, problem.kind)
            raise
        self.counts.take(REMOTE_WRITE, samples=samples, size_bytes=len(body))

    def close(self, run_id: UUID, folder: Path | None = None) -> Path | None:
        """Ends a run's figures and writes its series; may be repeated after a failure.

        `folder` finds the journal of a run that is not open here. Answers the series' file, or
        nothing if there never was a figure. Raises `Unavailable` if the file could not be
        written; the journal is kept then.
        """
        from benchwright.metrics.sealing import SERIES_NAME, seal

        run = self._runs.get(run_id)
        if run is not None:
            run.close()
            folder = run.folder
            if self.sink is not None:
                self.sink.end(run_id)
        if folder is None:
            return None
        seal(folder)
        with self._lock:
            self._runs.pop(run_id, None)
            self._sealed[run_id] = None
            while len(self._sealed) > _REMEMBERED:
                self._sealed.pop(next(iter(self._sealed)))
        path = folder / SERIES_NAME
        return path if path.exists() else None

    def discard(self, run_id: UUID) -> None:
        """Forgets a run and its journal without keeping anything."""
        run = self._runs.pop(run_id, None)
        if run is not None:
            run.close()
            if self.sink is not None:
                self.sink.end(run_id)
            (run.folder / JOURNAL_NAME).unlink(missing_ok=True)

    def shut_down(self) -> None:
        """Closes every journal and wakes all watchers; the runs go on after the next start."""
        for run in list(self._runs.values()):
            run.close()
        self._runs.clear()
