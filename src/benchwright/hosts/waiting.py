"""Why a run that is queued does not begin yet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from pydantic import BaseModel, computed_field

from benchwright.hosts import repository
from benchwright.hosts.models import LOCAL, Host
from benchwright.hosts.places import LOCAL_HOST_TARGET, LOCAL_TARGET, PREFIX
from benchwright.kit.db import ReadSession
from benchwright.runs.models import Run
from benchwright.runs.state import RunState

SHOWN_NAME = 60


class Waiting(BaseModel):
    """What a queued run waits for; `since` belongs to the end of `text`, where it is set."""

    text: str
    since: dt.datetime | None = None
    host: str | None = None
    """The host whose page says more."""
    before: int = 0
    """Runs that come before it in the queue of its target."""

    @computed_field  # type: ignore[prop-decorator]  # as Pydantic documents it
    @property
    def place(self) -> str:
        """Where it stands in the queue, where others stand before it."""
        if not self.before:
            return ""
        return "1 run is before it" if self.before == 1 else f"{self.before} runs are before it"


def explain(session: ReadSession, run: Run) -> Waiting | None:
    """Why the run waits; None for one that does not, or that is about to begin."""
    if run.state is not RunState.QUEUED or run.stop_reason is not None:
        return None
    before = repository.count_queued_before(session, run)
    if run.target == LOCAL_TARGET:
        return _for_processes(session, before)
    if not run.target.startswith(PREFIX):
        return None
    name = run.target.removeprefix(PREFIX)
    host = repository.find(session, name)
    if host is None:
        return Waiting(text=f"The host {name} was removed: stop this run", before=before)
    if host.unreachable_since is not None:
        return Waiting(
            text=f"{name} cannot be reached since", since=host.unreachable_since, host=name,
            before=before,
        )  # fmt: skip
    if host.is_drained:
        return Waiting(
            text=f"{name} is drained: nothing new begins there", host=name, before=before
        )
    if host.seen_at is None:
        return Waiting(text=f"{name} was not looked at yet", host=name, before=before)
    return _for_places(session, host, before)


def _for_processes(session: ReadSession, before: int) -> Waiting | None:
    host = repository.find(session, LOCAL)
    targets = [LOCAL_TARGET]
    if host is not None and host.is_exclusive:
        targets.append(LOCAL_HOST_TARGET)
    taken = repository.occupying_of(session, targets, 100)
    return _busy("This machine", taken, before, None)


def _for_places(session: ReadSession, host: Host, before: int) -> Waiting | None:
    targets = [host.target]
    if host.name == LOCAL and host.is_exclusive:
        targets.append(LOCAL_TARGET)
    return _busy(host.name, repository.occupying_of(session, targets, 1000), before, host.name)


def _busy(where: str, taken: Sequence[Run], before: int, host: str | None) -> Waiting | None:
    if not taken and not before:
        return None
    if not taken:
        return Waiting(text=f"{where} takes those before it first", host=host, before=before)
    name = taken[0].name
    shown = name if len(name) <= SHOWN_NAME else name[: SHOWN_NAME - 1] + "…"
    what = f"“{shown}”" if len(taken) == 1 else f"{len(taken)} runs"
    return Waiting(text=f"{where} is busy with {what}", host=host, before=before)
