"""Reading a log piece by piece."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.runs import logreader
from benchwright.runs.logreader import read_lines, read_log


def test_there_is_no_log_yet(tmp_path: Path) -> None:
    part = read_log(tmp_path / "none.log", 10, 100, ended=False)
    assert (part.text, part.next_offset, part.is_complete) == ("", 0, False)


@given(st.text(max_size=300), st.integers(4, 40))
def test_pieces_add_up_to_the_whole(tmp_path: Path, text: str, limit: int) -> None:
    path = tmp_path / "run.log"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    expected = path.read_bytes().decode("utf-8", "replace")
    pieces, offset = "", 0
    while True:
        part = read_log(path, offset, limit, ended=True)
        pieces, offset = pieces + part.text, part.next_offset
        if part.is_complete:
            break
    assert pieces == expected


@given(st.binary(max_size=300), st.integers(4, 40))
def test_any_bytes_are_read_to_the_end(tmp_path: Path, data: bytes, limit: int) -> None:
    path = tmp_path / "run.log"
    path.write_bytes(data)
    offset, rounds = 0, 0
    while not (part := read_log(path, offset, limit, ended=True)).is_complete:
        offset, rounds = part.next_offset, rounds + 1
        assert rounds <= len(data)


def test_a_cut_off_character_waits_for_its_rest(tmp_path: Path) -> None:
    path = tmp_path / "run.log"
    path.write_bytes("é".encode()[:1])
    assert read_log(path, 0, 100, ended=False).next_offset == 0
    path.write_bytes("é".encode())
    assert read_log(path, 0, 100, ended=False).text == "é"


LINES = st.lists(st.text("abé \r", max_size=9), min_size=1, max_size=20)


def lines_of(data: str) -> list[str]:
    return data.split("\n")


@given(LINES, st.integers(16, 60))
def test_lines_read_upwards_add_up_to_the_whole(
    tmp_path: Path, lines: list[str], limit: int
) -> None:
    path = tmp_path / "run.log"
    path.write_bytes("\n".join(lines).encode())
    before, text, first = path.stat().st_size, "", len(lines)
    while before > 0:
        part = read_lines(path, limit, before=before)
        assert part.next_offset == before
        assert part.first_line <= first
        text, before, first = part.text + text, part.offset, part.first_line
        assert text.split("\n")[0] == lines[first - 1]
    assert text == "\n".join(lines)
    assert first == 1 or not text


@given(LINES, st.integers(16, 60))
def test_lines_read_downwards_add_up_to_the_whole(
    tmp_path: Path, lines: list[str], limit: int
) -> None:
    path = tmp_path / "run.log"
    path.write_bytes("\n".join(lines).encode())
    after, text = 0, ""
    while after < path.stat().st_size:
        part = read_lines(path, limit, after=after)
        assert part.first_line == text.count("\n") + 1
        text, after = text + part.text, part.next_offset
    assert text == "\n".join(lines)


@given(LINES, st.integers(1, 30), st.integers(1, 40))
def test_a_line_is_found_by_its_number(
    tmp_path: Path, lines: list[str], line: int, block_bytes: int
) -> None:
    path = tmp_path / "run.log"
    path.write_bytes("\n".join(lines).encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(logreader, "BLOCK_BYTES", block_bytes)
        part = read_lines(path, 1000, line=line)
    assert part.first_line == min(line, len(lines))
    assert part.text.split("\n")[0] == lines[part.first_line - 1]


def test_a_line_longer_than_the_limit_is_cut(tmp_path: Path) -> None:
    path = tmp_path / "run.log"
    path.write_text("x" * 100 + "\nend\n")
    assert read_lines(path, 16).text == "x" * 16
    assert read_lines(path, 16, before=101).text == "x" * 15 + "\n"


def test_no_lines_where_there_is_no_log(tmp_path: Path) -> None:
    assert read_lines(tmp_path / "none.log", 100, line=7).text == ""
