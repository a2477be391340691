"""What failed in an ended run, in the shape that a live run shows it in."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchwright.metrics.failures import (
    STEPS,
    FailureKey,
    Requests,
    Tally,
    failure_key,
    view_failures,
)
from benchwright.metrics.schemas import Failures
from benchwright.metrics.series_rows import SeriesRows

FAILURE_METRICS = ("http_reqs", "benchwright_checks")


def finished_failures(rows: SeriesRows) -> Failures:
    """The failures of an ended run, from its series."""
    keys: list[FailureKey] = []
    places: dict[FailureKey, int] = {}
    groups: list[tuple[int, int]] = []
    for series in rows.catalogue:
        key = failure_key(series.name.metric, series.labels)
        if key is None:
            continue
        if key not in places:
            places[key] = len(keys)
            keys.append(key)
        groups.append((series.number, places[key]))
    first, last, stored_s = rows.extent.first_second, rows.extent.last_second, rows.extent.step_s
    step_s = stored_s * (1 + (last - first) // stored_s // STEPS)
    tallies: dict[FailureKey, Tally] = {}
    if groups:
        for group, count, since, until in rows.spans(groups):
            tallies[keys[group]] = Tally(since, until, count)
        added = rows.add_up(groups, first, last, step_s)
        steps = ((added.second - first) // step_s).tolist()
        for group, step, count in zip(
            added.group.tolist(), steps, added.value.tolist(), strict=True
        ):
            tallies[keys[group]].counts[step] = count
    return view_failures(
        tallies, _requests(rows), first, step_s, (last - first) // step_s + 1, live=False
    )


def _requests(rows: SeriesRows) -> Requests:
    scenarios: list[str] = []
    groups: list[tuple[int, int]] = []
    for series in rows.catalogue:
        if series.name.metric == "http_reqs":
            scenario = series.labels.get("scenario", "")
            if scenario not in scenarios:
                scenarios.append(scenario)
            groups.append((series.number, scenarios.index(scenario)))
    by_scenario = np.zeros(len(scenarios))
    if groups:
        for group, count, _, _ in rows.spans(groups):
            by_scenario[group] = count
    counted: Sequence[float] = by_scenario.tolist()
    return Requests(sum(counted), dict(zip(scenarios, counted, strict=True)))
