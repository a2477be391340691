"""Seconds as a live run hands them over."""

from __future__ import annotations

from benchwright.metrics.cells import Cell
from benchwright.metrics.figures import Count
from benchwright.metrics.histogram import observe

START = 1_800_000_000


def cell(second: int, requests: int = 1, *, failed: int = 0, **gauges: float) -> Cell:
    """A second in which one scenario sent requests of 100 ms each."""
    made = Cell(second, gauges=dict(gauges))
    for place in (0, 1):
        scope = made.scope(place)
        scope.counts[Count.REQUESTS] += requests
        scope.rates[Count.REQUESTS] += requests
        scope.counts[Count.FAILED] += failed
        scope.rates[Count.FAILED] += failed
        scope.observe(observe([0.1] * requests))
    return made
