"""Why a run that is queued does not begin yet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from pydantic import BaseModel, computed_field

from benchwright.hosts import repository
from benchwright.hosts.models import LOCAL
from benchwright.hosts.places import LOCAL_HOST_TARGET, LOCAL_TARGET, PREFIX
from benchwright.kit.db import ReadSession
from benchwright.runs.models import Run
from benchwright.runs.state import RunState

SHOWN_NAME = 60
MOST = 1000


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
    return explain_all(session, [run]).get(run.id)


def explain_all(session: ReadSession, runs: Iterable[Run]) -> dict[int, Waiting]:
    """The same for many runs, by key: those of one target in the order of their queue."""
    reasons: dict[str, _Reason] = {}
    before: dict[str, int] = {}
    found: dict[int, Waiting] = {}
    for run in runs:
        if run.state is not RunState.QUEUED or run.stop_reason is not None:
            continue
        if run.target not in reasons:
            reasons[run.target] = _reason_of(session, run.target)
            before[run.target] = repository.count_queued_before(session, run)
        waiting = reasons[run.target].waiting(before[run.target])
        if waiting is not None:
            found[run.id] = waiting
        before[run.target] += 1
    return found


class _Reason(NamedTuple):
    """Why a target takes nothing now, or would take only the first `free` of its queue."""

    text: str = ""
    host: str | None = None
    since: dt.datetime | None = None
    free: int = 0

    def waiting(self, before: int) -> Waiting | None:
        if not self.text or before < self.free:
            return None
        return Waiting(text=self.text, since=self.since, host=self.host, before=before)


def _reason_of(session: ReadSession, target: str) -> _Reason:
    if target == LOCAL_TARGET:
        host = repository.find(session, LOCAL)
        shared = [LOCAL_HOST_TARGET] if host is not None and host.is_exclusive else []
        return _busy(
            "This machine", repository.occupying_of(session, [target, *shared], MOST), None
        )
    if not target.startswith(PREFIX):
        return _Reason()
    name = target.removeprefix(PREFIX)
    host = repository.find(session, name)
    if host is None:
        return _Reason(f"The host {name} was removed: stop this run")
    if host.unreachable_since is not None:
        return _Reason(f"{name} cannot be reached since", name, host.unreachable_since)
    if host.is_drained:
        return _Reason(f"{name} is drained: nothing new begins there", name)
    if host.seen_at is None:
        return _Reason(f"{name} was not looked at yet", name)
    shared = [LOCAL_TARGET] if name == LOCAL and host.is_exclusive else []
    taken = repository.occupying_of(session, [target, *shared], MOST)
    capacity = 1 if host.is_exclusive else host.capacity
    return _busy(name, taken, name, free=max(0, capacity - len(taken)))


def _busy(where: str, taken: Sequence[Run], host: str | None, free: int = 0) -> _Reason:
    """`free` is not known of this machine's processes: what nobody is before begins at once."""
    if not taken:
        return _Reason(f"{where} takes those before it first", host, free=max(free, 1))
    name = taken[0].name
    shown = name if len(name) <= SHOWN_NAME else name[: SHOWN_NAME - 1] + "…"
    what = f"“{shown}”" if len(taken) == 1 else f"{len(taken)} runs"
    return _Reason(f"{where} is busy with {what}", host, free=free)
