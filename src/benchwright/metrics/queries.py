"""The series of any metric of a run over time."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from benchwright.kit.errors import BadRequest, NotFound
from benchwright.metrics.figures import PERCENTILES, column
from benchwright.metrics.naming import MetricKind, MetricName
from benchwright.metrics.quantiles import group_quantiles
from benchwright.metrics.schemas import MetricSeries, Selection, SeriesColumns
from benchwright.metrics.series_rows import SeriesRows, StoredSeries

MAX_SERIES_SHOWN = 50


def metric_series(rows: SeriesRows, metric: str, selection: Selection) -> MetricSeries:
    """The series of a metric; raises `NotFound` if there is none with these labels.

    With `by`, series that agree in these labels are added up, which only counters and
    histograms allow: raises `BadRequest` for gauges and ratios.
    """
    chosen, name = choose_series(rows.catalogue, metric, selection.labels)
    is_added = selection.by is not None and len(chosen) > 1
    if is_added and name.kind in (MetricKind.GAUGE, MetricKind.RATIO):
        raise BadRequest(f"{metric!r} is a {name.kind}: its series cannot be added up.")
    groups, grouping = _group(chosen, selection.by)
    shown = groups[:MAX_SERIES_SHOWN]
    pairs = [(number, group) for number, group in grouping if group < len(shown)]
    first, last = rows.extent.clamp(selection.from_ms, selection.to_ms)
    step_s = rows.extent.choose_step_s(first, last, selection.points)
    steps = rows.steps(first, last, step_s)
    columns = _columns(rows, name, pairs, (first, last, step_s), steps, len(shown))
    return MetricSeries.model_construct(
        metric=metric,
        kind=name.kind,
        unit="ms" if name.unit == "s" else name.unit,
        step_s=step_s,
        times_ms=(steps * 1000).tolist(),
        series=[
            SeriesColumns.model_construct(
                labels=dict(labels), columns={key: column(c[place]) for key, c in columns.items()}
            )
            for place, labels in enumerate(shown)
        ],
        series_hidden=len(groups) - len(shown),
    )


def choose_series(
    catalogue: Sequence[StoredSeries], metric: str, labels: Mapping[str, str]
) -> tuple[list[StoredSeries], MetricName]:
    """The series of a metric that have these labels; raises `NotFound` if there is none."""
    chosen = [
        series
        for series in catalogue
        if series.name.metric == metric and labels.items() <= series.labels.items()
    ]
    if not chosen:
        raise NotFound(f"The run has no series {metric!r} with these labels.")
    # Should two kinds share a name, the first is shown rather than a mixture.
    name = chosen[0].name
    return [series for series in chosen if series.name == name], name


def _group(
    chosen: Sequence[StoredSeries], by: Sequence[str] | None
) -> tuple[list[dict[str, str]], list[tuple[int, int]]]:
    """The labels of each group, and pairs of series number and group."""
    places: dict[frozenset[tuple[str, str]], int] = {}
    groups: list[dict[str, str]] = []
    pairs = []
    for series in chosen:
        labels = {key: value for key, value in series.labels.items() if by is None or key in by}
        key = frozenset(labels.items())
        if key not in places:
            places[key] = len(groups)
            groups.append(labels)
        pairs.append((series.number, places[key]))
    return groups, pairs


def _columns(
    rows: SeriesRows,
    name: MetricName,
    pairs: Sequence[tuple[int, int]],
    span: tuple[int, int, int],
    steps: NDArray[np.int64],
    groups: int,
) -> dict[str, NDArray[np.float64]]:
    """The columns of each group, as one table per kind of column: groups down, steps across."""
    first, last, step_s = span
    added = rows.add_up(pairs, first, last, step_s)
    at = np.searchsorted(steps, added.second)

    def spread(values: NDArray[np.float64], empty: float) -> NDArray[np.float64]:
        table = np.full((groups, len(steps)), empty)
        table[added.group, at] = values
        return table

    if name.kind in (MetricKind.GAUGE, MetricKind.RATIO):
        return {"value": spread(added.maximum, math.nan)}
    covered = np.minimum(steps + step_s - 1, last) - np.maximum(steps, first) + 1
    if name.kind is MetricKind.COUNTER:
        gained = spread(added.value, 0.0)
        per_s = spread(added.rate, 0.0) if step_s == 1 else gained / covered
        return {"value": gained, "per_s": per_s}
    scale = 1000.0 if name.unit == "s" else 1.0
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(added.count > 0, added.sum / added.count, math.nan) * scale
    result = {
        "count_per_s": spread(added.count, 0.0) / covered,
        "mean": spread(mean, math.nan),
    }
    keyed = rows.merge_histograms(pairs, first, last, step_s)
    keys, quantiles = group_quantiles(keyed.table, PERCENTILES)
    seconds = keyed.seconds(keys)
    for place, share in enumerate(PERCENTILES):
        table = np.full((groups, len(steps)), math.nan)
        table[keys % keyed.width, np.searchsorted(steps, seconds)] = quantiles[:, place] * scale
        result[f"p{share * 100:g}"] = table
    return result
