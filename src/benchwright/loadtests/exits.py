"""What k6's exit codes mean."""

from __future__ import annotations

from benchwright.runs.state import RunState
from benchwright.runs.workload import ExitMeaning

_OK, _BROKEN = RunState.SUCCEEDED, RunState.FAILED

EXITS = {
    0: ExitMeaning(_OK, "The load test ran to its end"),
    97: ExitMeaning(_BROKEN, "k6 Cloud could not finish the test"),
    98: ExitMeaning(_BROKEN, "k6 could not watch the test in k6 Cloud"),
    99: ExitMeaning(_OK, "The load test ran to its end; at least one target was missed"),
    100: ExitMeaning(_BROKEN, "The script's setup() took too long"),
    101: ExitMeaning(_BROKEN, "The script's teardown() took too long"),
    102: ExitMeaning(_BROKEN, "k6 ran into a timeout"),
    103: ExitMeaning(_BROKEN, "k6 was stopped through its REST API"),
    104: ExitMeaning(_BROKEN, "k6 does not accept the options of the script; the log says which"),
    105: ExitMeaning(_BROKEN, "k6 was stopped by a signal that nobody here asked for"),
    106: ExitMeaning(_BROKEN, "k6 could not open the port of its REST API"),
    107: ExitMeaning(_BROKEN, "The script threw an exception; the log says where"),
    108: ExitMeaning(_BROKEN, "The script aborted the test (exec.test.abort)"),
    109: ExitMeaning(_BROKEN, "k6 itself crashed; the log holds the trace"),
    110: ExitMeaning(_OK, "The load test ran to its end; the script marked it as failed"),
    126: ExitMeaning(_BROKEN, "k6 may not be executed; check its file permissions"),
    127: ExitMeaning(_BROKEN, "k6 was not found"),
    137: ExitMeaning(_BROKEN, "k6 was killed, most likely because memory ran out"),
    139: ExitMeaning(_BROKEN, "k6 crashed with a memory fault"),
    143: ExitMeaning(_BROKEN, "k6 was stopped by a signal before it had begun"),
}


def explain_exit(exit_code: int) -> ExitMeaning:
    """The outcome if nobody asked the run to stop; negative codes are signals."""
    if exit_code < 0:
        exit_code = 128 - exit_code
    known = EXITS.get(exit_code)
    return known or ExitMeaning(_BROKEN, f"k6 ended with the unknown exit code {exit_code}")
