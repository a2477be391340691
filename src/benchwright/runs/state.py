"""The states of a run and the only moves between them."""

from __future__ import annotations

from enum import StrEnum


class RunKind(StrEnum):
    LOAD_TEST = "load_test"
    JOB = "job"
    DEVICE = "device"
    REPORT = "report"
    PUSH = "push"
    """Carried out by another tool, which sends its figures here."""


class RunState(StrEnum):
    QUEUED = "queued"
    LAUNCHING = "launching"
    RUNNING = "running"
    COLLECTING = "collecting"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    STOPPED = "stopped"
    TIMED_OUT = "timed_out"
    LOST = "lost"

    @property
    def is_final(self) -> bool:
        """Whether nothing can follow."""
        return not TRANSITIONS[self]


class StopReason(StrEnum):
    """Why a run was asked to end before its workload ended by itself."""

    USER = "user"
    TIMEOUT = "timeout"
    AUTO_STOP = "auto_stop"


_OUTCOMES = frozenset(
    {RunState.SUCCEEDED, RunState.FAILED, RunState.STOPPED, RunState.TIMED_OUT, RunState.LOST}
)

TRANSITIONS: dict[RunState, frozenset[RunState]] = {
    RunState.QUEUED: frozenset({RunState.LAUNCHING, RunState.STOPPED, RunState.FAILED}),
    RunState.LAUNCHING: frozenset(
        {RunState.RUNNING, RunState.COLLECTING, RunState.STOPPED, RunState.FAILED, RunState.LOST}
    ),
    RunState.RUNNING: frozenset({RunState.COLLECTING}),
    RunState.COLLECTING: _OUTCOMES,
    **{outcome: frozenset() for outcome in _OUTCOMES},
}
"""From each state, the states that may follow."""

UNFINISHED = frozenset(state for state, following in TRANSITIONS.items() if following)
