"""The charts of a load test's page: one for each measure, with its runs as points."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

from benchwright.loadtests.plan import Plan
from benchwright.runs.deltas import Delta, points_of_change, share_of_change
from benchwright.runs.history import MAX_POINTS, History, HistoryPoint, Measure
from benchwright.web import figures
from benchwright.web.history_chart import HistoryChart, Spot, lay_out
from benchwright.web.words import doubts_text, state_word, verdict_word

Range = Literal["20", "50", "all"]
RANGES: dict[Range, int] = {"20": 20, "50": 50, "all": MAX_POINTS}


class Dot(NamedTuple):
    """A run's point: where it is, what it looks like, and what it says."""

    spot: Spot
    point: HistoryPoint
    shape: Literal["met", "missed", "open"]
    text: str
    """What was measured, and on a second line what is to be thought of it."""


class MeasureChart(NamedTuple):
    """One measure over the runs."""

    measure: Measure
    title: str
    chart: HistoryChart
    dots: list[Dot]
    ticks: list[tuple[float, str]]
    limit: str
    last: str
    delta: Delta | None


class Limits(NamedTuple):
    """What a run must reach, as far as a chart shows it."""

    requests_per_s: float | None = None
    p50_ms: float | None = None
    p95_ms: float | None = None
    p99_ms: float | None = None
    error_rate: float | None = None


_TITLES: dict[Measure, str] = {
    "requests_per_s": "Requests/s",
    "p50_ms": "Response time, p50",
    "p95_ms": "Response time, p95",
    "p99_ms": "Response time, p99",
    "error_rate": "Errors",
}
_STATS: dict[str, str] = {"med": "p50_ms", "p50": "p50_ms", "p95": "p95_ms", "p99": "p99_ms"}


_ZEROS = re.compile(r"(?<=\.\d)0+(?!\d)|\.0+(?!\d)")
"""Round values need no zeros behind the point."""


def draw_history(history: History, limits: Limits) -> list[MeasureChart]:
    """A chart for each measure."""
    return [_draw(measure, title, history.points, limits) for measure, title in _TITLES.items()]


def limits_of(plan: Plan | None, scenario: str | None) -> Limits:
    """The targets of a scenario; of the whole run those that all its scenarios share."""
    if plan is None:
        return Limits()
    keyed = {plan.scenario_key(i): s.targets for i, s in enumerate(plan.scenarios)}
    targets = list(keyed.values()) if scenario is None else [keyed[scenario]]
    limits: dict[str, float] = {}
    wanted = {
        (t.response_time.stat, t.response_time.ms) if t.response_time else None for t in targets
    }
    rates = {t.error_rate for t in targets}
    if len(wanted) == 1 and (shared := wanted.pop()) is not None and shared[0] in _STATS:
        limits[_STATS[shared[0]]] = shared[1]
    if len(rates) == 1 and (rate := rates.pop()) is not None:
        limits["error_rate"] = rate
    if scenario is None and plan.target_tps is not None:
        limits["requests_per_s"] = plan.target_tps
    return Limits(**limits)


def _draw(
    measure: Measure, title: str, points: Sequence[HistoryPoint], limits: Limits
) -> MeasureChart:
    words = _words(measure)
    values: list[float | None] = [getattr(point, measure) for point in points]
    limit: float | None = getattr(limits, measure)
    breaks = [i for i, point in enumerate(points) if point.plan_changed]
    chart = lay_out(values, breaks=breaks, limit=limit)
    dots = []
    before: float | None = None
    delta: Delta | None = None
    for spot in chart.spots:
        point, value = points[spot.place], values[spot.place]
        delta = _change(measure, value, before)
        if delta is not None and point.plan_changed:
            delta = delta._replace(tone="")
        before = value
        shape: Literal["met", "missed", "open"] = "open"
        if not point.doubts and point.verdict in ("met", "missed"):
            shape = "met" if point.verdict == "met" else "missed"
        dots.append(Dot(spot, point, shape, _tell(point, words(value), delta)))
    sign = "≥" if measure == "requests_per_s" else "≤"
    return MeasureChart(
        measure,
        title,
        chart,
        dots,
        [(tick.y, _ZEROS.sub("", words(tick.value))) for tick in chart.ticks],
        f"target {sign} {words(limit)}" if limit is not None else "",
        words(before),
        delta,
    )


def _tell(point: HistoryPoint, value: str, delta: Delta | None) -> str:
    change = f" · {delta.text}" if delta is not None else ""
    word = verdict_word(point.verdict) if point.verdict else state_word(point.state)
    more = [word.text]
    if point.plan_changed:
        more.append("plan changed")
    if point.doubts:
        more.append(doubts_text(point.doubts).lower())
    return f"{figures.clock(point.started_at)} · {value}{change}\n{' · '.join(more)}"


def _change(measure: Measure, now: float | None, before: float | None) -> Delta | None:
    if measure == "error_rate":
        return points_of_change(now, before)
    return share_of_change(now, before, lower_is_better=measure != "requests_per_s")


def _words(measure: Measure) -> Callable[[float | None], str]:
    if measure == "requests_per_s":
        return figures.rate
    return figures.share if measure == "error_rate" else figures.milliseconds
