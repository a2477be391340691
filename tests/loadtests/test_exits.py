from __future__ import annotations

import pytest

from benchwright.loadtests.exits import explain_exit
from benchwright.runs.state import RunState


@pytest.mark.parametrize("code", [0, 99, 110])
def test_what_ran_as_planned_succeeded(code: int) -> None:
    assert explain_exit(code).outcome is RunState.SUCCEEDED


@pytest.mark.parametrize("code", [1, 97, 100, 103, 104, 105, 106, 107, 108, 109, 137, 255])
def test_all_else_failed_with_a_reason(code: int) -> None:
    meaning = explain_exit(code)
    assert meaning.outcome is RunState.FAILED
    assert len(meaning.reason) > 10


def test_signals_have_two_notations() -> None:
    assert explain_exit(-9) == explain_exit(137)
