"""The words of the OPEVA backend for what a run is doing."""

from __future__ import annotations

from benchwright.runs.state import RunState

_STATUS = {
    RunState.QUEUED: "queued",
    RunState.LAUNCHING: "queued",
    RunState.RUNNING: "running",
    # Its container has ended, but what it brought is not there yet.
    RunState.COLLECTING: "running",
    RunState.SUCCEEDED: "finished",
    RunState.FAILED: "failed",
    RunState.STOPPED: "stopped",
    RunState.TIMED_OUT: "failed",
    RunState.LOST: "failed",
}


def status_word(state: RunState) -> str:
    """`queued`, `running`, `finished`, `failed` or `stopped`."""
    return _STATUS[state]


def docker_word(state: RunState, *, has_container: bool, exit_code: int | None) -> str | None:
    """Docker's own word for the container as it was last seen; None before there is one."""
    if not has_container:
        return None
    if state is RunState.LAUNCHING:
        return "created"
    if exit_code is not None:
        return "exited"
    return "running" if state is RunState.RUNNING else "not_found"
