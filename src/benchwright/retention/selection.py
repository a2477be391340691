"""Which runs of a project have to go."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class FinishedRun:
    """What the rules look at."""

    id: int
    ended_at: dt.datetime
    stored_bytes: int
    pinned: bool


def select_expired(
    runs: Iterable[FinishedRun], *, days: int | None, max_bytes: int | None, at: dt.datetime
) -> list[int]:
    """The ids of runs to delete, oldest first; `None` switches a rule off.

    Runs older than `days` go. Then, while what is left has more than `max_bytes`, the oldest ones
    go. Pinned runs count towards the size and stay; so does the newest run, however large: it
    would vanish before anybody saw it.
    """
    ordered = sorted(runs, key=lambda run: (run.ended_at, run.id))
    expired: list[int] = []
    kept: list[FinishedRun] = []
    for run in ordered:
        old = days is not None and at - run.ended_at > dt.timedelta(days=days)
        if old and not run.pinned:
            expired.append(run.id)
        else:
            kept.append(run)
    if max_bytes is None:
        return expired
    total = sum(run.stored_bytes for run in kept)
    for run in kept[:-1]:
        if total <= max_bytes:
            break
        if not run.pinned:
            expired.append(run.id)
            total -= run.stored_bytes
    return expired
