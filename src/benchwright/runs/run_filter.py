"""Which runs are meant: the same wish narrows lists, counts and deletions."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from benchwright.runs.state import RunKind, RunState

Bounds = tuple[float | None, float | None]


@dataclass(frozen=True)
class RunFilter:
    """Which runs a list shows; empty parts do not narrow it.

    Of several states, verdicts or load tests a run has one; of several tags it has all.
    """

    project_id: int | None = None
    load_tests: tuple[uuid.UUID, ...] = ()
    states: tuple[RunState, ...] = ()
    text: str = ""
    verdicts: tuple[str | None, ...] = ()
    """`None` stands for runs that were not judged."""
    kinds: tuple[RunKind, ...] = ()
    targets: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    started_from: dt.datetime | None = None
    started_before: dt.datetime | None = None
    requests_per_s: Bounds = (None, None)
    response_time_p95_ms: Bounds = (None, None)
    error_rate: Bounds = (None, None)
    ids: tuple[uuid.UUID, ...] | None = None
    up_to_id: int | None = None
