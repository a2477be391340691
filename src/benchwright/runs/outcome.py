"""How a run ended, from its exit code and from who asked it to stop."""

from __future__ import annotations

from benchwright.runs.state import RunState, StopReason
from benchwright.runs.workload import ExitMeaning

_STOPPED_OUTCOMES = {
    StopReason.USER: RunState.STOPPED,
    StopReason.TIMEOUT: RunState.TIMED_OUT,
    StopReason.AUTO_STOP: RunState.SUCCEEDED,
}


def conclude(
    meaning: ExitMeaning | None, stop_reason: StopReason | None, stop_detail: str, detail: str
) -> tuple[RunState, str]:
    """The outcome and its reason; without an exit code (`meaning` None) the run is lost.

    A workload that came to its own end succeeded or failed, even if a stop was on its way;
    one that was cut short ends as whoever asked for it intended.
    """
    if meaning is None:
        return RunState.LOST, detail or "No exit code was left behind"
    if stop_reason is None or meaning.outcome is RunState.SUCCEEDED:
        return meaning.outcome, meaning.reason
    return _STOPPED_OUTCOMES[stop_reason], stop_detail or meaning.reason
