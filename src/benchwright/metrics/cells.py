"""Seconds of a run while they fill, and the coarser steps that they are folded into."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchwright.metrics.figures import COUNTS, FIGURE_NAMES, percentiles_ms
from benchwright.metrics.gauges import GaugeNames, GaugeRow
from benchwright.metrics.histogram import Histogram

Figures = NDArray[np.float32]
"""One row per scope (overall first, then the scenarios), one column per figure."""


class TierShape(NamedTuple):
    """How many steps of which width are kept."""

    step_s: int
    capacity: int


TIERS = (TierShape(1, 900), TierShape(10, 720), TierShape(60, 1440), TierShape(600, 2016))
"""15 min by the second, 2 h by ten, a day by the minute, two weeks by ten minutes."""


class Step(NamedTuple):
    """A finished step of a tier."""

    second: int
    figures: Figures
    gauges: GaugeRow


@dataclass(slots=True)
class Scope:
    """What was counted for the whole run or for one scenario."""

    counts: list[float] = field(default_factory=lambda: [0.0] * COUNTS)
    rates: list[float] = field(default_factory=lambda: [0.0] * COUNTS)
    durations: Histogram | None = None

    def observe(self, delta: Histogram) -> None:
        """Adds the durations of a delta; they stay the caller's."""
        if self.durations is None:
            self.durations = delta.copy()
        else:
            self.durations.absorb(delta)

    def fold(self, other: Scope) -> None:
        """Adds the counts and durations, not the rates, of a shorter step."""
        for place, count in enumerate(other.counts):
            self.counts[place] += count
        if other.durations is not None:
            self.observe(other.durations)


@dataclass(slots=True)
class Cell:
    """One step; scopes appear as their first figure comes in (0 is the whole run)."""

    second: int
    scopes: dict[int, Scope] = field(default_factory=dict)
    gauges: dict[str, float] = field(default_factory=dict)

    def scope(self, place: int) -> Scope:
        """The scope at this place."""
        scope = self.scopes.get(place)
        if scope is None:
            scope = self.scopes[place] = Scope()
        return scope

    def raise_gauges(self, values: Mapping[str, float]) -> None:
        """Keeps the highest value of each gauge."""
        for name, value in values.items():
            self.gauges[name] = max(value, self.gauges.get(name, value))

    def figures(self, scopes: int, step_s: float | None = None) -> Figures:
        """A row per scope; without `step_s` the rates that the pushes of one second gave."""
        rows: Figures = np.zeros((scopes, len(FIGURE_NAMES)), np.float32)
        rows[:, COUNTS:] = math.nan
        if not self.scopes:
            rows[:] = math.nan  # nothing was pushed, which is not the same as no requests
        for place, scope in self.scopes.items():
            if step_s is None:
                rows[place, :COUNTS] = scope.rates
            else:
                rows[place, :COUNTS] = scope.counts
                rows[place, :COUNTS] /= step_s
            rows[place, COUNTS:] = percentiles_ms(scope.durations)
        return rows

    def step(self, scopes: int, names: GaugeNames) -> Step:
        """This second as a step of its own."""
        return Step(self.second, self.figures(scopes), names.row(self.gauges))


class Tier:
    """The last steps of one width; only the step that fills keeps its histograms.

    Memory: 44 bytes per scope and step, 8 per gauge and step, and about 300 per step.
    """

    def __init__(self, shape: TierShape, names: GaugeNames) -> None:
        self.step_s = shape.step_s
        self._names = names
        self.steps: deque[Step] = deque(maxlen=shape.capacity)
        self.dropped = False
        self._open: Cell | None = None
        self._first_second: int | None = None
        self._last_second = 0

    def fold(self, cell: Cell, scopes: int) -> None:
        """Takes in a second that is complete; seconds come in ascending order."""
        if self._first_second is None:
            self._first_second = cell.second
        if self.step_s == 1:
            self._append(cell.step(scopes, self._names))
            return
        start = cell.second - (cell.second - self._first_second) % self.step_s
        if self._open is not None and self._open.second != start:
            self._append(self._finish(self._open, scopes))
            self._open = None
        if self._open is None:
            self._open = Cell(start)
        self._last_second = cell.second
        for place, scope in cell.scopes.items():
            self._open.scope(place).fold(scope)
        self._open.raise_gauges(cell.gauges)

    def all_steps(self, scopes: int) -> list[Step]:
        """The finished steps and the one that fills."""
        steps = list(self.steps)
        if self._open is not None:
            steps.append(self._finish(self._open, scopes))
        return steps

    def _append(self, step: Step) -> None:
        self.dropped = self.dropped or len(self.steps) == self.steps.maxlen
        self.steps.append(step)

    def _finish(self, cell: Cell, scopes: int) -> Step:
        # The newest step may cover less than its width.
        covered = min(self._last_second - cell.second + 1, self.step_s)
        return Step(cell.second, cell.figures(scopes, covered), self._names.row(cell.gauges))
