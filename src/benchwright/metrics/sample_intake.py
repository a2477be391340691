"""Points of line protocol on their way into the live figures of a run."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping

from benchwright.metrics.cells import Cell
from benchwright.metrics.histogram import Histogram
from benchwright.metrics.memory import FigureMemory
from benchwright.metrics.sample_frames import decode_samples
from benchwright.metrics.samples import MAX_SERIES, Sampled, SampleSeries, SampleTable
from benchwright.metrics.slots import Slot, SlotTable

AHEAD_S = 2
"""Live figures believe clocks that are so far ahead; stored series believe all."""


class SampleIntake:
    """Finds what samples mean for live figures; holds its own lock while points are read."""

    def __init__(self, slots: SlotTable, memory: FigureMemory, running: list[float]) -> None:
        self.lock = threading.Lock()
        self.table = SampleTable(MAX_SERIES)
        self._slots = slots
        self._memory = memory
        self._running = running
        self._by_series: dict[SampleSeries, Slot | None] = {}

    def replay(self, payload: bytes, received_ms: int) -> list[Cell]:
        """Takes in what a journal kept; raises `ValueError` for a payload that makes no sense."""
        frame = decode_samples(payload)
        self.table.learn(frame.fresh)
        known = self.table.series
        seconds: dict[int, dict[SampleSeries, Sampled]] = {}
        try:
            for number, second, value in frame.rows:
                seconds.setdefault(second, {})[known[number]] = value
        except IndexError:
            raise ValueError("the frame names a series that is not known") from None
        return self.apply(seconds, received_ms)

    def apply(
        self, seconds: Mapping[int, Mapping[SampleSeries, Sampled]], received_ms: int
    ) -> list[Cell]:
        """Counts samples in the seconds that they belong to; answers those that changed."""
        changed: dict[int, Cell] = {}
        for second in sorted(seconds):
            row = [
                (slot, value)
                for series, value in seconds[second].items()
                if (slot := self._slot(series)) is not None
            ]
            if row:
                cell = self._memory.cell(min(second, received_ms // 1000 + AHEAD_S))
                count_samples(cell, row, self._running, self._memory)
                cell.gauges |= self._slots.gauges()
                changed[cell.second] = cell
        return list(changed.values())

    def _slot(self, series: SampleSeries) -> Slot | None:
        try:
            return self._by_series[series]
        except KeyError:
            slot = self._slots.adopt(series.name, series.sent, dict(series.labels))
            self._by_series[series] = slot
            return slot


def count_samples(
    cell: Cell,
    row: Iterable[tuple[Slot, Sampled]],
    running: list[float],
    memory: FigureMemory,
    span_s: int = 1,
) -> None:
    """Adds what series gained to a second that fills, and keeps what gauges were last."""
    overall = cell.scope(0)
    for slot, value in row:
        scope = cell.scope(slot.scope) if slot.scope else None
        if isinstance(value, Histogram):
            if value.count:
                overall.observe(value)
                if scope is not None:
                    scope.observe(value)
        elif slot.gauge:
            slot.last_value = value
        elif value:
            for count in slot.counts:
                running[count] += value
                overall.counts[count] += value
                overall.rates[count] += value / span_s
                if scope is not None:
                    scope.counts[count] += value
                    scope.rates[count] += value / span_s
            if slot.failure is not None:
                memory.failures.add(slot.failure, cell.second, value)
