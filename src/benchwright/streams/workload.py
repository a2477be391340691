"""What becomes of a stream that has ended: its figures as results."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchwright.kit.db import ReadSession
from benchwright.kit.errors import Unavailable
from benchwright.runs.models import Run
from benchwright.runs.state import RunState
from benchwright.runs.workload import (
    Better,
    Collected,
    ExitMeaning,
    Fact,
    IngestAddress,
    Launch,
    LiveFigures,
    PlanView,
    ResultValue,
)
from benchwright.streams.executor import FINISHED

if TYPE_CHECKING:
    from benchwright.lab import Lab

if TYPE_CHECKING:
    from benchwright.metrics.run_totals import RunTotals

_COUNTERS: Mapping[str, tuple[str, str, Better]] = {
    "requests": ("http_reqs", "requests", "higher"),
    "iterations": ("iterations", "iterations", "higher"),
    "dropped_iterations": ("dropped_iterations", "iterations", "lower"),
    "data_sent_bytes": ("data_sent", "bytes", "none"),
    "data_received_bytes": ("data_received", "bytes", "none"),
}


class StreamWorkload:
    """Implements `runs.workload.Workload`; there is nothing to launch."""

    def __init__(self, silence_s: float) -> None:
        self._silence_s = silence_s

    def prepare(
        self, session: ReadSession, run: Run, folder: Path, ingest: IngestAddress
    ) -> Launch:
        raise Unavailable("A stream is opened by whoever sends it.")

    def collect(self, run: Run, folder: Path, live: LiveFigures) -> Collected:
        """The figures of a load test, if the stream had any; all else stays in the series."""
        from benchwright.metrics.run_totals import read_totals  # with numpy and DuckDB

        totals = read_totals(folder)
        return Collected([] if totals is None else list(_results(totals)), warnings=live.warnings)

    def explain_exit(self, exit_code: int) -> ExitMeaning:
        """A stream always ends well: what its sender did, only the sender knows."""
        if exit_code == FINISHED:
            return ExitMeaning(RunState.SUCCEEDED, "Its stream was finished")
        return ExitMeaning(RunState.SUCCEEDED, f"Nothing came for {self._silence_s:g} s")


class StreamDescription:
    """Implements `runs.workload.Description`: where the figures come from."""

    def view_plan(self, spec: Mapping[str, Any]) -> PlanView:
        names = {"protocol": "Comes as", "sender": "Sent by", "database": "Database"}
        return PlanView(
            [Fact(name, str(spec[key])) for key, name in names.items() if spec.get(key)]
        )

    def write_plan(self, lab: Lab, run: Run) -> str:
        return ""

    def has_changed(self, session: ReadSession, run: Run) -> bool:
        return False


def _results(totals: RunTotals) -> Iterator[ResultValue]:
    counts = totals.counts
    for figure, (metric, unit, better) in _COUNTERS.items():
        if count := counts.get(figure):
            yield _result(metric, "count", count, unit)
            yield _result(metric, "rate", count / totals.duration_s, f"{unit}/s", better)
    if requests := counts.get("requests"):
        failed = counts.get("failed", 0.0)
        yield _result("http_req_failed", "count", failed, "requests", "lower")
        yield _result("http_req_failed", "rate", failed / requests, "ratio", "lower")
    passed, failed = counts.get("checks_passed", 0.0), counts.get("checks_failed", 0.0)
    if passed + failed:
        yield _result("checks", "passes", passed, "checks")
        yield _result("checks", "fails", failed, "checks")
        yield _result("checks", "rate", passed / (passed + failed), "ratio", "higher")
    for stat, value in totals.times_ms.items():
        yield _result("http_req_duration", stat, value, "ms", "lower")
    for name in ("vus", "vus_max"):
        if name in totals.peaks:
            yield _result(name, "max", totals.peaks[name], "vus")


def _result(
    metric: str, stat: str, value: float, unit: str, better: Better = "none"
) -> ResultValue:
    return ResultValue(metric=metric, stat=stat, value=value, unit=unit, better=better)
