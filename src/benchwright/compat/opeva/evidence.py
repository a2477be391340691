"""How a job of an inherited folder ended, from what it left behind."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from benchwright.compat.opeva import job_files
from benchwright.executors.port import Observation, Phase
from benchwright.kit.enclosed import open_file
from benchwright.kit.errors import TooLarge
from benchwright.runs.state import RunState

MAX_ERROR = 1000
_FAILED = frozenset({"failed", "error", "failure"})


class Evidence(NamedTuple):
    """What the folder of a job shows."""

    result: Any
    """The value in `result.json`, or `NOTHING`."""
    info: Mapping[str, Any]
    started_at: dt.datetime
    last_written_at: dt.datetime


def read_evidence(folder: Path, at: dt.datetime) -> Evidence:
    """Looks into the folder of a job; `at` stands for times that nothing tells."""
    info = job_files.read_object(folder, "job_info.json")
    written = [("progress", "progress.json"), ("results", "result.json")]
    times = [time for parts in written if (time := _written_at(folder, *parts)) is not None]
    first = _written_at(folder, "job_info.json")
    started_at = _time(info.get("started_at")) or min(
        [*times, *([first] if first else [])], default=at
    )
    started_at = min(started_at, at)
    try:
        result = job_files.read_document(folder, "results", "result.json")
    except TooLarge:
        result = {}  # it is there, and that is evidence enough
    return Evidence(
        result,
        info,
        started_at,
        min(max([started_at, *times]), at),
    )


def outcome_of(result: object, seen: Observation | None) -> tuple[RunState, str]:
    """State and reason of a job that does not run; `seen` is its container, if it is there still.

    Only an exit code or a result shows that it ended well.
    """
    exit_code = seen.exit_code if seen is not None and seen.phase is Phase.EXITED else None
    if (error := _error_in(result)) is not None:
        return RunState.FAILED, f"Its result says that it failed: {error}"
    if exit_code:
        why = f": {seen.detail}" if seen is not None and seen.detail else ""
        return RunState.FAILED, f"Its container ended with exit code {exit_code}{why}"
    if exit_code == 0:
        return RunState.SUCCEEDED, "Its container ended with exit code 0"
    if result is not job_files.NOTHING:
        return RunState.SUCCEEDED, "It left a result, and its container is gone"
    return RunState.LOST, "It left no result, and its container is gone"


def _error_in(result: object) -> str | None:
    if not isinstance(result, Mapping):
        return None
    status, error = result.get("status"), result.get("error")
    if not isinstance(status, str) or status.lower() not in _FAILED:
        return None
    text = error if isinstance(error, str) and error.strip() else "it does not say why"
    return " ".join(text.split())[:MAX_ERROR]


def _written_at(folder: Path, *parts: str) -> dt.datetime | None:
    try:
        with open_file(folder, parts) as file:
            return dt.datetime.fromtimestamp(os.fstat(file.fileno()).st_mtime, dt.UTC)
    except (OSError, ValueError, OverflowError):
        return None


def _time(value: object) -> dt.datetime | None:
    try:
        time = dt.datetime.fromisoformat(value) if isinstance(value, str) else None
        if time is None:
            return None
        return time.replace(tzinfo=dt.UTC) if time.tzinfo is None else time.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None
