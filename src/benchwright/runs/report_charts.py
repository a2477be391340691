"""The charts of a run's report, drawn from its timeline."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from markupsafe import Markup

from benchwright.metrics.gauge_names import REPORTED_PREFIX, split_gauge
from benchwright.metrics.schemas import Timeline
from benchwright.runs.schemas import RunView
from benchwright.runs.state import RunKind
from benchwright.web import figures
from benchwright.web.line_charts import Limit, Line, Point, draw_lines

MAX_LINES = 8
MAX_REPORTED = 8


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
    if run.kind is RunKind.JOB:
        return [chart for chart in _job_charts(timeline, line) if chart is not None]
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


def _job_charts(
    timeline: Timeline, line: Callable[[str, str, dict[str, Any], str], Line]
) -> Iterator[ReportChart | None]:
    """What the workload reported, and what it and its machine used."""
    reported: dict[str, list[str]] = {}
    for gauge in timeline.gauges:
        if gauge.startswith(REPORTED_PREFIX):
            reported.setdefault(split_gauge(gauge)[0], []).append(gauge)
    for metric, names in list(reported.items())[:MAX_REPORTED]:
        lines = [
            _without_gaps(line(name.removeprefix(REPORTED_PREFIX).replace(":", " "),
                               f"series-{place}", timeline.gauges, name))
            for place, name in enumerate(names[:MAX_LINES], 1)
        ]  # fmt: skip
        yield _chart(metric.removeprefix(REPORTED_PREFIX), lines, _plain)
    for title, text_of, figures_of in _USED:
        yield _chart(
            title, [line(name, style, timeline.gauges, key) for key, name, style in figures_of],
            text_of,
        )  # fmt: skip


def _without_gaps(line: Line) -> Line:
    """Of what is told now and then the line goes on."""
    known = [point for point in line.points if point[1] is not None]
    return Line(line.name, known, line.style)


def _plain(value: float) -> str:
    return figures.figure(value, "")


def _size_per_s(value: float) -> str:
    return f"{figures.size(value)}/s"


_USED: Sequence[tuple[str, Callable[[float], str], Sequence[tuple[str, str, str]]]] = (
    ("Processors", figures.share,
     (("process_cpu", "workload", "series-2"), ("host_cpu", "whole machine", "soft"))),
    ("Memory", figures.size,
     (("process_memory_bytes", "workload", "series-2"),
      ("host_memory_bytes", "whole machine", "soft"))),
    ("Disk", _size_per_s,
     (("process_read_bytes_per_s", "workload reads", "series-1"),
      ("process_written_bytes_per_s", "workload writes", "series-2"))),
    ("Network", _size_per_s,
     (("process_received_bytes_per_s", "received", "series-3"),
      ("process_sent_bytes_per_s", "sent", "series-4"))),
)  # fmt: skip


def _chart(
    title: str, lines: Sequence[Line], text_of: Any, limits: Sequence[Limit] = ()
) -> ReportChart | None:
    known = [line for line in lines if any(value is not None for _, value in line.points)]
    if not known:
        return None
    return ReportChart(title, draw_lines(title, known, text_of, limits=limits), known)


def _per_s(value: float) -> str:
    return f"{figures.rate(value)}/s"
