"""Points of line protocol, brought together by series and second before they are kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from benchwright.metrics.histogram import Histogram, observe
from benchwright.metrics.line_protocol import MAX_HEADS, Head, Point
from benchwright.metrics.naming import MetricKind, MetricName
from benchwright.metrics.sample_naming import name_series

MAX_SERIES = 10_000
"""Series of one run that come as line protocol."""

FEW = 32
"""Values for which arrays would cost more than they save."""

_NS_PER_S = 1_000_000_000


class Way(IntEnum):
    """How the values of one second become one."""

    ADD = 0
    OBSERVE = 1
    CHECK = 2


_WAYS = {MetricKind.COUNTER: Way.ADD, MetricKind.HISTOGRAM: Way.OBSERVE}


@dataclass(frozen=True, slots=True, eq=False)
class SampleSeries:
    """One series of a run; `number` is its place in the order in which they came."""

    number: int
    name: MetricName
    labels: Mapping[str, str]
    sent: str = ""
    """The name by which live figures know it; empty for what feeds none."""


Sampled = float | Histogram
"""What a counter gained or a gauge was last, or what a histogram gained."""


@dataclass
class SampleBatch:
    """What one write brings, by second and series."""

    seconds: dict[int, dict[SampleSeries, Sampled]]
    fresh: Sequence[SampleSeries] = ()
    """Series that were not announced before."""
    refused: int = 0
    """Values of series that were too many."""


class _Route:
    """Where the values of one field of one head go; `failed` is for checks."""

    __slots__ = ("failed", "scale", "series", "way")

    def __init__(
        self, way: Way, series: SampleSeries, scale: float, failed: SampleSeries | None = None
    ) -> None:
        self.way, self.series, self.scale, self.failed = way, series, scale, failed


# A series alone stands for one whose last value counts.
_Routes = dict[str, Any]


class _TooManySeries(Exception):
    pass


class SampleTable:
    """Knows the series of one run; not for several threads at once."""

    def __init__(self, max_series: int) -> None:
        self.series: list[SampleSeries] = []
        self._max_series = max_series
        self._known: dict[tuple[MetricName, frozenset[tuple[str, str]]], SampleSeries] = {}
        self._routes: dict[Head, _Routes] = {}
        self._announced = 0

    def bring_together(self, points: Iterable[Point]) -> SampleBatch:
        """The points by series and second; texts are passed over.

        Series stay fresh until `announce`.
        """
        pending: dict[int, dict[SampleSeries, Any]] = {}
        refused = 0
        routes = self._routes
        for head, time_ns, fields in points:
            second = time_ns // _NS_PER_S
            row = pending.get(second)
            if row is None:
                row = pending[second] = {}
            known = routes.get(head)
            if known is None:
                known = self._remember(head)
            for name, value in fields:
                if isinstance(value, str):
                    continue
                if name in known:
                    route = known[name]
                else:
                    try:
                        route = known[name] = self._route(head, name)
                    except _TooManySeries:
                        refused += 1
                        continue
                if route.__class__ is SampleSeries:  # the commonest, without a call
                    row[route] = value
                elif route is not None:
                    _take(row, route, value)
        return SampleBatch(
            {second: _finish(row) for second, row in sorted(pending.items()) if row},
            self.series[self._announced :],
            refused,
        )

    def announce(self) -> None:
        """Notes that the journal knows all series so far."""
        self._announced = len(self.series)

    def learn(self, series: Iterable[SampleSeries]) -> None:
        """Takes in series that a journal announced."""
        for one in series:
            self.series.append(one)
            self._known[_identity(one.name, one.labels)] = one
        self.announce()

    def _remember(self, head: Head) -> _Routes:
        if len(self._routes) >= MAX_HEADS:
            self._routes.clear()
        routes: _Routes = {}
        self._routes[head] = routes
        return routes

    def _route(self, head: Head, field: str) -> _Route | SampleSeries | None:
        naming = name_series(head.measurement, head.tags, field)
        if naming is None:
            return None
        name, labels, sent, scale, is_check = naming
        if is_check:
            passed = self._find(name, {**labels, "passed": "true"}, sent)
            failed = self._find(name, {**labels, "passed": "false"}, sent)
            return _Route(Way.CHECK, passed, scale, failed)
        series, way = self._find(name, labels, sent), _WAYS.get(name.kind)
        return series if way is None else _Route(way, series, scale)

    def _find(self, name: MetricName, labels: dict[str, str], sent: str) -> SampleSeries:
        identity = _identity(name, labels)
        series = self._known.get(identity)
        if series is None:
            if len(self.series) >= self._max_series:
                raise _TooManySeries
            series = self._known[identity] = SampleSeries(len(self.series), name, labels, sent)
            self.series.append(series)
        return series


def _identity(
    name: MetricName, labels: Mapping[str, str]
) -> tuple[MetricName, frozenset[tuple[str, str]]]:
    return name, frozenset(labels.items())


def _take(row: dict[SampleSeries, Any], route: _Route, value: float) -> None:
    way, series = route.way, route.series
    if way is Way.ADD:
        row[series] = row.get(series, 0.0) + value
    elif way is Way.OBSERVE:
        values = row.get(series)
        if values is None:
            values = row[series] = []
        values.append(value * route.scale)
    else:
        counted = series if value or route.failed is None else route.failed
        row[counted] = row.get(counted, 0.0) + 1


def _finish(row: dict[SampleSeries, Any]) -> dict[SampleSeries, Sampled]:
    return {
        series: _observe(value) if isinstance(value, list) else float(value)
        for series, value in row.items()
    }


def _observe(values: list[float]) -> Histogram:
    if len(values) < FEW:
        return observe(values)
    from benchwright.metrics.observing import observe_many  # with numpy, not for the start

    return observe_many(values)
