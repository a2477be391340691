"""What is asked about a run's figures, whether it is under way or finished.

What computes them is imported when it is first needed: numpy and DuckDB are not for the start.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from benchwright.kit.errors import NotFound
from benchwright.metrics.live import LiveRegistry
from benchwright.metrics.naming import MetricName
from benchwright.metrics.recent import Recent
from benchwright.metrics.schemas import Failures, HeatMap, MetricSeries, Selection, Timeline

if TYPE_CHECKING:
    from benchwright.metrics.series_rows import SeriesRows

PART_STEPS = 900
MAX_JOURNALS = 4
"""Metrics of runs under way whose rows are kept for a moment."""


def get_timeline(
    live: LiveRegistry,
    run_id: UUID,
    folder: Path,
    *,
    from_ms: int | None = None,
    to_ms: int | None = None,
    points: int = 900,
    scenario: str | None = None,
) -> Timeline:
    """The timeline of a run; empty if nothing was measured. May read files: not for the loop."""
    run = live.get(run_id)
    if run is not None:
        return run.timeline(from_ms, to_ms, points, scenario)
    from benchwright.metrics.finished import TIMELINE_METRICS, finished_timeline
    from benchwright.metrics.store import open_rows
    from benchwright.metrics.timeline import empty_timeline

    rows = open_rows(folder, TIMELINE_METRICS)
    if rows is None:
        return empty_timeline()
    return finished_timeline(rows, from_ms=from_ms, to_ms=to_ms, points=points, scenario=scenario)


def timeline_parts(
    live: LiveRegistry, run_id: UUID, folder: Path, step_s: int = 1
) -> Iterator[Timeline]:
    """The whole timeline in the finest step from `step_s` on, piece by piece.

    The first piece has no steps in most cases: it names all figures that later pieces may have.
    """
    whole = get_timeline(live, run_id, folder, points=PART_STEPS)
    if whole.step_s <= step_s == 1 or not whole.times_ms:
        yield whole
        return
    first_ms, last_ms = whole.times_ms[0], whole.times_ms[-1] + whole.step_s * 1000
    yield whole.model_copy(update={"times_ms": []})
    width_ms = PART_STEPS * step_s * 1000
    for start_ms in range(first_ms, last_ms, width_ms):
        end_ms = min(start_ms + width_ms, last_ms) - 1000
        # As many points as the part has steps: the step that fits is the one that is wanted.
        points = max((end_ms - start_ms) // 1000 // step_s + 1, 1)
        yield get_timeline(live, run_id, folder, from_ms=start_ms, to_ms=end_ms, points=points)


def list_metrics(live: LiveRegistry, run_id: UUID, folder: Path) -> list[MetricName]:
    """The metrics of a run by name; none if nothing was measured."""
    run = live.get(run_id)
    if run is not None:
        return run.metrics
    from benchwright.metrics.store import open_rows

    rows = open_rows(folder)
    return sorted({series.name for series in rows.catalogue}) if rows is not None else []


def get_metric_series(
    live: LiveRegistry, run_id: UUID, folder: Path, metric: str, selection: Selection
) -> MetricSeries:
    """The series of one metric; raises `NotFound` if the run has none."""
    from benchwright.metrics.queries import metric_series

    rows = _rows(live, run_id, folder, metric)
    if rows is None:
        raise NotFound(f"The run has no series {metric[:200]!r}.")
    return metric_series(rows, metric, selection)


def get_heat_map(
    live: LiveRegistry, run_id: UUID, folder: Path, metric: str, selection: Selection
) -> HeatMap:
    """The heat map of one metric; raises `NotFound` if the run has no such histogram.

    Response times are what every run is about: before there are any, theirs is empty.
    """
    from benchwright.metrics.heat_maps import RESPONSE_TIMES, empty_heat_map, heat_map

    is_main = metric == RESPONSE_TIMES.metric and not selection.labels
    run = live.get(run_id)
    if run is not None and is_main:
        return run.heat_map(selection)
    rows = _rows(live, run_id, folder, metric)
    if is_main and (rows is None or all(s.name.metric != metric for s in rows.catalogue)):
        return empty_heat_map()
    if rows is None:
        raise NotFound(f"The run has no series {metric[:200]!r}.")
    return heat_map(rows, metric, selection)


def get_failures(live: LiveRegistry, run_id: UUID, folder: Path) -> Failures:
    """What failed in a run; nothing if nothing was measured. May read files: not for the loop."""
    from benchwright.metrics.failures import no_failures
    from benchwright.metrics.finished_failures import FAILURE_METRICS, finished_failures
    from benchwright.metrics.store import open_rows

    run = live.get(run_id)
    if run is not None:
        return run.failures
    rows = open_rows(folder, FAILURE_METRICS)
    return finished_failures(rows) if rows is not None else no_failures(live=False)


def _rows(live: LiveRegistry, run_id: UUID, folder: Path, metric: str) -> SeriesRows | None:
    """The rows of a metric; those of a run under way may be a little old."""
    from benchwright.metrics.store import open_rows

    if live.get(run_id) is None:
        return open_rows(folder, [metric])
    return _journals.get((run_id, metric), lambda: open_rows(folder, [metric]))


_journals: Recent[tuple[UUID, str], SeriesRows | None] = Recent(MAX_JOURNALS)
