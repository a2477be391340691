"""Failed requests over time, a line for each status."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from markupsafe import Markup

from benchwright.metrics.schemas import Failures
from benchwright.web import figures
from benchwright.web.line_charts import Line, draw_lines

MAX_LINES = 6
"""More than that nobody tells apart; the table below has them all."""


class FailureChart(NamedTuple):
    """The chart, and what its lines are called, in the order of their looks."""

    chart: Markup
    names: list[str]


def draw_failures(failures: Failures) -> FailureChart | None:
    """The most frequent statuses; nothing where no request failed or there is only one moment."""
    counts: dict[str, Counter[int]] = {}
    for group in failures.groups:
        if group.kind == "request" and len(group.counts) > 1:
            by_step = counts.setdefault(_name(group.status), Counter())
            for step, count in enumerate(group.counts):
                by_step[step] += count
    if not counts:
        return None
    names = sorted(counts, key=lambda name: (-counts[name].total(), name))
    if len(names) > MAX_LINES:
        rest = names[MAX_LINES - 1 :]
        names = [*names[: MAX_LINES - 1], f"{len(rest)} others"]
        counts[names[-1]] = sum((counts[name] for name in rest), Counter())
    last = max(max(by_step) for by_step in counts.values())
    lines = [
        Line(name, _points(counts[name], last, failures.step_s), f"series-{place}")
        for place, name in enumerate(names, 1)
    ]
    title = "Failed requests per second, by status"
    return FailureChart(draw_lines(title, lines, _per_s, width=640, height=170), names)


def _name(status: int | None) -> str:
    return str(status) if status else "no answer"


def _points(counts: Counter[int], last: int, step_s: int) -> list[tuple[float, float | None]]:
    return [(step * step_s, counts[step] / step_s) for step in range(last + 1)]


def _per_s(value: float) -> str:
    return f"{figures.rate(value)}/s"
