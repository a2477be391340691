"""What is held in memory of a run that is under way, and how it is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from benchwright.metrics.cells import TIERS, Cell, Scope, Step, Tier
from benchwright.metrics.failures import FailureLog, Requests
from benchwright.metrics.figures import Count
from benchwright.metrics.gauges import GaugeNames
from benchwright.metrics.heat_maps import HeatLog
from benchwright.metrics.schemas import Failures, HeatMap, Selection, Timeline
from benchwright.metrics.slots import SlotTable
from benchwright.metrics.sums import LiveSums, ScopeSums
from benchwright.metrics.timeline import build_timeline

OPEN_SECONDS = 3
"""How long a second stays open for pushes of further senders."""


class FigureMemory:
    """The seconds that still fill, and what complete ones were folded into.

    It has no lock: its run's holds while it is called. `on_fold` gets each complete second.
    """

    def __init__(self, slots: SlotTable, on_fold: Callable[[Cell], None]) -> None:
        self.open: dict[int, Cell] = {}
        self.failures = FailureLog()
        self._slots = slots
        self._on_fold = on_fold
        self._gauges = GaugeNames()
        self._tiers = [Tier(shape, self._gauges) for shape in TIERS]
        self._totals: dict[int, Scope] = {}
        self._heat = HeatLog()
        self._first_second: int | None = None
        self._newest_second = 0

    @property
    def newest_cell(self) -> Cell | None:
        """The newest second, if it still fills."""
        return self.open.get(self._newest_second)

    def cell(self, second: int) -> Cell:
        """The second that figures of this time count in; folds those that are complete by then."""
        if self._first_second is None:
            self._first_second = second
            self.failures.begin(second)
        self._newest_second = max(self._newest_second, second)
        for old in sorted(self.open):
            if old <= self._newest_second - OPEN_SECONDS:
                self._fold(self.open.pop(old))
        # What comes later than its second was open counts in the oldest one that still is.
        second = max(second, self._newest_second - OPEN_SECONDS + 1)
        cell = self.open.get(second)
        if cell is None:
            cell = self.open[second] = Cell(second)
        return cell

    def close(self) -> None:
        """Folds what is still open."""
        for second in sorted(self.open):
            self._fold(self.open.pop(second))

    def timeline(
        self,
        from_ms: int | None,
        to_ms: int | None,
        points: int,
        scenario: str | None,
        *,
        live: bool,
        cursor_ms: int,
    ) -> Timeline:
        """Figures over time in the finest step that covers the range with so many points."""
        slots = self._slots
        open_steps = [
            cell.step(slots.scopes, self._gauges) for _, cell in sorted(self.open.items())
        ]
        start = self._first_second or self._newest_second
        first = max(start, from_ms // 1000) if from_ms is not None else start
        last = self._newest_second
        if to_ms is not None:
            last = min(last, to_ms // 1000)
        for tier in self._tiers:
            steps = tier.all_steps(slots.scopes)
            reaches = not tier.dropped or (steps and steps[0].second <= first)
            if reaches and (last - first) / tier.step_s < max(points, 1):
                break
        if tier.step_s == 1:
            steps += open_steps
        chosen: Iterable[Step] = (s for s in steps if first - tier.step_s < s.second <= last)
        return build_timeline(
            chosen,
            step_s=tier.step_s,
            scenarios=slots.scenarios,
            gauges=self._gauges.names,
            hidden=len(slots.hidden_scenarios),
            totals={place: self._total(place) for place in range(slots.scopes)},
            only=scenario,
            live=live,
            cursor_ms=cursor_ms,
        )

    def heat_map(self, selection: Selection) -> HeatMap:
        """How long the requests of the whole run took, over time."""
        unfolded = [
            (second, durations)
            for second, cell in sorted(self.open.items())
            if 0 in cell.scopes and (durations := cell.scopes[0].durations) is not None
        ]
        return self._heat.heat_map(selection, unfolded)

    def view_failures(self) -> Failures:
        """What failed so far."""
        sent = [0.0] * self._slots.scopes
        for scopes in (self._totals, *(cell.scopes for cell in self.open.values())):
            for place, scope in scopes.items():
                sent[place] += scope.counts[Count.REQUESTS]
        by_scenario = dict(zip(self._slots.scenarios, sent[1:], strict=True))
        return self.failures.view(self._newest_second, Requests(sent[0], by_scenario))

    def sums(self) -> LiveSums:
        """What was counted so far, and the newest gauges."""
        scopes = {
            name: _sums_of(self._total(place))
            for place, name in enumerate(["", *self._slots.scenarios])
        }
        newest = self.newest_cell
        # A second that only telemetry opened has none of what the load generator sends.
        gauges = self._slots.gauges() | (newest.gauges if newest is not None else {})
        return LiveSums(scopes, gauges)

    def _fold(self, cell: Cell) -> None:
        for tier in self._tiers:
            tier.fold(cell, self._slots.scopes)
        for place, scope in cell.scopes.items():
            self._totals.setdefault(place, Scope()).fold(scope)
        if 0 in cell.scopes and (durations := cell.scopes[0].durations) is not None:
            self._heat.fold(cell.second, durations)
        self._on_fold(cell)

    def _total(self, place: int) -> Scope:
        result = Scope()
        if place in self._totals:
            result.fold(self._totals[place])
        for cell in self.open.values():
            if place in cell.scopes:
                result.fold(cell.scopes[place])
        return result


def _sums_of(scope: Scope) -> ScopeSums:
    durations = scope.durations
    return ScopeSums(
        requests=scope.counts[Count.REQUESTS],
        failed=scope.counts[Count.FAILED],
        answers=durations.count if durations is not None else 0.0,
        answer_s=durations.sum if durations is not None else 0.0,
    )
