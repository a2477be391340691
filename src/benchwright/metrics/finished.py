"""The timeline of a finished run, in the shape that a live run has."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from benchwright.metrics.cells import Figures, Scope, Step
from benchwright.metrics.failures import is_failed
from benchwright.metrics.figures import (
    COUNTS,
    FIGURE_NAMES,
    PERCENTILES,
    Count,
)
from benchwright.metrics.gauge_names import gauge_of, is_gauge
from benchwright.metrics.gauges import GaugeNames, GaugeRow
from benchwright.metrics.quantiles import group_quantiles, histogram_of
from benchwright.metrics.schemas import Timeline
from benchwright.metrics.series_rows import KeyedBuckets, SeriesRows, StoredSeries
from benchwright.metrics.slots import MAX_LIVE_SCENARIOS
from benchwright.metrics.timeline import build_timeline

_COUNTERS = {
    "http_reqs": Count.REQUESTS,
    "iterations": Count.ITERATIONS,
    "dropped_iterations": Count.DROPPED_ITERATIONS,
    "data_sent": Count.DATA_SENT,
    "data_received": Count.DATA_RECEIVED,
}


class _TimelineMetrics:
    """All of them cannot be listed: machines and workloads name some."""

    names = frozenset({*_COUNTERS, "benchwright_checks", "http_req_duration"})

    def __contains__(self, metric: object) -> bool:
        return metric in self.names or is_gauge(str(metric))


TIMELINE_METRICS = _TimelineMetrics()
"""The metrics that a timeline is made of."""

_ROLES = COUNTS + 1


def finished_timeline(
    rows: SeriesRows,
    *,
    from_ms: int | None = None,
    to_ms: int | None = None,
    points: int = 900,
    scenario: str | None = None,
    live: bool = False,
) -> Timeline:
    """Figures over time, merged from the stored deltas; percentiles from merged histograms."""
    extent = rows.extent
    first, last = extent.clamp(from_ms, to_ms)
    step_s = extent.choose_step_s(first, last, points)
    scenarios, hidden = _scenarios(rows.catalogue, scenario)
    places = {name: place for place, name in enumerate(scenarios, 1)}
    counters, durations = _assign(rows.catalogue, places)
    steps = rows.steps(first, last, step_s)
    covered = np.minimum(steps + step_s - 1, last) - np.maximum(steps, first) + 1
    added = rows.add_up(counters, first, last, step_s)
    at, (place_of, role_of) = np.searchsorted(steps, added.second), np.divmod(added.group, _ROLES)
    rates = np.zeros((len(steps), len(scenarios) + 1, COUNTS))
    rates[at, place_of, role_of] = added.rate if step_s == 1 else added.value / covered[at]
    sums = np.zeros((len(scenarios) + 1, COUNTS))
    np.add.at(sums, (place_of, role_of), added.value)
    # Place 0 holds what belongs to no scenario that is shown; the run is all together.
    rates[:, 0] = rates.sum(axis=1)
    sums[0] = sums.sum(axis=0)
    figures: Figures = np.full(
        (len(steps), len(scenarios) + 1, len(FIGURE_NAMES)), math.nan, np.float32
    )
    figures[:, :, :COUNTS] = rates
    totals = {place: Scope(counts=counts) for place, counts in enumerate(sums.tolist())}
    if durations:
        _fill_percentiles(
            rows.merge_histograms(durations, first, last, step_s), steps, figures, totals
        )
    names = GaugeNames()
    gauges = _gauges(rows, names, (first, last, step_s), steps)
    return build_timeline(
        (Step(step, figures[row], gauges[row]) for row, step in enumerate(steps.tolist())),
        step_s=step_s,
        scenarios=scenarios,
        gauges=names.names,
        hidden=hidden,
        totals=totals,
        only=scenario,
        live=live,
        cursor_ms=last * 1000,
    )


def _fill_percentiles(
    buckets: KeyedBuckets, steps: NDArray[np.int64], figures: Figures, totals: dict[int, Scope]
) -> None:
    """Durations are grouped by scenario (0: none that is shown); the run is all together."""
    steps_of, places_of = np.divmod(buckets.table.group, buckets.width)
    overall = buckets.regrouped(steps_of * buckets.width)
    for table, of_run in ((overall, True), (buckets.table, False)):
        keys, quantiles = group_quantiles(table, PERCENTILES)
        places = keys % buckets.width
        keep = (places == 0) == of_run
        at = np.searchsorted(steps, buckets.seconds(keys[keep]))
        figures[at, places[keep], COUNTS:] = quantiles[keep] * 1000
    by_place = buckets.regrouped(places_of)
    for place, scope in totals.items():
        scope.durations = histogram_of(by_place, place)
    totals[0].durations = histogram_of(buckets.regrouped(places_of * 0), 0)


def _scenarios(catalogue: Sequence[StoredSeries], only: str | None) -> tuple[list[str], int]:
    names = {series.labels["scenario"] for series in catalogue if "scenario" in series.labels}
    if only is not None:
        return ([only] if only in names else []), 0
    ordered = sorted(names, key=_natural)
    return ordered[:MAX_LIVE_SCENARIOS], max(len(ordered) - MAX_LIVE_SCENARIOS, 0)


def _natural(name: str) -> list[tuple[int, int, str]]:
    """Sorts s2 before s10."""
    parts = re.findall(r"\d{1,9}|\D+|\d", name)
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts]


def _assign(
    catalogue: Sequence[StoredSeries], places: dict[str, int]
) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Pairs of series and group: (scope, count) for counters, the scope for durations.

    The scope is the place of a scenario, or 0 where there is none that is shown.
    """
    counters: list[tuple[int, int]] = []
    durations: list[tuple[int, int]] = []
    for series in catalogue:
        scope = places.get(series.labels.get("scenario", ""), 0)
        if series.name.metric == "http_req_duration":
            durations.append((series.number, scope))
        counters += [(series.number, scope * _ROLES + role) for role in _roles(series)]
    return counters, durations


def _roles(series: StoredSeries) -> list[int]:
    metric, labels = series.name.metric, series.labels
    if metric == "benchwright_checks":
        passed = labels.get("passed") == "true"
        return [Count.CHECKS_PASSED if passed else Count.CHECKS_FAILED]
    if metric not in _COUNTERS:
        return []
    role = _COUNTERS[metric]
    if role is not Count.REQUESTS:
        return [role]
    return [role, Count.FAILED] if is_failed(labels) else [role]


def _gauges(
    rows: SeriesRows, names: GaugeNames, span: tuple[int, int, int], steps: NDArray[np.int64]
) -> GaugeRow:
    """The highest value of each step; virtual users of several senders are added."""
    found = [s for s in rows.catalogue if is_gauge(s.name.metric)]
    gauges = [gauge_of(s.name.metric, s.labels) for s in found]
    names.learn(gauges)
    places = {name: place for place, name in enumerate(names.names)}
    result = np.full((len(steps), len(places)), math.nan)
    chosen = [(s.number, places[g]) for s, g in zip(found, gauges, strict=True) if g in places]
    if chosen:
        pairs = [(number, n) for n, (number, _) in enumerate(chosen)]
        added = rows.add_up(pairs, *span)
        at = np.searchsorted(steps, added.second)
        place = np.array([place for _, place in chosen])[added.group]
        result[at, place] = 0.0
        np.add.at(result, (at, place), added.maximum)
    return result
