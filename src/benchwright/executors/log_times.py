"""When each line of a log was printed, and where: records of nine bytes beside the log."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

RECORD = struct.Struct("<QB")
"""Nanoseconds since 1970 and the stream; record n belongs to line n of the log."""
STDOUT, STDERR, UNKNOWN = 1, 2, 0
MAX_LINES = 100_000


@dataclass(frozen=True)
class LineTime:
    """When a line was printed; `time_ns` is 0 where nobody knows."""

    time_ns: int
    stream: int

    @property
    def is_stderr(self) -> bool:
        """Whether it was printed as an error."""
        return self.stream == STDERR


def times_path(log_path: Path) -> Path:
    """The file of times of a log: beside it, `{name}.times`."""
    return log_path.with_name(f"{log_path.name}.times")


def pack_times(times: Iterable[tuple[int, int]]) -> bytes:
    """Records of (nanoseconds, stream)."""
    return b"".join(RECORD.pack(time_ns, stream) for time_ns, stream in times)


def read_times(log_path: Path, first_line: int, count: int) -> list[LineTime]:
    """The times of at most `count` lines from line number `first_line` (1 is the first).

    Fewer, or none, where the log has no more lines or its times were not kept.
    """
    count = max(0, min(count, MAX_LINES))
    try:
        with times_path(log_path).open("rb") as file:
            file.seek(RECORD.size * max(0, first_line - 1))
            raw = file.read(RECORD.size * count)
    except OSError:
        return []
    whole = len(raw) - len(raw) % RECORD.size
    return [LineTime(*record) for record in RECORD.iter_unpack(raw[:whole])]
