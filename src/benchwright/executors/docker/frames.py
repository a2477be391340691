"""Docker's log stream, taken apart: frames of eight bytes and a message with its time."""

from __future__ import annotations

import base64
import datetime as dt
from dataclasses import dataclass
from typing import Any

from benchwright.executors.docker.states import read_time
from benchwright.executors.log_times import RECORD, UNKNOWN

HEADER_BYTES = 8
STAMP_BYTES = 30
"""`2026-11-26T18:41:14.123456789Z`, then a space."""
PART_BYTES = 16 * 1024
"""Docker cuts longer lines into messages of this size."""
MAX_LINE_BYTES = 1024 * 1024
SYSTEM_ERROR = 3
GAP = b"--- lines of the log may be missing here: the host did not keep them ---\n"
_NEWLINE, _POINT, _ZULU, _SPACE = 10, 46, 90, 32


class BrokenStream(Exception):
    """What came is no log stream, or the daemon could not read its own log."""


@dataclass(slots=True)
class StreamCursor:
    """How far one of the two streams was read: its last time, and how many messages have it.

    The two are written down by different hands, so that only within one times never fall.
    """

    time_ns: int = 0
    count: int = 0
    pending: bytes = b""
    """Of a line that is not whole yet."""
    resume_ns: int = 0
    """Messages up to here, and `resume_count` at this very time, were read before."""
    resume_count: int = 0
    resume_seen: int = 0
    is_resuming: bool = False

    def to_json(self) -> dict[str, Any]:
        """The cursor as JSON."""
        pending = base64.b64encode(self.pending).decode()
        return {"time_ns": self.time_ns, "count": self.count, "pending": pending}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> StreamCursor:
        """Reads what `to_json` gave."""
        return cls(value["time_ns"], value["count"], base64.b64decode(value["pending"]))


class FrameReader:
    """Turns chunks into whole lines with their times; says from where to read again."""

    def __init__(
        self, cursors: dict[int, StreamCursor] | None = None, *, part_bytes: int = PART_BYTES
    ) -> None:
        self.cursors = cursors or {}
        self._part_bytes = part_bytes
        self._rest = b""
        self._second = b""
        self._second_ns = 0
        self._lines: list[bytes] = []
        self._times: list[bytes] = []
        self.size = 0

    def resume(self, margin_ns: int) -> int:
        """Begins a new connection; returns the time to ask from, 0 for the beginning.

        The margin covers messages of one stream that were written down behind later ones of
        the other.
        """
        self._rest = b""
        latest = max((cursor.time_ns for cursor in self.cursors.values()), default=0)
        since = max(0, latest - margin_ns)
        for cursor in self.cursors.values():
            cursor.is_resuming = True
            cursor.resume_ns, cursor.resume_count = cursor.time_ns, cursor.count
            # What lies before the time that is asked for does not come again.
            cursor.resume_seen = 0 if cursor.time_ns >= since else cursor.count
        return since

    def feed(self, chunk: bytes) -> None:
        """Takes what the daemon sent; raises `BrokenStream`."""
        data = self._rest + chunk if self._rest else chunk
        end, place = len(data), 0
        lines, times, cursors = self._lines, self._times, self.cursors
        while end - place >= HEADER_BYTES:
            stream = data[place]
            start = place + HEADER_BYTES
            stop = start + int.from_bytes(data[place + 4 : start], "big")
            if stream > SYSTEM_ERROR or data[place + 1 : place + 4] != b"\0\0\0":
                raise BrokenStream("The log of the container is no stream of frames")
            if stop > end:
                break
            if stream == SYSTEM_ERROR:
                raise BrokenStream(data[start:stop].decode("utf-8", "replace").strip())
            place = stop
            text = start + STAMP_BYTES + 1
            if (
                text <= stop
                and data[text - 1] == _SPACE
                and data[start + 19] == _POINT
                and data[text - 2] == _ZULU
            ):
                second = data[start : start + 19]
                if second != self._second:
                    self._second, self._second_ns = second, _read_second(second)
                time_ns = self._second_ns + int(data[start + 20 : text - 2])
            else:
                time_ns, text = _read_stamp(data, start, stop)
            cursor = cursors.get(stream)
            if cursor is None:
                cursor = cursors[stream] = StreamCursor()
            if cursor.is_resuming and self._was_read(cursor, time_ns):
                continue
            if time_ns == cursor.time_ns:
                cursor.count += 1
            else:
                cursor.time_ns, cursor.count = time_ns, 1
            line = data[text:stop]
            if cursor.pending:
                line = cursor.pending + line
                cursor.pending = b""
            if not line.endswith(b"\n"):
                # A shorter message is the last of its line, whose end the driver `local` forgets.
                if stop - text >= self._part_bytes and len(line) < MAX_LINE_BYTES:
                    cursor.pending = line
                    continue
                line += b"\n"
            if line.count(b"\n") > 1:
                # Only a log driver of somebody else's puts several lines into one message.
                line = line[:-1].replace(b"\n", b"\r") + b"\n"
            self.size += len(line)
            lines.append(line)
            times.append(RECORD.pack(time_ns, stream))
        self._rest = data[place:]

    def take(self) -> tuple[bytes, bytes]:
        """The lines since the last call, and their records."""
        lines, times = b"".join(self._lines), b"".join(self._times)
        self._lines.clear()
        self._times.clear()
        self.size = 0
        return lines, times

    def finish(self) -> None:
        """Ends lines that never got their newline: the workload has ended."""
        for stream, cursor in sorted(self.cursors.items()):
            if cursor.pending:
                self._lines.append(cursor.pending + b"\n")
                self._times.append(RECORD.pack(cursor.time_ns, stream))
                cursor.pending = b""

    def add_note(self, text: str) -> None:
        """Adds a line of our own."""
        self._lines.append(text.replace("\n", " ").encode() + b"\n")
        self._times.append(RECORD.pack(0, UNKNOWN))

    @property
    def is_within_frame(self) -> bool:
        """Whether the stream ended where it never should."""
        return bool(self._rest)

    def _was_read(self, cursor: StreamCursor, time_ns: int) -> bool:
        if time_ns < cursor.resume_ns:
            return True
        if time_ns == cursor.resume_ns and cursor.resume_seen < cursor.resume_count:
            cursor.resume_seen += 1
            return True
        cursor.is_resuming = False
        if cursor.resume_seen < cursor.resume_count:
            self._lines.append(GAP)
            self._times.append(RECORD.pack(time_ns, UNKNOWN))
            cursor.pending = b""
        return False


def _read_second(text: bytes) -> int:
    try:
        at = dt.datetime.fromisoformat(text.decode("ascii")).replace(tzinfo=dt.UTC)
    except ValueError as error:
        raise BrokenStream(f"A line of the log has no time: {text!r}") from error
    return int(at.timestamp()) * 1_000_000_000


def _read_stamp(data: bytes, start: int, stop: int) -> tuple[int, int]:
    """The time of a message that is not in Docker's usual form, and where its text begins."""
    space = data.find(b" ", start, min(stop, start + 48))
    stamp = data[start : space if space >= 0 else stop].decode("ascii", "replace").strip()
    at = read_time(stamp)
    if at is None:
        raise BrokenStream(f"A line of the log has no time: {stamp[:40]!r}")
    fraction = stamp.partition(".")[2]
    digits = fraction[: len(fraction) - len(fraction.lstrip("0123456789"))]
    whole = int(at.replace(microsecond=0).timestamp()) * 1_000_000_000
    return whole + int(digits[:9].ljust(9, "0") or 0), (space + 1 if space >= 0 else stop)
