"""What the exit codes of the commands mean."""

from __future__ import annotations

from enum import IntEnum
from typing import Any


class Exit(IntEnum):
    """The codes of `benchwright load`; the other commands use the first three."""

    DONE = 0
    FAILED = 1
    WRONG_USAGE = 2
    DOCUMENT_UNUSABLE = 3
    SERVER_UNREACHABLE = 4
    TARGETS_MISSED = 99
    TIMED_OUT = 124
    STOPPED = 130


MEANINGS = {
    Exit.DONE: "the run went as planned; its targets were met, or it had none",
    Exit.FAILED: "the run could not be carried out, or its targets could not be judged",
    Exit.WRONG_USAGE: "an argument, an option or a setting is wrong",
    Exit.DOCUMENT_UNUSABLE: "the OpenAPI document could not be read",
    Exit.SERVER_UNREACHABLE: "the server of --server is out of reach or refuses the token",
    Exit.TARGETS_MISSED: "the run went as planned and missed a target",
    Exit.TIMED_OUT: "the run took longer than it may and was ended",
    Exit.STOPPED: "the run was stopped before its planned end",
}


def exit_of(run: dict[str, Any]) -> Exit:
    """The code for a run that has ended, as `/api/v1/runs/{id}` shows it."""
    match run["state"]:
        case "succeeded":
            by_verdict = {"missed": Exit.TARGETS_MISSED, "unknown": Exit.FAILED}
            return by_verdict.get(run["verdict"] or "", Exit.DONE)
        case "stopped":
            return Exit.STOPPED
        case "timed_out":
            return Exit.TIMED_OUT
    return Exit.FAILED
