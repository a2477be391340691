"""What a run's page shows of its results, verdicts and scenarios."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from benchwright.runs.deltas import RunDeltas, deltas_of
from benchwright.runs.repository import ResultRow
from benchwright.runs.schemas import RunSummary
from benchwright.runs.state import RunKind
from benchwright.web import figures

STAT_ORDER = ("avg", "min", "med", "p50", "max", "p90", "p95", "p99")
METRIC_ORDER = (
    "http_req_duration", "http_req_waiting", "http_req_blocked", "http_req_connecting",
    "http_req_tls_handshaking", "http_req_sending", "http_req_receiving", "iteration_duration",
    "http_reqs", "http_req_failed", "checks", "iterations", "dropped_iterations", "data_received",
    "data_sent", "vus", "vus_max",
)  # fmt: skip
CONFUSING = {("http_req_failed", "fails")}
"""k6 counts here the requests that did not fail; beside “Failed requests” nobody would think so."""


class Cell(NamedTuple):
    """A value as it reads, and in full."""

    text: str
    value: float


@dataclass
class MetricRow:
    """One metric of the results table, its values by stat."""

    metric: str
    values: dict[str, Cell] = field(default_factory=dict)


@dataclass
class ResultScope:
    """The results of the whole run or of one scenario."""

    name: str
    trends: list[MetricRow]
    others: list[MetricRow]

    @property
    def stats(self) -> list[str]:
        """The columns that the trends need."""
        found = {stat for row in self.trends for stat in row.values}
        known = [stat for stat in STAT_ORDER if stat in found]
        return known + sorted(found - set(known))


class ResultIndex:
    """A run's scalars, found by benchmark, metric and stat."""

    def __init__(self, results: Sequence[ResultRow]) -> None:
        self._results = results
        self._values = {(r.benchmark, r.metric, r.stat): r.value for r in results}
        self.count = len(results)

    def get(self, benchmark: str, metric: str, stat: str) -> float | None:
        """The value, if the run has it."""
        return self._values.get((benchmark, metric, stat))

    def scopes(self, names: Mapping[str, str]) -> list[ResultScope]:
        """All results as tables, the whole run first; `names` are those of the scenarios."""
        order = ["", *names]
        found = {result.benchmark for result in self._results}
        listed = [key for key in order if key in found] + sorted(found - set(order))
        return [self._scope(key, names.get(key, key) or "Whole run") for key in listed]

    def _scope(self, benchmark: str, name: str) -> ResultScope:
        rows: dict[str, MetricRow] = {}
        for result in self._results:
            confusing = (result.metric, result.stat) in CONFUSING
            if result.benchmark == benchmark and not confusing:
                row = rows.setdefault(result.metric, MetricRow(result.metric))
                text = figures.figure(result.value, result.unit)
                row.values[result.stat] = Cell(text, result.value)
        ordered = sorted(rows.values(), key=_place)
        trends = [row for row in ordered if "avg" in row.values]
        others = [row for row in ordered if "avg" not in row.values]
        return ResultScope(name, trends, others)


def _place(row: MetricRow) -> tuple[int, str]:
    known = row.metric in METRIC_ORDER
    return (METRIC_ORDER.index(row.metric) if known else len(METRIC_ORDER), row.metric)


class LiveGlance(Protocol):
    """The figures of a run at this moment."""

    @property
    def requests_per_s(self) -> float | None: ...
    @property
    def response_time_p95_ms(self) -> float | None: ...
    @property
    def error_rate(self) -> float | None: ...


class RunFigures(NamedTuple):
    """The three figures of a run that lists show, as they read."""

    rate: str = figures.MISSING
    p95: str = figures.MISSING
    errors: str = figures.MISSING


class ListedRun(NamedTuple):
    """A line of a list of runs."""

    run: RunSummary
    figures: RunFigures
    deltas: RunDeltas


def list_lines(
    runs: Sequence[RunSummary], glance: Callable[[uuid.UUID], LiveGlance | None] | None = None
) -> list[ListedRun]:
    """The runs with their figures; `glance` tells those of runs that are under way."""
    lines = []
    for run in runs:
        shown: RunSummary | LiveGlance = run
        # What a job does is no matter of requests, whatever was measured beside it.
        if glance is not None and run.ended_at is None and run.kind is not RunKind.JOB:
            shown = glance(run.public_id) or run
        text = RunFigures(
            figures.rate(shown.requests_per_s),
            figures.milliseconds(shown.response_time_p95_ms),
            figures.share(shown.error_rate),
        )
        lines.append(ListedRun(run, text, deltas_of(run)))
    return lines
