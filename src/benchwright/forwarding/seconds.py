"""One second of a run as it is forwarded, and the totals that its run has reached by then."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from benchwright.metrics.cells import Cell
from benchwright.metrics.figures import COUNTS, PERCENTILES, Count, percentiles_ms
from benchwright.metrics.gauge_names import GAUGE_NAMES

TOTALS = COUNTS + 2
"""The counts, then how many requests were answered and in how many seconds all in all."""
FIGURES = TOTALS + 2 + len(PERCENTILES)
"""The totals, then requests and failed ones per second, then percentiles in seconds."""


class Second(NamedTuple):
    """Figures by scenario key, those of the whole run under the empty one."""

    run_id: UUID
    second: int
    scopes: list[tuple[str, array[float]]]
    gauges: Mapping[str, float]

    @property
    def samples(self) -> int:
        """How many samples it becomes at most."""
        return len(self.scopes) * FIGURES + len(self.gauges)


class Totals:
    """What a run has counted so far, by the place of its scopes: 0 is the whole run."""

    def __init__(self) -> None:
        self._totals: list[array[float]] = []

    def add(self, run_id: UUID, cell: Cell, scenarios: Sequence[str]) -> Second:
        """Adds a second that is complete; without any push it has gauges only."""
        scopes = []
        if cell.scopes:
            while len(self._totals) <= len(scenarios):
                self._totals.append(array("d", bytes(8 * TOTALS)))
            scopes = [
                (key, self._figures(cell, place)) for place, key in enumerate(["", *scenarios])
            ]
        # Those that machines and workloads name would be series without end.
        gauges = {name: value for name, value in cell.gauges.items() if name in GAUGE_NAMES}
        return Second(run_id, cell.second, scopes, gauges)

    def _figures(self, cell: Cell, place: int) -> array[float]:
        totals, scope = self._totals[place], cell.scopes.get(place)
        if scope is None:
            return totals + array("d", [0.0, 0.0, *percentiles_ms(None)])
        for count, value in enumerate(scope.counts):
            totals[count] += value
        if scope.durations is not None:
            totals[COUNTS] += scope.durations.count
            totals[COUNTS + 1] += scope.durations.sum
        rates = scope.rates[Count.REQUESTS], scope.rates[Count.FAILED]
        percentiles = (value / 1000 for value in percentiles_ms(scope.durations))
        return totals + array("d", [*rates, *percentiles])
