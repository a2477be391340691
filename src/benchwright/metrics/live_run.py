"""The figures of one run while it is under way, in memory and in its journal."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from benchwright.kit.errors import Gone, Problem, Unavailable
from benchwright.metrics.cells import Cell
from benchwright.metrics.figures import (
    COUNT_NAMES,
    COUNTS,
    FIGURE_NAMES,
    Count,
    column,
    to_json,
)
from benchwright.metrics.gauge_names import REPORTED_PREFIX, is_gauge, name_gauge, split_gauge
from benchwright.metrics.gauges import MAX_GAUGES
from benchwright.metrics.grid import SILENCE_MS, Place, SecondGrid
from benchwright.metrics.journal import JOURNAL_NAME, Frame, FrameType, Journal, read_frames
from benchwright.metrics.line_protocol import Point
from benchwright.metrics.memory import FigureMemory
from benchwright.metrics.naming import MetricName
from benchwright.metrics.points import KEPT_POINTS, Batch, PointLog
from benchwright.metrics.remote_write import EncodedSeries, Reading, read_value, split_push
from benchwright.metrics.rules import AutoStopRule, Breach
from benchwright.metrics.sample_frames import encode_samples
from benchwright.metrics.sample_intake import SampleIntake, count_samples
from benchwright.metrics.saturation import Saturation
from benchwright.metrics.schemas import Failures, HeatMap, Selection, Timeline
from benchwright.metrics.slots import Slot, SlotTable
from benchwright.metrics.sums import LiveSums
from benchwright.metrics.watch import RuleWatch

if TYPE_CHECKING:
    from benchwright.metrics.live import SecondSink

log = logging.getLogger(__name__)


class LiveRun:
    """Takes in pushes and telemetry from any thread; watchers read without a lock.

    `ingest` and `record_telemetry` block on the journal's file and belong in a worker thread.
    `points_since` and `wait` belong to the event loop.
    """

    def __init__(
        self,
        run_id: UUID,
        folder: Path,
        scenario_names: Mapping[str, str],
        rules: Sequence[AutoStopRule] = (),
        sink: SecondSink | None = None,
    ) -> None:
        self.run_id = run_id
        self.folder = folder
        self.scenario_names = dict(scenario_names)
        self.warnings: list[str] = []
        self.saturation = Saturation()
        self.has_figures = False
        self.closed = False
        self._sink = sink
        self._watch = RuleWatch(rules, self.scenario_names)
        self._lock = threading.Lock()
        self._slots = SlotTable(self.scenario_names)
        self._grid = SecondGrid()
        self._memory = FigureMemory(self._slots, self._fold)
        self._running = [0.0] * COUNTS
        self._samples = SampleIntake(self._slots, self._memory, self._running)
        self._telemetry: dict[str, float] = {}
        self._sampled_names: set[str] = set()
        self._sampled_metrics: dict[str, MetricName] = {}
        self._last_push_ms = 0
        self._points = PointLog()
        path = folder / JOURNAL_NAME
        self._journal = Journal(path)
        for frame in read_frames(path):
            self._replay(frame)

    # -- taking in --------------------------------------------------------------------------

    def ingest(self, body: bytes, received_ms: int, instance: str = "") -> int:
        """Takes in one remote write body of a sender; how many series it had.

        Raises `BadRequest` or `TooLarge` before anything changed, `Gone` after the end, and
        `Unavailable` if the journal could not be written: then the figures are shown live, but
        the stored series lacks them.
        """
        series = split_push(body)
        with self._lock:
            if self.closed:
                raise Gone("The run is over; it takes no more figures.")
            readings = self._read(instance, series)
            problem = None
            try:
                self._journal.append_push(received_ms, instance, body)
            except Unavailable as error:
                problem = error
                self._warn(error.detail)
            self._apply(self._grid.place(instance, received_ms), readings, received_ms)
        self._points.notify()
        if problem is not None:
            raise problem
        return len(series)

    def ingest_points(self, points: Iterable[Point], received_ms: int) -> int:
        """Takes in points of line protocol once the disk has them; how many values were refused.

        Raises `Gone` after the end and `Unavailable`, with nothing taken in, if they could not be
        written.
        """
        with self._samples.lock:
            batch = self._samples.table.bring_together(points)
            with self._lock:
                if self.closed:
                    raise Gone("The run is over; it takes no more figures.")
                if batch.seconds:
                    self._journal.append_samples(received_ms, encode_samples(batch))
                    self._samples.table.announce()
                self._show(self._samples.apply(batch.seconds, received_ms), received_ms)
        self._points.notify()
        return batch.refused

    def record_telemetry(self, figures: Mapping[str, float], at_ms: int) -> None:
        """Takes in one sample of host and process figures; never raises for a full disk."""
        with self._lock:
            if self.closed:
                return
            try:
                self._journal.append_telemetry(at_ms, figures)
            except Unavailable as error:
                self._warn(error.detail)
            published = self._apply_telemetry(figures, at_ms)
        if published:
            self._points.notify()

    def close(self) -> None:
        """Ends taking in and wakes all watchers; may be called again."""
        with self._lock:
            if not self.closed:
                self.closed = True
                self._journal.close()
                self._memory.close()
        self._points.notify()

    # -- watching ---------------------------------------------------------------------------

    @property
    def cursor_ms(self) -> int:
        """The cursor of the newest point; 0 before the first."""
        return self._points.cursor_ms

    def points_since(self, after_ms: int) -> Batch:
        """What was published after a cursor, in time order; never blocks."""
        return self._points.since(after_ms)

    async def wait(self, after_ms: int, timeout_s: float) -> bool:
        """Waits for a point after the cursor or the end; false if there was neither in time."""
        return await self._points.wait(after_ms, lambda: self.closed, timeout_s)

    # -- asking -----------------------------------------------------------------------------

    @property
    def breach(self) -> Breach | None:
        """The auto-stop rule that was broken first, with its figures."""
        return self._watch.breach

    @property
    def metrics(self) -> list[MetricName]:
        """The metrics that were pushed or sampled so far."""
        return sorted({**self._sampled_metrics, **self._slots.metrics}.values())

    @property
    def iterations(self) -> int:
        """Iterations that have ended so far."""
        return int(self._running[Count.ITERATIONS])

    @property
    def dropped_iterations(self) -> int | None:
        """Iterations that k6 could not start in time; unknown before the first push."""
        return int(self._running[Count.DROPPED_ITERATIONS]) if self.has_figures else None

    def timeline(
        self,
        from_ms: int | None = None,
        to_ms: int | None = None,
        points: int = 900,
        scenario: str | None = None,
    ) -> Timeline:
        """Figures over time in the finest step that covers the range with so many points."""
        with self._lock:
            return self._memory.timeline(
                from_ms, to_ms, points, scenario, live=not self.closed, cursor_ms=self.cursor_ms
            )

    def sums(self) -> LiveSums:
        """What was counted so far, and the newest gauges."""
        with self._lock:
            return self._memory.sums()

    def heat_map(self, selection: Selection) -> HeatMap:
        """How long the requests of the whole run took, over time."""
        with self._lock:
            return self._memory.heat_map(selection)

    @property
    def failures(self) -> Failures:
        """What failed so far."""
        with self._lock:
            return self._memory.view_failures()

    # -- the work behind --------------------------------------------------------------------

    def _replay(self, frame: Frame) -> None:
        try:
            if frame.type == FrameType.PUSH:
                instance, body = frame.push()
                readings = self._read(instance, split_push(body))
                place = self._grid.place(instance, frame.received_ms)
                self._apply(place, readings, frame.received_ms)
            elif frame.type == FrameType.SAMPLES:
                changed = self._samples.replay(frame.payload, frame.received_ms)
                self._show(changed, frame.received_ms)
            elif frame.type == FrameType.TELEMETRY:
                self._apply_telemetry(frame.telemetry(), frame.received_ms)
        except (Problem, ValueError):
            log.warning("a frame of the journal of run %s was left out", self.run_id)

    def _read(self, instance: str, series: Iterable[EncodedSeries]) -> list[tuple[Slot, Reading]]:
        readings = []
        for slot, encoded in self._slots.select(instance, series):
            reading = read_value(encoded)
            if reading is not None and (reading.histogram is not None) == slot.is_duration:
                readings.append((slot, reading))
        if self._slots.overflowed:
            self._warn(
                "There are too many series for live figures; give requests a `name` tag. "
                "The summary at the end counts everything."
            )
        return readings

    def _apply(
        self, place: Place, readings: Iterable[tuple[Slot, Reading]], received_ms: int
    ) -> None:
        cell = self._memory.cell(place.second)
        row = [(slot, slot.gained(reading)) for slot, reading in readings]
        count_samples(cell, row, self._running, self._memory, place.span_s)
        cell.gauges |= self._slots.gauges()
        self._show([cell], received_ms)

    def _show(self, changed: Sequence[Cell], received_ms: int) -> None:
        if not changed:
            return
        self._last_push_ms = received_ms
        self.has_figures = True
        for cell in changed[-KEPT_POINTS:]:
            self._publish(cell, received_ms)
        self._watch.judge(self._memory.open.values(), self._slots.scenarios)

    def _apply_telemetry(self, figures: Mapping[str, float], at_ms: int) -> bool:
        """Whether a point was published; while pushes come, they take the figures along."""
        self.saturation.observe(figures)
        self._note_metrics(figures)
        gauges = {name: value for name, value in figures.items() if is_gauge(name)}
        # What a workload reports belongs to the second in which it did so, and to no other.
        self._telemetry = {n: v for n, v in gauges.items() if not n.startswith(REPORTED_PREFIX)}
        if at_ms - self._last_push_ms <= SILENCE_MS:
            if (newest := self._memory.newest_cell) is not None:
                newest.gauges |= gauges
            return False
        cell = self._memory.cell(at_ms // 1000)
        cell.gauges |= gauges
        self._publish(cell, at_ms)
        return True

    def _note_metrics(self, figures: Mapping[str, float]) -> None:
        known = self._sampled_names
        for name in figures:
            if name not in known and len(known) < MAX_GAUGES:
                known.add(name)
                metric = name_gauge(split_gauge(name)[0])
                self._sampled_metrics[metric.metric] = metric

    def _fold(self, cell: Cell) -> None:
        self._watch.fold(cell, self._slots.scenarios)
        if self._sink is not None:
            self._sink.take(self.run_id, cell, self._slots.scenarios)

    def _publish(self, cell: Cell, at_ms: int) -> None:
        cell.gauges |= self._telemetry
        slots = self._slots
        rows = cell.figures(slots.scopes)
        point: dict[str, Any] = {
            "time_ms": cell.second * 1000,
            "overall": dict(zip(FIGURE_NAMES, column(rows[0]), strict=True)),
            "scenarios": {
                name: dict(zip(FIGURE_NAMES, column(rows[place]), strict=True))
                for place, name in enumerate(slots.scenarios, 1)
                if place in cell.scopes
            },
            "scenarios_hidden": len(slots.hidden_scenarios),
            "totals": {
                name: to_json(count) for name, count in zip(COUNT_NAMES, self._running, strict=True)
            },
            "gauges": {name: to_json(value) for name, value in cell.gauges.items()},
        }
        self._points.publish(cell.second * 1000, point, at_ms)

    def _warn(self, warning: str) -> None:
        if warning not in self.warnings and len(self.warnings) < 20:
            self.warnings.append(warning)
            log.warning("run %s: %s", self.run_id, warning)
