"""A log that grows by appending and is never larger than its cap."""

from __future__ import annotations

from collections import deque
from typing import BinaryIO

TAIL_SHARE = 0.25
"""Share of the cap that is kept free for the end of the log."""


class CappedLog:
    """Writes the head as it comes; beyond it only the tail is kept and written at the end."""

    def __init__(self, file: BinaryIO, max_bytes: int) -> None:
        self._file = file
        self._head_bytes = max_bytes - int(max_bytes * TAIL_SHARE)
        self._tail_bytes = max_bytes - self._head_bytes
        self._written = file.tell()
        self._tail: deque[bytes] = deque()
        self._tail_size = 0
        self.dropped_bytes = 0
        self._is_full = self._written >= self._head_bytes

    def write(self, chunk: bytes) -> None:
        """Takes a chunk of output; raises OSError when the disk is full."""
        if not self._is_full:
            room = self._head_bytes - self._written
            self._file.write(chunk[:room])
            self._file.flush()
            self._written += min(len(chunk), room)
            chunk = chunk[room:]
            self._is_full = self._written >= self._head_bytes
        if chunk:
            self._keep(chunk)

    def _keep(self, chunk: bytes) -> None:
        self._tail.append(chunk)
        self._tail_size += len(chunk)
        while self._tail_size > self._tail_bytes:
            surplus = self._tail_size - self._tail_bytes
            first = self._tail.popleft()
            if len(first) > surplus:
                self._tail.appendleft(first[surplus:])
                first = first[:surplus]
            self._tail_size -= len(first)
            self.dropped_bytes += len(first)

    def close(self) -> None:
        """Writes the tail behind a line that says how much is missing."""
        if self._tail:
            if self.dropped_bytes:
                self._file.write(b"\n" + dropped_note(self.dropped_bytes))
            self._file.write(b"".join(self._tail))
        self._file.flush()
        self._file.close()


def dropped_note(count: int) -> bytes:
    """The line that stands where a log is not whole."""
    return f"--- {count} bytes of log were dropped here: the log is full ---\n".encode()
