"""What of the database is worth watching; each answer comes from an index."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from sqlalchemy import func, select

from benchwright.kit.db import ReadSession
from benchwright.runs.models import Run
from benchwright.runs.state import UNFINISHED, RunState


class Unfinished(NamedTuple):
    """How many runs are in a state, and since when the oldest of them exists."""

    runs: int
    oldest_at: dt.datetime | None


def unfinished_runs(session: ReadSession) -> dict[RunState, Unfinished]:
    """Every state that a run passes through, also those that none is in."""
    query = (
        select(Run.state, func.count(), func.min(Run.created_at))
        .where(Run.state.in_(UNFINISHED))
        .group_by(Run.state)
    )
    found = {state: Unfinished(count, oldest) for state, count, oldest in session.execute(query)}
    return {state: found.get(state, Unfinished(0, None)) for state in UNFINISHED}
