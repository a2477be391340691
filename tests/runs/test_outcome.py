"""How runs end, and how far they are before that."""

from __future__ import annotations

import datetime as dt

import pytest

from benchwright.runs.models import Run
from benchwright.runs.outcome import conclude
from benchwright.runs.progress import estimate_progress
from benchwright.runs.state import RunState, StopReason
from benchwright.runs.workload import ExitMeaning

NOW = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)
GOOD = ExitMeaning(RunState.SUCCEEDED, "It ended by itself")
BAD = ExitMeaning(RunState.FAILED, "The script failed")


@pytest.mark.parametrize(
    "meaning, stop_reason, outcome",
    [
        (GOOD, None, RunState.SUCCEEDED),
        (BAD, None, RunState.FAILED),
        (GOOD, StopReason.USER, RunState.SUCCEEDED),
        (BAD, StopReason.USER, RunState.STOPPED),
        (BAD, StopReason.TIMEOUT, RunState.TIMED_OUT),
        (BAD, StopReason.AUTO_STOP, RunState.SUCCEEDED),
        (None, None, RunState.LOST),
        (None, StopReason.USER, RunState.LOST),
    ],
)
def test_outcomes(
    meaning: ExitMeaning | None, stop_reason: StopReason | None, outcome: RunState
) -> None:
    assert conclude(meaning, stop_reason, "asked", "gone")[0] is outcome


def make_run(state: RunState, started_s_ago: float | None, planned_s: float | None = 100) -> Run:
    started_at = None if started_s_ago is None else NOW - dt.timedelta(seconds=started_s_ago)
    return Run(state=state, started_at=started_at, planned_duration_s=planned_s)


def test_progress_follows_the_plan() -> None:
    progress = estimate_progress(make_run(RunState.RUNNING, 25), NOW)
    assert (progress.percent, progress.elapsed_s, progress.remaining_s) == (25, 25, 75)


def test_a_running_run_is_never_complete() -> None:
    progress = estimate_progress(make_run(RunState.RUNNING, 250), NOW)
    assert progress.percent == 99.9
    assert progress.remaining_s == 0


def test_progress_before_the_start_and_without_a_plan() -> None:
    assert estimate_progress(make_run(RunState.QUEUED, None), NOW).percent == 0
    unknown = estimate_progress(make_run(RunState.RUNNING, 10, None), NOW)
    assert (unknown.percent, unknown.remaining_s) == (None, None)


def test_progress_by_work_done() -> None:
    progress = estimate_progress(make_run(RunState.RUNNING, 10, None), NOW, share_done=0.25)
    assert (progress.percent, progress.remaining_s) == (25, 30)


def test_progress_of_ended_runs() -> None:
    assert estimate_progress(make_run(RunState.SUCCEEDED, 10), NOW).percent == 100
    assert estimate_progress(make_run(RunState.STOPPED, 10), NOW).percent == 10
