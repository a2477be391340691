"""A log of whole lines with their times, never larger than its cap, that a crash cannot spoil."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benchwright.executors.log_times import RECORD, UNKNOWN, times_path
from benchwright.executors.logfile import TAIL_SHARE, dropped_note

SEGMENTS = 4


@dataclass
class Segment:
    """A piece of the tail, in a file of its own until the end."""

    number: int
    size: int = 0
    lines: int = 0


@dataclass
class LogPlace:
    """How far a log is written: what a later writer needs to go on, or to take back the rest."""

    head_size: int = 0
    head_lines: int = 0
    segments: list[Segment] = field(default_factory=list)
    dropped_bytes: int = 0
    dropped_lines: int = 0
    next_number: int = 0
    is_closed: bool = False

    def to_json(self) -> dict[str, Any]:
        """The place as JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> LogPlace:
        """Reads what `to_json` gave."""
        segments = [Segment(**entry) for entry in value.get("segments", [])]
        return cls(**{**value, "segments": segments})


class LineLog:
    """Writes the head as it comes; beyond it the tail goes to files that are given up in turn.

    Whatever was written behind `place` (a crash came before it was kept) is taken back first.
    """

    def __init__(self, path: Path, spool: Path, max_bytes: int, place: LogPlace) -> None:
        self._path = path
        self._spool = spool
        tail = int(max_bytes * TAIL_SHARE)
        self._head_cap = max_bytes - tail
        self._segment_cap = max(1, tail // SEGMENTS)
        self._given_up: list[int] = []
        self.place = place
        if not place.is_closed:
            self._take_back()

    def write(self, lines: bytes, times: bytes) -> None:
        """Appends whole lines and as many records; raises `OSError` when the disk is full."""
        place = self.place
        if not place.next_number:
            room = self._head_cap - place.head_size
            if len(lines) <= room:
                self._append_head(lines, times)
                return
            cut = lines.rfind(b"\n", 0, max(0, room)) + 1
            count = lines.count(b"\n", 0, cut) * RECORD.size
            if cut:
                self._append_head(lines[:cut], times[:count])
            lines, times = lines[cut:], times[count:]
        for piece, records in self._pieces(lines, times):
            self._append_tail(piece, records)

    def close(self) -> None:
        """Puts the tail behind the head, and a line between them that says how much is missing."""
        if self.place.is_closed:
            return
        self._take_back()
        with self._path.open("ab") as log, times_path(self._path).open("ab") as times:
            if self.place.dropped_bytes:
                log.write(dropped_note(self.place.dropped_bytes))
                times.write(RECORD.pack(0, UNKNOWN))
            for segment in self.place.segments:
                for source, target in zip(self._files(segment.number), (log, times), strict=True):
                    with source.open("rb") as file:
                        shutil.copyfileobj(file, target, 1024 * 1024)
        self.place.is_closed = True

    def _take_back(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._spool.mkdir(parents=True, exist_ok=True, mode=0o700)
        place = self.place
        _cut(self._path, place.head_size)
        _cut(times_path(self._path), place.head_lines * RECORD.size)
        kept = {path.name for s in place.segments for path in self._files(s.number)}
        for path in self._spool.glob("tail.*"):
            if path.name not in kept:
                path.unlink()
        for segment in place.segments:
            text, times = self._files(segment.number)
            _cut(text, segment.size)
            _cut(times, segment.lines * RECORD.size)

    def _append_head(self, lines: bytes, times: bytes) -> None:
        _append(self._path, lines)
        _append(times_path(self._path), times)
        self.place.head_size += len(lines)
        self.place.head_lines += len(times) // RECORD.size

    def _append_tail(self, lines: bytes, times: bytes) -> None:
        place = self.place
        if not place.segments or place.segments[-1].size + len(lines) > self._segment_cap:
            place.segments.append(Segment(place.next_number))
            place.next_number += 1
        current = place.segments[-1]
        for path, content in zip(self._files(current.number), (lines, times), strict=True):
            _append(path, content)
        current.size += len(lines)
        current.lines += len(times) // RECORD.size
        while len(place.segments) > SEGMENTS:
            first = place.segments.pop(0)
            place.dropped_bytes += first.size
            place.dropped_lines += first.lines
            self._given_up.append(first.number)

    def tidy(self) -> None:
        """Deletes what was given up; only once `place` is kept, as a crash goes back to it."""
        for number in self._given_up:
            for path in self._files(number):
                path.unlink(missing_ok=True)
        self._given_up.clear()

    @property
    def is_intact(self) -> bool:
        """Whether all that `place` speaks of is there; after a power cut it may not be."""
        files = [(self._path, self.place.head_size)]
        files += [(self._files(s.number)[0], s.size) for s in self.place.segments]
        try:
            return all(path.stat().st_size >= size for path, size in files)
        except OSError:
            return False

    def _pieces(self, lines: bytes, times: bytes) -> Iterator[tuple[bytes, bytes]]:
        start, record = 0, 0
        while start < len(lines):
            end = lines.rfind(b"\n", start, start + self._segment_cap) + 1
            if not end:
                end = (lines.find(b"\n", start) + 1) or len(lines)
            count = lines.count(b"\n", start, end) * RECORD.size
            yield lines[start:end], times[record : record + count]
            start, record = end, record + count

    def _files(self, number: int) -> tuple[Path, Path]:
        return self._spool / f"tail.{number}", self._spool / f"tail.{number}.times"


def _append(path: Path, content: bytes) -> None:
    with path.open("ab") as file:
        file.write(content)


def _cut(path: Path, size: int) -> None:
    """Takes back what is behind `size`; what is missing before it cannot be had again."""
    with contextlib.suppress(FileNotFoundError):
        if path.stat().st_size > size:
            with path.open("r+b") as file:
                file.truncate(size)
        return
    path.touch(mode=0o644)
