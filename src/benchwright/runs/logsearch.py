"""Searching a run's log, block by block: a log may have many megabytes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from benchwright.runs.logreader import BLOCK_BYTES
from benchwright.runs.schemas import LogMatches

MAX_LINES_NAMED = 10_000
_ERROR = re.compile(
    rb"level=(?:error|fatal|panic)\b|\"level\":\s*\"(?:error|fatal|critical)\""
    rb"|\b(?:ERRO|ERROR|FATA|FATAL|CRITICAL)\b|^panic:|^Traceback "
)
"""How k6, loggers of Go, JSON loggers and Python say that something went wrong."""
_ERROR_WORDS = (
    b"error",
    b"fatal",
    b"panic",
    b"critical",
    b"ERRO",
    b"FATA",
    b"CRITICAL",
    b"Traceback",
)
"""One of them is in each line that `_ERROR` matches: looking for words is many times faster."""

_COLORS = re.compile(rb"\x1b\[[0-9;]*m")

_Places = Callable[[bytes], Iterator[int]]


def find_text(path: Path, text: str, *, match_case: bool = False) -> LogMatches:
    """Lines that contain the text; without `match_case`, letters of ASCII match in both cases."""
    wanted = text.encode() if match_case else text.encode().lower()

    def places(block: bytes) -> Iterator[int]:
        return _lines_with(block if match_case else block.lower(), wanted)

    return _find(path, places)


def find_errors(path: Path) -> LogMatches:
    """Lines that report an error."""
    return _find(path, _lines_of_errors)


def _lines_of_errors(block: bytes) -> Iterator[int]:
    for start in sorted({start for word in _ERROR_WORDS for start in _lines_with(block, word)}):
        end = block.find(b"\n", start)
        if _ERROR.search(block[start : end if end >= 0 else len(block)]):
            yield start


def _lines_with(block: bytes, wanted: bytes) -> Iterator[int]:
    """Where each line begins that contains it."""
    at = block.find(wanted)
    while at >= 0:
        yield block.rfind(b"\n", 0, at) + 1
        end = block.find(b"\n", at)
        at = block.find(wanted, end) if end >= 0 else -1


def _find(path: Path, places: _Places) -> LogMatches:
    count = size = 0
    named: list[int] = []
    first = 1
    for block in _blocks(path):
        line, counted_to = first, 0
        # What one reads is searched, not the colours between.
        text = _COLORS.sub(b"", block) if b"\x1b" in block else block
        for start in places(text):
            count += 1
            if len(named) < MAX_LINES_NAMED:
                line += text.count(b"\n", counted_to, start)
                counted_to = start
                named.append(line)
        first += block.count(b"\n")
        size += len(block)
    return LogMatches(count=count, lines=named, size=size)


def _blocks(path: Path) -> Iterator[bytes]:
    """The log in blocks of whole lines; only a line that is longer than a block is cut."""
    rest = b""
    try:
        with path.open("rb") as file:
            while block := file.read(BLOCK_BYTES):
                block = rest + block
                end = block.rfind(b"\n") + 1 or (len(block) if len(block) > BLOCK_BYTES else 0)
                if end:
                    yield block[:end]
                rest = block[end:]
    except OSError:
        return
    if rest:
        yield rest
