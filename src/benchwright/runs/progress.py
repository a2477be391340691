"""How far a run is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

from benchwright.kit.db import now
from benchwright.runs.progress_board import ProgressBoard, Told
from benchwright.runs.schemas import ProgressView, RunSummary
from benchwright.runs.state import RunKind, RunState

Summary = TypeVar("Summary", bound=RunSummary)


class Timed(Protocol):
    """A run, or what a list knows of one."""

    @property
    def state(self) -> RunState: ...
    @property
    def started_at(self) -> dt.datetime | None: ...
    @property
    def workload_ended_at(self) -> dt.datetime | None: ...
    @property
    def ended_at(self) -> dt.datetime | None: ...
    @property
    def planned_duration_s(self) -> float | None: ...


def estimate_progress(run: Timed, at: dt.datetime, share_done: float | None = None) -> ProgressView:
    """Progress by planned length, or by `share_done` (0..1) where the workload tells it.

    A run whose workload has not ended is never at 100 %.
    """
    if run.started_at is None:
        return ProgressView(percent=0.0, elapsed_s=0.0, remaining_s=run.planned_duration_s)
    end = run.workload_ended_at or run.ended_at or at
    elapsed_s = max((end - run.started_at).total_seconds(), 0.0)
    if run.state.is_final or run.state is RunState.COLLECTING:
        is_done = run.state in (RunState.SUCCEEDED, RunState.COLLECTING)
        percent = 100.0 if is_done else _percent(elapsed_s, run.planned_duration_s)
        return ProgressView(percent=percent, elapsed_s=elapsed_s, remaining_s=0.0)
    if share_done is not None and share_done > 0:
        percent = min(share_done * 100, 99.9)
        remaining_s: float | None = elapsed_s / share_done - elapsed_s
    else:
        percent = _percent(elapsed_s, run.planned_duration_s) or 0.0
        remaining_s = (
            max(run.planned_duration_s - elapsed_s, 0.0) if run.planned_duration_s else None
        )
    return ProgressView(
        percent=percent if run.planned_duration_s or share_done else None,
        elapsed_s=elapsed_s,
        remaining_s=remaining_s,
    )


def refine_progress(view: ProgressView, told: Told | None, at: dt.datetime) -> ProgressView:
    """The progress of a running workload as it says itself; without a word of it as it is."""
    if told is None:
        return view
    said = told.progress
    known: dict[str, Any] = {"stage": said.stage, "facts": list(said.facts)}
    if said.share is not None:
        remaining_s = told.remaining_s(at.timestamp())
        if remaining_s is None and said.share > 0:
            remaining_s = view.elapsed_s / said.share - view.elapsed_s
        known |= {"percent": min(said.share * 100, 99.9), "remaining_s": remaining_s}
    return view.model_copy(update=known)


def tell_progress(board: ProgressBoard, runs: Sequence[Summary]) -> list[Summary]:
    """The runs, those of running jobs with what their workloads say of themselves."""
    at = now()
    return [
        run.model_copy(
            update={"progress": refine_progress(run.progress, board.look(run.public_id), at)}
        )
        if run.kind is RunKind.JOB and run.state is RunState.RUNNING
        else run
        for run in runs
    ]


def _percent(elapsed_s: float, planned_s: float | None) -> float | None:
    if not planned_s:
        return None
    return min(elapsed_s / planned_s * 100, 99.9)
