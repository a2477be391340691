"""The charts of a run's report, drawn from its timeline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from markupsafe import Markup

from benchwright.metrics.schemas import Timeline
from benchwright.runs.schemas import RunView
from benchwright.web import figures
from benchwright.web.line_charts import Limit, Line, Point, draw_lines

MAX_LINES = 8


class ReportChart(NamedTuple):
    """A chart with the lines that its legend names."""

    title: str
    svg: Markup
    lines: list[Line]


def report_charts(
    run: RunView, timeline: Timeline, targets: Sequence[dict[str, Any]]
) -> list[ReportChart]:
    """The charts of what was measured; none of a run without figures."""
    if not timeline.times_ms:
        return []
    first_ms = timeline.times_ms[0]
    seconds = [(time_ms - first_ms) / 1000 for time_ms in timeline.times_ms]
    names = {s["key"]: s.get("name", s["key"]) for s in run.scenarios}
    keys = list(names)[:MAX_LINES] or list(timeline.scenarios)[:MAX_LINES]

    def line(name: str, style: str, columns: dict[str, Any], column: str) -> Line:
        values = columns.get(column, [])
        points: list[Point] = list(zip(seconds, values, strict=False))
        return Line(name, points, style)

    def by_scenario(column: str) -> list[Line]:
        return [
            line(names.get(key, key), f"series-{place}", timeline.scenarios[key], column)
            for place, key in enumerate(keys, 1)
            if key in timeline.scenarios
        ]

    of_run = [Limit(t["ms"], t["label"]) for t in targets if t["scenario"] is None]
    all_limits = [Limit(t["ms"], t["label"]) for t in targets]
    response = [line(f"p{p}", f"p{p}", timeline.overall, f"p{p}_ms") for p in (50, 95, 99)]
    requests = [
        line("requests", "series-1", timeline.overall, "requests_per_s"),
        line("failed", "failed", timeline.overall, "failed_per_s"),
    ]
    drawn = [
        _chart("Response time", response, figures.milliseconds, of_run),
        _chart("Requests per second", requests, _per_s),
        _chart("p95 by scenario", by_scenario("p95_ms"), figures.milliseconds, all_limits),
        _chart("Requests per second by scenario", by_scenario("requests_per_s"), _per_s),
        _chart(
            "Virtual users",
            [line("active", "series-6", timeline.gauges, "vus"),
             line("prepared", "soft", timeline.gauges, "vus_max")],
            figures.count,
        ),
        _chart(
            "Processors",
            [line("load generator", "series-2", timeline.gauges, "process_cpu"),
             line("whole machine", "soft", timeline.gauges, "host_cpu")],
            figures.share,
        ),
    ]  # fmt: skip
    return [chart for chart in drawn if chart is not None]


def _chart(
    title: str, lines: Sequence[Line], text_of: Any, limits: Sequence[Limit] = ()
) -> ReportChart | None:
    known = [line for line in lines if any(value is not None for _, value in line.points)]
    if not known:
        return None
    return ReportChart(title, draw_lines(title, known, text_of, limits=limits), known)


def _per_s(value: float) -> str:
    return f"{figures.rate(value)}/s"
