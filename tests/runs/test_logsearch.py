"""Finding lines in a log."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.runs import logsearch
from benchwright.runs.logsearch import find_errors, find_text

LINES = st.lists(st.text("aAbé \t", max_size=12), max_size=30)


@given(LINES, st.text("aAé", min_size=1, max_size=2), st.integers(8, 40))
def test_the_same_lines_are_found_however_the_blocks_fall(
    tmp_path: Path, lines: list[str], text: str, block_bytes: int
) -> None:
    path = tmp_path / "run.log"
    path.write_bytes("\n".join(lines).encode())
    # A line that is longer than a block is cut; here none is.
    block_bytes = max(block_bytes, *(len(line.encode()) + 1 for line in [*lines, ""]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(logsearch, "BLOCK_BYTES", block_bytes)
        found = find_text(path, text, match_case=True)
    expected = [number for number, line in enumerate(lines, 1) if text in line]
    assert (found.count, found.lines) == (len(expected), expected)
    assert found.size == path.stat().st_size


def test_a_line_counts_once_and_letters_match_in_both_cases(tmp_path: Path) -> None:
    path = tmp_path / "run.log"
    path.write_text("Refused refused\nok\nREFUSED [.*] here\n")
    assert find_text(path, "refused").lines == [1, 3]
    assert find_text(path, "refused", match_case=True).lines == [1]
    assert find_text(path, "[.*]").lines == [3]


def test_there_is_nothing_in_a_log_that_is_not_there(tmp_path: Path) -> None:
    assert find_errors(tmp_path / "none.log").model_dump() == {"count": 0, "lines": [], "size": 0}


@pytest.mark.parametrize(
    "line",
    [
        'time="2026-01-01T00:00:00Z" level=error msg="no route"',
        "\x1b[31mERRO\x1b[0m[0003] something",
        '{"level": "error", "msg": "x"}',
        "Traceback (most recent call last):",
        "panic: runtime error",
    ],
)
def test_errors_are_found_as_loggers_write_them(tmp_path: Path, line: str) -> None:
    path = tmp_path / "run.log"
    path.write_text(f"level=info msg=fine\n0 errors, no ERRORS\n{line}\n")
    assert find_errors(path).lines == [3]


def test_only_so_many_lines_are_named(tmp_path: Path) -> None:
    path = tmp_path / "run.log"
    path.write_text("ERROR\n" * (logsearch.MAX_LINES_NAMED + 5))
    found = find_errors(path)
    assert found.count == logsearch.MAX_LINES_NAMED + 5
    assert len(found.lines) == logsearch.MAX_LINES_NAMED
