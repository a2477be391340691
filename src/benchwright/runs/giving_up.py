"""Ending a run whose target is out of reach and may never come back."""

from __future__ import annotations

from benchwright.hosts.places import LOCAL_TARGET, PREFIX
from benchwright.kit.db import WriteSession
from benchwright.kit.errors import Conflict
from benchwright.runs.models import Run
from benchwright.runs.transitions import record


def give_up(session: WriteSession, run: Run) -> None:
    """Records that nobody waits any longer for the run's target; again changes nothing.

    Raises `Conflict` for a run that has ended, or whose target is not out of reach.
    """
    # Its driver may hear of the target just now.
    session.flush()
    session.refresh(run, with_for_update=True)
    if run.state.is_final:
        raise Conflict("The run has ended already.")
    if run.stale_since is None:
        raise Conflict("The target of the run is not out of reach: stop the run instead.")
    if run.given_up:
        return
    place = place_of(run.target)
    run.given_up = (
        f"Given up by a user: {place} cannot be reached since {run.stale_since:%Y-%m-%d %H:%M} UTC"
    )
    record(session, run, "given_up", "A user waits no longer for it; it may still be running there")


def place_of(target: str) -> str:
    """The target as it stands in a sentence."""
    return "this machine" if target == LOCAL_TARGET else target.removeprefix(PREFIX)
