"""Reading a run's log from any place, while it grows."""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import BinaryIO

from benchwright.runs.schemas import LogLines, LogPart

MAX_PART_BYTES = 256 * 1024
BLOCK_BYTES = 1024 * 1024


def measure_log(path: Path) -> int:
    """Bytes of the log so far; 0 when there is none yet."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def read_log(path: Path, offset: int, limit: int, *, ended: bool) -> LogPart:
    """A piece of the log that ends between two characters; what is no UTF-8 is shown as �.

    `ended` says that the log grows no more, so that a cut-off character at its end is given out.
    """
    size = measure_log(path)
    offset = min(offset, size)
    try:
        with path.open("rb") as file:
            file.seek(offset)
            raw = file.read(min(limit, MAX_PART_BYTES))
    except OSError:
        raw = b""
    is_last = ended and offset + len(raw) >= size
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    text = decoder.decode(raw, final=is_last)
    pending = 0 if is_last else len(decoder.getstate()[0])
    next_offset = offset + len(raw) - pending
    return LogPart(
        offset=offset,
        next_offset=next_offset,
        size=size,
        text=text,
        is_complete=ended and next_offset >= size,
    )


def read_lines(
    path: Path, limit: int, *, line: int | None = None, before: int | None = None, after: int = 0
) -> LogLines:
    """Whole lines of at most `limit` bytes in all, with the number of the first.

    They begin with line number `line`, end at the offset `before`, or begin at the offset
    `after`: the offsets are those of earlier answers, where a line begins. A line that is longer
    than the limit is cut.
    """
    size = measure_log(path)
    limit = min(limit, MAX_PART_BYTES)
    try:
        with path.open("rb") as file:
            if line is not None:
                start, first = _find_line(file, line)
            elif before is not None:
                start, first = _start_before(file, min(before, size), limit)
            else:
                start = min(after, size)
                first = 1 + _count_lines(file, start)
            file.seek(start)
            end = before if before is not None and line is None else size
            raw = file.read(max(0, min(limit, end - start)))
    except OSError:
        return LogLines(offset=0, next_offset=0, size=0, first_line=1, text="")
    if start + len(raw) < min(end, size):
        raw = raw[: raw.rfind(b"\n") + 1] or raw
    return LogLines(
        offset=start,
        next_offset=start + len(raw),
        size=size,
        first_line=first,
        text=raw.decode("utf-8", "replace"),
    )


def _start_before(file: BinaryIO, end: int, limit: int) -> tuple[int, int]:
    """Where the first whole line begins of the last `limit` bytes before `end`, and its number."""
    start = max(0, end - limit)
    if start:
        file.seek(start - 1)
        raw = file.read(end - start + 1)
        newline = raw.find(b"\n", 0, -1)
        if newline >= 0:
            start += newline
    return start, 1 + _count_lines(file, start)


def _count_lines(file: BinaryIO, end: int) -> int:
    file.seek(0)
    lines, rest = 0, end
    while rest > 0 and (block := file.read(min(BLOCK_BYTES, rest))):
        lines += block.count(b"\n")
        rest -= len(block)
    return lines


def _find_line(file: BinaryIO, line: int) -> tuple[int, int]:
    """Where a line begins; the last one there is when there are not so many."""
    file.seek(0)
    place, number, last = 0, 1, (0, 1)
    while number < line and (block := file.read(BLOCK_BYTES)):
        count = block.count(b"\n")
        if number + count < line:
            if count:
                last = (place + block.rfind(b"\n") + 1, number + count)
            number += count
            place += len(block)
            continue
        at = -1
        for _ in range(line - number):
            at = block.index(b"\n", at + 1)
        return place + at + 1, line
    return last
