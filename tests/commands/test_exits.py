from __future__ import annotations

from pathlib import Path

import pytest

from benchwright.commands.exits import MEANINGS, Exit, exit_of
from benchwright.runs.state import UNFINISHED, RunState


@pytest.mark.parametrize(
    "state, verdict, expected",
    [
        ("succeeded", None, 0),
        ("succeeded", "met", 0),
        ("succeeded", "missed", 99),
        ("succeeded", "unknown", 1),
        ("failed", "missed", 1),
        ("failed", None, 1),
        ("lost", None, 1),
        ("stopped", "met", 130),
        ("stopped", None, 130),
        ("timed_out", "unknown", 124),
    ],
)
def test_a_run_s_end_is_an_exit_code(state: str, verdict: str | None, expected: int) -> None:
    assert exit_of({"state": state, "verdict": verdict}) == expected


def test_success_is_never_said_of_another_outcome() -> None:
    for state in set(RunState) - UNFINISHED - {RunState.SUCCEEDED}:
        assert exit_of({"state": state.value, "verdict": "met"}) is not Exit.DONE


def test_every_code_is_explained() -> None:
    assert set(MEANINGS) == set(Exit)


def test_the_documentation_has_the_same_table() -> None:
    page = (Path(__file__).parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")
    rows = "\n".join(f"| {int(code)} | {meaning} |" for code, meaning in MEANINGS.items())
    assert rows in page
