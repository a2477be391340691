"""A CSV file as a table: some rows of it, from any row on."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO, NamedTuple

ROWS_A_PAGE = 200
MAX_COLUMNS = 50
MAX_CELL = 300
MAX_ROW = 200_000
MAX_BYTES = 32 * 1024 * 1024
"""So much of a file is gone through; what stands behind it is not shown."""
_SAMPLE_BYTES = 8192
_DELIMITERS = ",;\t|"


class FileTable(NamedTuple):
    """Rows from number `first` on (0 is the one below the heads)."""

    heads: list[str]
    rows: list[list[str]]
    first: int
    next_row: int | None
    hidden_columns: int

    @property
    def previous_row(self) -> int | None:
        """Where the page before begins."""
        return max(0, self.first - ROWS_A_PAGE) if self.first else None


def read_table(file: BinaryIO, first: int) -> FileTable | None:
    """The rows of a page; None for a file that is no table."""
    sample = file.read(_SAMPLE_BYTES)
    file.seek(0)
    if b"\0" in sample:
        return None
    reader = csv.reader(_lines(file), delimiter=_delimiter(sample))
    first = min(max(first, 0), MAX_ROW)
    try:
        heads = next(reader, [])
        found = list(islice(reader, first, first + ROWS_A_PAGE + 1))
    except csv.Error:
        return None
    if len(heads) < 2 and not any(len(row) > 1 for row in found):
        return None
    hidden = max(max(map(len, [heads, *found])) - MAX_COLUMNS, 0)
    has_more = len(found) > ROWS_A_PAGE and first + ROWS_A_PAGE <= MAX_ROW
    return FileTable(
        _clip(heads),
        [_clip(row) for row in found[:ROWS_A_PAGE]],
        first,
        first + ROWS_A_PAGE if has_more else None,
        hidden,
    )


def _clip(row: list[str]) -> list[str]:
    return [
        cell if len(cell) <= MAX_CELL else f"{cell[: MAX_CELL - 1]}…" for cell in row[:MAX_COLUMNS]
    ]


def _delimiter(sample: bytes) -> str:
    """The one that the first line has most of."""
    line = sample.split(b"\n", 1)[0].decode("utf-8", "replace")
    return max(_DELIMITERS, key=line.count)


def _lines(file: BinaryIO) -> Iterator[str]:
    left = MAX_BYTES
    encoding = "utf-8-sig"
    # A line of the whole size must not be held: `readline` stops at a bound.
    while left > 0 and (line := file.readline(csv.field_size_limit())):
        left -= len(line)
        yield line.decode(encoding, "replace")
        encoding = "utf-8"


def is_table(name: str) -> bool:
    """Whether a file is one by its name."""
    return name.lower().endswith((".csv", ".tsv"))
