"""Heat maps: how often values of each range occurred over time."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from benchwright.kit.errors import BadRequest
from benchwright.metrics.histogram import Histogram
from benchwright.metrics.naming import MetricKind, MetricName
from benchwright.metrics.quantiles import (
    NEGATIVE_BASE,
    ZERO_INDEX,
    BucketTable,
    bounds,
    downscale_table,
    make_table,
)
from benchwright.metrics.queries import choose_series
from benchwright.metrics.schemas import HeatMap, Selection
from benchwright.metrics.series_rows import SeriesRows

MAX_ROWS = 60
LIVE_STEPS = 600
RESPONSE_TIMES = MetricName("http_req_duration", MetricKind.HISTOGRAM, "s")


def heat_map(rows: SeriesRows, metric: str, selection: Selection) -> HeatMap:
    """Counts by step and range of values; raises `BadRequest` for what is no histogram."""
    chosen, name = choose_series(rows.catalogue, metric, selection.labels)
    if name.kind is not MetricKind.HISTOGRAM:
        raise BadRequest(f"{metric!r} is a {name.kind}; a heat map needs a histogram.")
    first, last = rows.extent.clamp(selection.from_ms, selection.to_ms)
    step_s = rows.extent.choose_step_s(first, last, selection.points)
    keyed = rows.merge_histograms([(series.number, 0) for series in chosen], first, last, step_s)
    return _draw(name, keyed.table, keyed.origin, step_s)


def empty_heat_map(name: MetricName = RESPONSE_TIMES) -> HeatMap:
    """The heat map of a run of which nothing was measured."""
    nothing = np.zeros(0)
    return _draw(name, make_table(nothing, nothing, nothing, nothing), 0, 1)


class HeatLog:
    """The response times of a run under way; its steps widen so that it never holds many.

    It takes at most `LIVE_STEPS` steps: a run of 20 minutes is seen by two seconds. That makes
    asking cheap however long the run is; the finest steps are in the file after its end.
    """

    def __init__(self) -> None:
        self._step_s = 1
        self._origin: int | None = None
        self._steps: dict[int, Histogram] = {}

    def fold(self, second: int, durations: Histogram) -> None:
        """Adds what was measured in a second; it stays the caller's."""
        if self._origin is None:
            self._origin = second
        while (second - self._origin) // self._step_s >= LIVE_STEPS:
            self._widen()
        self._add(self._steps, max(second - self._origin, 0) // self._step_s, durations)

    def heat_map(
        self, selection: Selection, unfolded: Iterable[tuple[int, Histogram]] = ()
    ) -> HeatMap:
        """The heat map with seconds that are not folded yet, in so many points at most."""
        steps = {step: histogram.copy() for step, histogram in self._steps.items()}
        origin = self._origin
        for second, durations in unfolded:
            origin = second if origin is None else origin
            self._add(steps, max(second - origin, 0) // self._step_s, durations)
        if origin is None:
            return empty_heat_map()
        first_ms = selection.from_ms if selection.from_ms is not None else 0
        last_ms = selection.to_ms if selection.to_ms is not None else 10**15
        shown = [
            step
            for step in sorted(steps)
            if (origin + (step + 1) * self._step_s) * 1000 > first_ms
            and (origin + step * self._step_s) * 1000 <= last_ms
        ]
        width = 1
        while shown and shown[-1] // width - shown[0] // width >= max(selection.points, 1):
            width += 1
        table = _table((step // width, steps[step]) for step in shown)
        return _draw(RESPONSE_TIMES, table, origin, self._step_s * width)

    def _widen(self) -> None:
        narrow, self._steps = self._steps, {}
        self._step_s *= 2
        for step, histogram in narrow.items():
            self._add(self._steps, step // 2, histogram)

    @staticmethod
    def _add(steps: dict[int, Histogram], step: int, durations: Histogram) -> None:
        if step in steps:
            steps[step].absorb(durations)
        else:
            steps[step] = durations.copy()


def _table(steps: Iterable[tuple[int, Histogram]]) -> BucketTable:
    groups: list[int] = []
    indexes: list[int] = []
    counts: list[float] = []
    schemas: list[int] = []
    for step, histogram in steps:
        buckets = [(NEGATIVE_BASE - index, n) for index, n in histogram.negative.items()]
        if histogram.zero_count:
            buckets.append((ZERO_INDEX, histogram.zero_count))
        buckets += histogram.positive.items()
        groups += [step] * len(buckets)
        schemas += [histogram.schema] * len(buckets)
        indexes += [index for index, _ in buckets]
        counts += [n for _, n in buckets]
    return make_table(np.array(groups), np.array(indexes), np.array(counts), np.array(schemas))


def _draw(name: MetricName, table: BucketTable, origin: int, step_s: int) -> HeatMap:
    while table.schema > -4 and len(np.unique(table.index)) > MAX_ROWS:
        table = downscale_table(table, table.schema - 1)
    indexes, rank = np.unique(table.index, return_inverse=True)
    steps, place = np.unique(table.group, return_inverse=True)
    scale = 1000.0 if name.unit == "s" else 1.0
    return HeatMap.model_construct(
        metric=name.metric,
        unit="ms" if name.unit == "s" else name.unit,
        step_s=step_s,
        times_ms=((origin + steps * step_s) * 1000).tolist(),
        lower=_bounds(indexes, table.schema, scale, lower=True),
        upper=_bounds(indexes, table.schema, scale, lower=False),
        cells=list(zip(place.tolist(), rank.tolist(), table.count.tolist(), strict=True)),
    )


def _bounds(indexes: NDArray[np.int64], schema: int, scale: float, *, lower: bool) -> list[float]:
    result: list[float] = (bounds(indexes, schema, lower=lower) * scale).tolist()
    return result
