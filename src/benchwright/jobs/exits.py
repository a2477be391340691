"""What the exit codes of jobs mean."""

from __future__ import annotations

import signal
from collections.abc import Collection

from benchwright.runs.state import RunState
from benchwright.runs.workload import ExitMeaning

_KNOWN = {
    125: "The container could not be started: Docker refused what it was told (exit code 125)",
    126: "The command was found and may not be executed (exit code 126): check its permissions",
    127: "The command was not found (exit code 127): check its name, and that the image or this machine has it",
    134: "The command aborted itself (exit code 134)",
    137: "The command was killed (exit code 137), most likely because memory ran out",
    139: "The command crashed with a memory fault (exit code 139)",
    143: "The command was told to end by a signal that nobody here sent (exit code 143)",
}


def explain_exit(exit_code: int, success: Collection[int] = (0,)) -> ExitMeaning:
    """The outcome if nobody asked the run to stop; negative codes are signals."""
    if exit_code < 0:
        exit_code = 128 - exit_code
    if exit_code in success:
        words = "The job ran to its end"
        return ExitMeaning(
            RunState.SUCCEEDED,
            words
            if exit_code == 0
            else f"{words} (exit code {exit_code}, which counts as success)",
        )
    return ExitMeaning(RunState.FAILED, _KNOWN.get(exit_code) or _words(exit_code))


def _words(exit_code: int) -> str:
    if exit_code == 0:
        return "The command ended with exit code 0, which the plan does not count as success"
    if 128 < exit_code < 128 + 65:
        try:
            name = signal.Signals(exit_code - 128).name
        except ValueError:
            name = str(exit_code - 128)
        return f"The command was ended by the signal {name} (exit code {exit_code})"
    return f"The command ended with exit code {exit_code}; its log may say why"
