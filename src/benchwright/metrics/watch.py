"""Judges auto-stop rules while the seconds of a run pass by."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from benchwright.metrics.cells import Cell
from benchwright.metrics.figures import Count
from benchwright.metrics.rules import AutoStopRule, Breach, SecondSample, judge


class RuleWatch:
    """Keeps as many seconds of the scopes that rules are about as their windows are long."""

    def __init__(self, rules: Sequence[AutoStopRule], scenario_names: Mapping[str, str]) -> None:
        self.breach: Breach | None = None
        self._rules = list(rules)
        self._names = scenario_names
        self._seconds = {rule.scenario: deque[SecondSample]() for rule in self._rules}
        self._longest_s = max((rule.window_s for rule in self._rules), default=0)
        self._first_second: int | None = None

    def fold(self, cell: Cell, scenarios: Sequence[str]) -> None:
        """Takes in a second that is complete."""
        if self._first_second is None:
            self._first_second = cell.second
        for scenario, seconds in self._seconds.items():
            seconds.append(_sample(cell, scenario, scenarios))
            while seconds[0].second <= cell.second - self._longest_s:
                seconds.popleft()

    def judge(self, filling: Iterable[Cell], scenarios: Sequence[str]) -> None:
        """Judges the complete seconds and those that still fill; the first breach stays."""
        if self.breach is not None or not self._rules:
            return
        cells = sorted(filling, key=lambda cell: cell.second)
        first = cells[0].second if self._first_second is None else self._first_second
        for rule in self._rules:
            newest = [_sample(cell, rule.scenario, scenarios) for cell in cells]
            breach = judge(rule, [*self._seconds[rule.scenario], *newest], first)
            if breach is not None:
                name = self._names.get(rule.scenario) if rule.scenario is not None else None
                self.breach = replace(breach, scenario_name=name)
                return


def _sample(cell: Cell, scenario: str | None, scenarios: Sequence[str]) -> SecondSample:
    place = 0
    if scenario is not None:
        place = scenarios.index(scenario) + 1 if scenario in scenarios else -1
    scope = cell.scopes.get(place)
    if scope is None:
        return SecondSample(cell.second, 0, 0, None)
    counts = scope.counts
    return SecondSample(cell.second, counts[Count.REQUESTS], counts[Count.FAILED], scope.durations)
