"""Runs, results and verdicts as the API tells them, made by hand."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from benchwright.runs.repository import ResultRow
from benchwright.runs.schemas import ProgressView, RunView, VerdictView
from benchwright.runs.state import RunKind, RunState

AT = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
SCENARIOS = [{"key": "s1", "name": "first", "method": "GET", "path": "/a"}, {"key": "s2"}]


def result(benchmark: str, metric: str, stat: str, value: float, unit: str = "") -> ResultRow:
    return ResultRow(
        benchmark=benchmark, metric=metric, stat=stat, value=value, unit=unit, better="none"
    )


def verdict(subject: str, judgement: str, **inputs: Any) -> VerdictView:
    return VerdictView(
        subject=subject,
        judgement=judgement,
        method="k6-summary",
        method_version="1",
        inputs=inputs,
        created_at=AT,
    )


def run_view(*verdicts: VerdictView) -> RunView:
    return RunView(
        public_id=uuid.uuid4(), project="default", kind=RunKind.LOAD_TEST, name="x",
        state=RunState.SUCCEEDED, reason="", verdict=None, stale_since=None, created_at=AT,
        started_at=AT, ended_at=AT, planned_duration_s=30,
        progress=ProgressView(percent=100, elapsed_s=30, remaining_s=0), pinned=False,
        load_test=None, target="local", stop_reason=None, exit_code=0, timeout_s=60, warnings=[],
        verdicts=list(verdicts), scenarios=SCENARIOS,
    )  # fmt: skip
