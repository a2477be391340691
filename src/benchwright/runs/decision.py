"""What to do next with a run, as a pure function of what is known of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from benchwright.executors.port import Observation, Phase
from benchwright.runs.state import RunState, StopReason

MISSING_SIGHTINGS_UNTIL_LOST = 2
"""How often in a row a reachable target must not know a workload before it counts as lost."""


ENDED = "The workload has ended"
"""The reason of an end that its target has nothing to say about."""


@dataclass(frozen=True)
class Facts:
    """What the database knows of a run."""

    state: RunState
    has_handle: bool
    stop_reason: StopReason | None
    started_at: dt.datetime | None
    timeout_s: float
    missing_sightings: int
    stale: bool
    slot_is_free: bool
    warn_after_s: float | None = None
    is_warned: bool = False
    collect_from: dt.datetime | None = None
    given_up: str = ""
    """Why a user waits no longer for its target."""


@dataclass(frozen=True)
class Move:
    """Change the state."""

    to: RunState
    reason: str
    observation: Observation | None = None


@dataclass(frozen=True)
class Create:
    """Create the workload on its target under its own name, or adopt it."""


@dataclass(frozen=True)
class Start:
    """Start the created workload."""


@dataclass(frozen=True)
class RequestStop:
    """Record that the run shall end, and why."""

    reason: StopReason
    detail: str


@dataclass(frozen=True)
class Warn:
    """Tell that the run goes on for longer than expected of any."""

    detail: str


@dataclass(frozen=True)
class Stop:
    """Tell the target to end the workload."""


@dataclass(frozen=True)
class Collect:
    """Read results, judge, seal the series and finish."""


@dataclass(frozen=True)
class Remove:
    """Forget the workload on its target."""


@dataclass(frozen=True)
class Withdraw:
    """Remove what a launch that is no longer wanted may have left on its target."""


@dataclass(frozen=True)
class NoteMissing:
    """Count that a reachable target did not know the workload."""


@dataclass(frozen=True)
class NoteSeen:
    """Record that the target answered for the workload."""


@dataclass(frozen=True)
class NoteStale:
    """Record that the target is out of reach."""

    detail: str


Action = (
    Move
    | Create
    | Start
    | RequestStop
    | Warn
    | Stop
    | Collect
    | Remove
    | Withdraw
    | NoteMissing
    | NoteSeen
    | NoteStale
)


def decide(facts: Facts, observation: Observation | None, at: dt.datetime) -> list[Action]:
    """The actions that bring the run one step closer to its end.

    `observation` is None when the target was not asked (no handle yet). Every outcome but a
    stop before the start needs evidence: an exit, or two sightings without the workload.
    A user may do without, as long as the target is out of reach: what it answers counts more.
    """
    if facts.state is RunState.QUEUED:
        return _decide_queued(facts)
    if facts.state is RunState.COLLECTING:
        is_early = facts.collect_from is not None and at < facts.collect_from
        return [] if is_early else [Collect()]
    if facts.state not in (RunState.LAUNCHING, RunState.RUNNING):
        return []
    if facts.given_up and (observation is None or observation.phase is Phase.UNREACHABLE):
        return [Move(RunState.COLLECTING, facts.given_up)]
    if not facts.has_handle or observation is None:
        if facts.stop_reason is None or facts.has_handle or facts.state is RunState.RUNNING:
            return [Create()]
        # Without a handle nothing was started. Whether it was created, the target tells.
        return [Withdraw(), Move(RunState.STOPPED, "Stopped before it started")]
    match observation.phase:
        case Phase.UNREACHABLE:
            return [NoteStale(observation.detail)]
        case Phase.EXITED:
            return _decide_exited(facts, observation)
        case Phase.ABSENT:
            return _decide_absent(facts, observation)
        case Phase.CREATED:
            return _decide_created(facts, observation)
        case Phase.RUNNING:
            return _decide_running(facts, observation, at)


def _decide_queued(facts: Facts) -> list[Action]:
    if facts.stop_reason is not None:
        return [Move(RunState.STOPPED, "Stopped before it started")]
    if facts.slot_is_free:
        return [Move(RunState.LAUNCHING, "A place on the target is free")]
    return []


def _decide_exited(facts: Facts, observation: Observation) -> list[Action]:
    ended = Move(RunState.COLLECTING, observation.detail or ENDED, observation)
    if facts.state is RunState.LAUNCHING:
        # It ran while nobody looked; its history says so all the same.
        return [Move(RunState.RUNNING, "The workload has started", observation), ended]
    return [ended]


def _decide_absent(facts: Facts, observation: Observation) -> list[Action]:
    if facts.missing_sightings + 1 < MISSING_SIGHTINGS_UNTIL_LOST:
        return [NoteMissing()]
    reason = observation.detail or "The target no longer knows the workload"
    return [Move(RunState.COLLECTING, reason, observation)]


def _decide_created(facts: Facts, observation: Observation) -> list[Action]:
    if facts.state is RunState.RUNNING:
        # It was seen running and is now as if never started: the target lost its memory.
        return _decide_absent(facts, observation)
    if facts.stop_reason is not None:
        return [Remove(), Move(RunState.STOPPED, "Stopped before it started")]
    return [Start()]


def _decide_running(facts: Facts, observation: Observation, at: dt.datetime) -> list[Action]:
    actions: list[Action] = []
    if facts.state is RunState.LAUNCHING:
        actions.append(Move(RunState.RUNNING, "The workload has started", observation))
    elif facts.stale or facts.missing_sightings:
        actions.append(NoteSeen())
    started_at = facts.started_at or observation.started_at
    if facts.stop_reason is not None:
        actions.append(Stop())
    elif started_at is not None and (at - started_at).total_seconds() > facts.timeout_s:
        detail = f"It ran longer than its timeout of {facts.timeout_s:g} s"
        actions += [RequestStop(StopReason.TIMEOUT, detail), Stop()]
    elif started_at is not None and _is_long(facts, (at - started_at).total_seconds()):
        actions.append(Warn(f"It has been running for more than {facts.warn_after_s:g} s"))
    return actions


def _is_long(facts: Facts, ran_s: float) -> bool:
    return facts.warn_after_s is not None and not facts.is_warned and ran_s > facts.warn_after_s
