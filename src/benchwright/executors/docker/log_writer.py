"""One container's log on its way to the run's folder: what is written and where to go on."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Sequence
from pathlib import Path

from benchwright.executors.docker.frames import FrameReader, StreamCursor
from benchwright.executors.line_log import LineLog, LogPlace
from benchwright.kit.redaction import Redactor
from benchwright.kit.wholefile import read_json


class LogTaken(Exception):
    """Another process follows this log at the moment."""


class LogWriter:
    """Keeps text, times and cursor in step: after a crash all three are at the same line.

    All of it blocks. Only one process writes a log at a time.
    """

    def __init__(
        self, control: Path, log_path: Path, max_bytes: int, secrets: Sequence[str]
    ) -> None:
        self._control = control
        self._cursor_path = control / "log.json"
        control.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = os.open(control / "log.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(self._lock)
            raise LogTaken(f"Another server follows the log of {control.name}") from error
        kept = read_json(self._cursor_path) or {}
        place = LogPlace.from_json(kept["place"]) if "place" in kept else LogPlace()
        streams = kept.get("streams", {})
        cursors = {int(n): StreamCursor.from_json(value) for n, value in streams.items()}
        self._log = LineLog(log_path, control, max_bytes, place)
        if not self._log.is_intact and not place.is_closed:
            # A power cut took what was written last: all of it is read once more.
            self._log = LineLog(log_path, control, max_bytes, LogPlace())
            cursors = {}
        self.frames = FrameReader(cursors)
        self._words = _lines_of(secrets)

    @property
    def is_closed(self) -> bool:
        """Whether the log is whole, and nothing more is written."""
        return self._log.place.is_closed

    def flush(self) -> None:
        """Writes what was read, and then how far that is."""
        lines, times = self.frames.take()
        if lines:
            self._log.write(self._redact(lines), times)
        self._keep_place()
        self._log.tidy()

    def finish(self) -> None:
        """Writes the rest and closes the log; may be repeated."""
        if self.is_closed:
            return
        self.frames.finish()
        self.flush()
        self._log.close()
        self._keep_place()

    def release(self) -> None:
        """Lets another process go on with it; what was not flushed is read again."""
        with contextlib.suppress(OSError):
            os.close(self._lock)

    def _redact(self, lines: bytes) -> bytes:
        if not self._words:
            return lines
        redactor = Redactor(self._words)
        return redactor.feed(lines) + redactor.finish()

    def _keep_place(self) -> None:
        cursors = {str(n): cursor.to_json() for n, cursor in self.frames.cursors.items()}
        kept = json.dumps({"place": self._log.place.to_json(), "streams": cursors})
        draft = self._cursor_path.with_suffix(".tmp")
        # Not synced: a crash of the server does not need it, and a power cut is noticed.
        draft.write_text(kept, encoding="ascii")
        draft.replace(self._cursor_path)


def _lines_of(secrets: Sequence[str]) -> list[str]:
    """A secret of several lines is masked line by line, so that lines stay what they are."""
    return [line for secret in secrets for line in secret.splitlines()]
