"""The journal of a running run: one append-only file of checksummed frames.

A frame is a header (payload length, CRC-32, type, receive time in milliseconds) and a payload.
The file begins with a magic line. After a crash it is cut back to the last good frame; whatever
was written before the damage stays readable.
"""

from __future__ import annotations

import json
import os
import struct
import zlib
from collections.abc import Iterator, Mapping
from enum import IntEnum
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from benchwright.kit.errors import Unavailable

JOURNAL_NAME = "series.journal"
MAX_PAYLOAD_BYTES = 64 * 1024 * 1024
MAX_JOURNAL_BYTES = 4 * 1024 * 1024 * 1024

_MAGIC = b"benchwright journal 1\n"
_HEADER = struct.Struct("<IIBQ")
_CHECKED = struct.Struct("<BQ")


class FrameType(IntEnum):
    PUSH = 1
    """A remote write body as received, behind the length (one byte) and name of its instance."""
    TELEMETRY = 2
    """JSON: figures of the host and of the workload's processes."""
    SAMPLES = 3
    """Points of line protocol by series and second, as `sample_frames` writes them."""


class Frame(NamedTuple):
    """One entry of a journal."""

    type: int
    received_ms: int
    payload: bytes

    def push(self) -> tuple[str, bytes]:
        """The instance and the body of a `PUSH` frame."""
        end = 1 + self.payload[0]
        return self.payload[1:end].decode("utf-8", "replace"), self.payload[end:]

    def telemetry(self) -> dict[str, Any]:
        """The figures of a `TELEMETRY` frame."""
        return dict(json.loads(self.payload))


class Journal:
    """Appends frames; not thread-safe, its owner holds a lock."""

    def __init__(self, path: Path, *, max_bytes: int = MAX_JOURNAL_BYTES) -> None:
        self.path = path
        self._max_bytes = max_bytes
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            self.size_bytes = _cut_back(self._fd)
        except BaseException:
            os.close(self._fd)
            raise

    def append_push(self, received_ms: int, instance: str, body: bytes) -> None:
        """Appends a remote write body; raises `Unavailable` when it could not be written."""
        name = instance.encode()[:255]
        self._append(FrameType.PUSH, received_ms, bytes((len(name),)) + name + body)

    def append_telemetry(self, received_ms: int, figures: Mapping[str, Any]) -> None:
        """Appends a telemetry sample; raises `Unavailable` when it could not be written."""
        payload = json.dumps(figures, separators=(",", ":")).encode()
        self._append(FrameType.TELEMETRY, received_ms, payload)

    def append_samples(self, received_ms: int, payload: bytes) -> None:
        """Appends samples and waits until the disk has them; raises `Unavailable`."""
        self._append(FrameType.SAMPLES, received_ms, payload)
        try:
            os.fdatasync(self._fd)
        except OSError as error:
            raise Unavailable(_explain(error)) from error

    def close(self) -> None:
        """Closes the file; may be called again."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _append(self, type_: FrameType, received_ms: int, payload: bytes) -> None:
        if len(payload) > MAX_PAYLOAD_BYTES or self.size_bytes > self._max_bytes:
            raise Unavailable(
                f"The run's journal has reached {self._max_bytes} bytes; further figures are not kept."
            )
        checked = _CHECKED.pack(type_, received_ms)
        crc = zlib.crc32(payload, zlib.crc32(checked))
        frame = _HEADER.pack(len(payload), crc, type_, received_ms) + payload
        try:
            written = os.pwrite(self._fd, frame, self.size_bytes)
        except OSError as error:
            raise Unavailable(_explain(error)) from error
        if written < len(frame):
            # A part of a frame would hide all that follows it; the next one overwrites it.
            self._truncate()
            raise Unavailable("The disk is full: these figures were not kept. Free some space.")
        self.size_bytes += written

    def _truncate(self) -> None:
        try:
            os.ftruncate(self._fd, self.size_bytes)
        except OSError:
            # The next frame is written over the partial one, and a reader stops at its checksum.
            return


def read_frames(path: Path) -> Iterator[Frame]:
    """The good frames of a journal, up to the first damaged one; none if there is no file."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return
    with file:
        yield from _scan(file)


def _scan(file: BinaryIO) -> Iterator[Frame]:
    if file.read(len(_MAGIC)) != _MAGIC:
        return
    while len(header := file.read(_HEADER.size)) == _HEADER.size:
        length, crc, type_, received_ms = _HEADER.unpack(header)
        if length > MAX_PAYLOAD_BYTES:
            return
        payload = file.read(length)
        if len(payload) < length:
            return
        if zlib.crc32(payload, zlib.crc32(_CHECKED.pack(type_, received_ms))) != crc:
            return
        yield Frame(type_, received_ms, payload)


def _cut_back(fd: int) -> int:
    """Truncates the file behind its last good frame and answers the size that is left."""
    with os.fdopen(os.dup(fd), "rb") as file:
        file.seek(0)
        good = len(_MAGIC)
        for frame in _scan(file):
            good += _HEADER.size + len(frame.payload)
        if good == len(_MAGIC):
            os.pwrite(fd, _MAGIC, 0)
    os.ftruncate(fd, good)
    return good


def _explain(error: OSError) -> str:
    return f"The run's figures could not be written ({error.strerror}). Free some disk space."
