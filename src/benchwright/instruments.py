"""Connects runs with the package that measures them."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from benchwright.compat.metric_vault.names import job_name
from benchwright.influxdb.registry import RelayRegistry
from benchwright.kit.db import Database
from benchwright.kit.threads import in_thread
from benchwright.kit.wholefile import read_json, write_json
from benchwright.metrics.live import LiveRegistry
from benchwright.metrics.rules import AutoStopRule
from benchwright.metrics.telemetry import TelemetrySampler
from benchwright.metrics.usage_telemetry import UsageReader
from benchwright.runs import service as runs
from benchwright.runs.feed import Points
from benchwright.runs.folder import RunFolder
from benchwright.runs.models import Run
from benchwright.runs.progress_board import ProgressBoard, Told
from benchwright.runs.state import RunKind
from benchwright.runs.workload import LiveFigures

if TYPE_CHECKING:
    from benchwright.metrics.live_run import LiveRun

FIGURES_NAME = "figures.json"
HERE = frozenset({"local", "docker:local"})
"""Targets that are this machine: only its disks and processors can be looked at."""


class Instruments:
    """Follows running workloads and gives out their points."""

    def __init__(
        self, live: LiveRegistry, relays: RelayRegistry, database: Database, progress: ProgressBoard
    ) -> None:
        self._live = live
        self._relays = relays
        self._progress = progress
        self._database = database
        self._samplers: dict[uuid.UUID, TelemetrySampler] = {}

    async def follow(
        self,
        run: Run,
        folder: RunFolder,
        process_ids: list[int],
        read_usage: UsageReader | None = None,
    ) -> str | None:
        """Takes in the run's figures and samples its processes; why it should stop, if so."""
        live = self._live.get(run.public_id)
        if live is None:
            live = await in_thread(self._open, run, folder)
        if run.kind is RunKind.PUSH:
            return None  # what this machine does says nothing about another's work
        if self._relays.is_configured and run.spec.get("influxdb", True):
            self._relays.open(run.public_id, job_name(run))
            await self._note(run.public_id, self._relays.take_notes(run.public_id))
        sampler = self._samplers.get(run.public_id)
        if sampler is None:
            sampler = self._samplers[run.public_id] = TelemetrySampler(
                live,
                is_here=run.target in HERE,
                read_report=self._progress.reader(run.public_id)
                if run.kind is RunKind.JOB
                else None,
            )
            sampler.start()
        sampler.watch(process_ids, read_usage)
        return live.breach.reason if live.breach else None

    def _open(self, run: Run, folder: RunFolder) -> LiveRun:
        names = {s["key"]: s["name"] for s in run.spec.get("scenarios", [])}
        rules = [AutoStopRule(**rule) for rule in run.spec.get("auto_stop", [])]
        return self._live.open(run.public_id, folder.root, names, rules)

    async def seal(self, run: Run, folder: RunFolder) -> LiveFigures:
        """Writes the finished series; what it would take with it is kept beside it first."""
        sampler = self._samplers.pop(run.public_id, None)
        if sampler is not None:
            await sampler.stop()
        notes, warnings = await self._relays.close(run.public_id)
        await self._note(run.public_id, notes)
        return await in_thread(self._seal, run, folder, warnings)

    async def _note(self, run_id: uuid.UUID, notes: Sequence[str]) -> None:
        if notes:
            await in_thread(self._write_notes, run_id, notes)

    def _write_notes(self, run_id: uuid.UUID, notes: Sequence[str]) -> None:
        with self._database.write() as session:
            runs.note(session, run_id, "influxdb", notes)

    def _seal(self, run: Run, folder: RunFolder, warnings: Sequence[str]) -> LiveFigures:
        path = folder.root / FIGURES_NAME
        kept = read_json(path)
        if kept is not None:
            figures = LiveFigures(**kept)
        elif not folder.root.exists():
            return LiveFigures()
        else:
            live = self._live.get(run.public_id) or self._open(run, folder)
            # A job may use all of its machine: it generates no load whose figures that would spoil.
            is_load = run.kind is RunKind.LOAD_TEST
            busy = live.saturation.warnings() if is_load else []
            figures = LiveFigures(
                generator_cpu_max=live.saturation.host_cpu_max,
                generator_is_busy=is_load and live.saturation.is_saturated,
                dropped_iterations=live.dropped_iterations,
                auto_stop=live.breach.inputs if live.breach else None,
                warnings=[*live.warnings, *busy, *warnings],
            )
            write_json(path, asdict(figures))
        self._live.close(run.public_id, folder.root)
        return figures

    def points_after(self, run: Run, after_ms: int) -> Points | None:
        """The points behind the cursor, as far as they are still held."""
        live = self._live.get(run.public_id)
        if live is None:
            return None
        batch = live.points_since(after_ms)
        if not batch.points:
            return None
        data = b"[" + b",".join(point.data for point in batch.points) + b"]"
        return Points(data, batch.cursor_ms, batch.skipped)

    def progress_told(self, run: Run) -> Told | None:
        """What the workload of a job says of its progress."""
        return self._progress.look(run.public_id) if run.kind is RunKind.JOB else None

    def share_done(self, run: Run) -> float | None:
        """How much of a run is done (0..1) whose length a number of iterations decides."""
        planned = run.spec.get("planned_iterations")
        live = self._live.get(run.public_id)
        return live.iterations / planned if planned and live is not None else None

    async def wait(self, run_id: uuid.UUID, after_ms: int, timeout_s: float) -> int:
        """The newest point's time, when it is behind `after_ms` or the timeout is over."""
        live = self._live.get(run_id)
        if live is None or live.closed:
            await asyncio.sleep(timeout_s)
            return after_ms
        await live.wait(after_ms, timeout_s)
        return live.cursor_ms

    async def shut_down(self) -> None:
        """Stops sampling and closes the journals; the runs go on."""
        for sampler in self._samplers.values():
            await sampler.stop()
        self._samplers.clear()
        for run_id, notes in (await self._relays.shut_down()).items():
            await self._note(run_id, notes)
        await in_thread(self._live.shut_down)


def read_figures(folder: RunFolder) -> dict[str, Any] | None:
    """What was measured beside the report of an ended run; None when nothing was."""
    return read_json(folder.root / FIGURES_NAME)
