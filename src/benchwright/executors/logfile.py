"""A log that grows by appending and is never larger than its cap."""

from __future__ import annotations

import time
from collections import deque
from typing import BinaryIO

from benchwright.executors.log_times import RECORD, UNKNOWN

TAIL_SHARE = 0.25
"""Share of the cap that is kept free for the end of the log."""


class CappedLog:
    """Writes the head as it comes; beyond it only the tail is kept and written at the end.

    `times` gets a record for each line: when it was read, as nobody knows when it was printed.
    """

    def __init__(self, file: BinaryIO, max_bytes: int, times: BinaryIO | None = None) -> None:
        self._file = file
        self._times = times
        self._is_within_line = False
        self._head_bytes = max_bytes - int(max_bytes * TAIL_SHARE)
        self._tail_bytes = max_bytes - self._head_bytes
        self._written = file.tell()
        self._tail: deque[tuple[int, bytes]] = deque()
        self._tail_size = 0
        self.dropped_bytes = 0
        self._is_full = self._written >= self._head_bytes

    def write(self, chunk: bytes) -> None:
        """Takes a chunk of output; raises OSError when the disk is full."""
        at_ns = time.time_ns()
        if not self._is_full:
            room = self._head_bytes - self._written
            self._put(chunk[:room], at_ns)
            self._file.flush()
            self._written += min(len(chunk), room)
            chunk = chunk[room:]
            self._is_full = self._written >= self._head_bytes
        if chunk:
            self._keep(chunk, at_ns)

    def _put(self, chunk: bytes, at_ns: int) -> None:
        self._file.write(chunk)
        if self._times is not None and chunk:
            self._times.write(RECORD.pack(at_ns, UNKNOWN) * chunk.count(b"\n"))
            self._times.flush()
            self._is_within_line = not chunk.endswith(b"\n")

    def _keep(self, chunk: bytes, at_ns: int) -> None:
        self._tail.append((at_ns, chunk))
        self._tail_size += len(chunk)
        while self._tail_size > self._tail_bytes:
            surplus = self._tail_size - self._tail_bytes
            first_ns, first = self._tail.popleft()
            if len(first) > surplus:
                self._tail.appendleft((first_ns, first[surplus:]))
                first = first[:surplus]
            self._tail_size -= len(first)
            self.dropped_bytes += len(first)

    def close(self) -> None:
        """Writes the tail behind a line that says how much is missing."""
        if self._tail:
            if self.dropped_bytes:
                self._put(b"\n" + dropped_note(self.dropped_bytes), 0)
            for at_ns, chunk in self._tail:
                self._put(chunk, at_ns)
        self._file.flush()
        self._file.close()
        if self._times is not None:
            if self._is_within_line:
                self._times.write(RECORD.pack(time.time_ns(), UNKNOWN))
            self._times.close()


def dropped_note(count: int) -> bytes:
    """The line that stands where a log is not whole."""
    return f"--- {count} bytes of log were dropped here: the log is full ---\n".encode()
