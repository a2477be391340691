"""Any series of a run as a chart, drawn on the server."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from markupsafe import Markup

from benchwright.kit.errors import NotFound, TooLarge
from benchwright.metrics import service as metrics
from benchwright.metrics.live import LiveRegistry
from benchwright.metrics.naming import MetricKind
from benchwright.metrics.schemas import MetricSeries, Selection, SeriesColumns
from benchwright.web import figures
from benchwright.web.line_charts import Line, Point, draw_lines

MAX_LINES = 8
POINTS = 300
_COLUMNS = {MetricKind.COUNTER: "per_s", MetricKind.HISTOGRAM: "p95"}


class SeriesLine(NamedTuple):
    """A line of the chart: its labels, its newest value, and the place of its colour."""

    labels: str
    newest: str
    style: str


class SeriesPanel(NamedTuple):
    """The metrics of a run, and one of them over time."""

    metrics: Sequence[str]
    chosen: str = ""
    what: str = ""
    """What of the metric is drawn, where that is not its value."""
    chart: Markup | None = None
    lines: Sequence[SeriesLine] = ()
    hidden: int = 0
    problem: str = ""


def series_panel(live: LiveRegistry, run_id: uuid.UUID, folder: Path, wish: str) -> SeriesPanel:
    """The metric that is wanted, else the first one, as lines by labels."""
    names = [name.metric for name in metrics.list_metrics(live, run_id, folder)]
    if not names:
        return SeriesPanel([])
    chosen = wish if wish in names else names[0]
    try:
        found = metrics.get_metric_series(live, run_id, folder, chosen, Selection(points=POINTS))
    except (NotFound, TooLarge) as problem:
        return SeriesPanel(names, chosen, problem=problem.detail)
    column = _COLUMNS.get(found.kind, "value")
    shown = sorted(found.series, key=lambda one: _highest(one, column), reverse=True)[:MAX_LINES]
    text_of = _reader(found, column)
    seconds = [(time_ms - found.times_ms[0]) / 1000 for time_ms in found.times_ms]
    drawn = [
        Line(_words(one.labels), _points(seconds, one, column), f"series-{place}")
        for place, one in enumerate(shown, 1)
    ]
    return SeriesPanel(
        names,
        chosen,
        {"per_s": "per second", "p95": "95th percentile"}.get(column, ""),
        draw_lines(chosen, drawn, text_of, width=760, height=240),
        [SeriesLine(line.name, _newest(line, text_of), line.style) for line in drawn],
        len(found.series) - len(shown) + found.series_hidden,
    )


def _points(seconds: Sequence[float], one: SeriesColumns, column: str) -> list[Point]:
    """Without the steps in which a slow sender had nothing to say: they would break its line."""
    pairs = zip(seconds, one.columns[column], strict=False)
    return [(second, value) for second, value in pairs if value is not None]


def _highest(one: SeriesColumns, column: str) -> float:
    return max((value for value in one.columns[column] if value is not None), default=0.0)


def _newest(line: Line, text_of: Callable[[float], str]) -> str:
    values = [value for _, value in line.points if value is not None]
    return text_of(values[-1]) if values else figures.MISSING


def _reader(found: MetricSeries, column: str) -> Callable[[float], str]:
    unit = f"{found.unit}/s" if column == "per_s" and found.unit else found.unit
    return lambda value: figures.figure(value, unit)


def _words(labels: Mapping[str, str]) -> str:
    return ", ".join(f"{key} {text}" for key, text in sorted(labels.items())) or "all"
