"""How far running workloads say they are, read from their files when somebody asks."""

from __future__ import annotations

import os
import stat
import threading
import time
import uuid
from collections import OrderedDict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchwright.runs.folder import RunFolder
from benchwright.runs.workload_progress import MAX_BYTES, WorkloadProgress, read_progress

MAX_RUNS = 2000
MAX_REPORTS = 32
"""Reports that the speed of a workload follows from; those of one second count once."""
_MIN_GAP_S = 1.0


@dataclass(frozen=True)
class Told:
    """The newest report of a workload that could be read, and when it was written (Unix time)."""

    progress: WorkloadProgress
    at_s: float
    share_per_s: float | None = None
    """How fast it was of late; None until two reports differ."""
    gap_s: float = 0.0
    """How long it took from one report to the next."""

    def remaining_s(self, now_s: float) -> float | None:
        """How long it takes at the recent speed; None if that is not known."""
        share = self.progress.share
        if share is None or self.share_per_s is None:
            return None
        # Of a workload that says nothing for long nobody knows that it has gone on.
        since_s = min(max(now_s - self.at_s, 0.0), self.gap_s)
        return max((1 - share) / self.share_per_s - since_s, 0.0)


@dataclass
class _Entry:
    told: Told | None = None
    seen: tuple[int, int, int] | None = None
    reports: deque[tuple[float, float]] = field(default_factory=lambda: deque(maxlen=MAX_REPORTS))


class ProgressBoard:
    """A file is opened at each look and read when it has changed; from any thread."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._entries: OrderedDict[uuid.UUID, _Entry] = OrderedDict()
        self._lock = threading.Lock()

    def look(self, run_id: uuid.UUID) -> Told | None:
        """What the workload of a run has told last; a half-written report keeps the one before."""
        with self._lock:
            entry = self._entries.setdefault(run_id, _Entry())
            self._entries.move_to_end(run_id)
            while len(self._entries) > MAX_RUNS:
                self._entries.popitem(last=False)
            found = _read(RunFolder.of(self._data_dir, run_id).progress, entry.seen)
            if found is not None:
                seen, content = found
                progress = read_progress(content)
                if progress is not None:
                    entry.seen = seen
                    entry.told = _tell(entry.reports, progress, min(seen[0] / 1e9, time.time()))
            return entry.told

    def reader(self, run_id: uuid.UUID) -> NewNumbers:
        """Tells what is new in the numbers of a run's reports."""
        return NewNumbers(self, run_id)


class NewNumbers:
    """Called again and again: the numbers of a report, once for each."""

    def __init__(self, board: ProgressBoard, run_id: uuid.UUID) -> None:
        self._board, self._run_id = board, run_id
        self._last: Told | None = None

    def __call__(self) -> Mapping[str, float]:
        told = self._board.look(self._run_id)
        if told is None or told is self._last:
            return {}
        self._last = told
        return {f"reported.{name}": value for name, value in told.progress.numbers.items()}


def _tell(reports: deque[tuple[float, float]], progress: WorkloadProgress, at_s: float) -> Told:
    share = progress.share
    if share is None:
        reports.clear()
        return Told(progress, at_s)
    if reports and (share < reports[-1][1] or at_s < reports[-1][0]):
        reports.clear()  # it began anew
    if len(reports) > 1 and at_s - reports[-2][0] < _MIN_GAP_S:
        reports.pop()
    reports.append((at_s, share))
    (first_s, first), (last_s, last) = reports[0], reports[-1]
    if last <= first or last_s <= first_s:
        return Told(progress, at_s)
    gap_s = (last_s - first_s) / (len(reports) - 1)
    return Told(progress, at_s, (last - first) / (last_s - first_s), gap_s)


def _read(
    path: Path, seen: tuple[int, int, int] | None
) -> tuple[tuple[int, int, int], bytes] | None:
    """The file's identity and content, if it is another one than was seen.

    The workload owns the folder: links are not followed, and what is no file is not waited for.
    """
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        folder = os.open(path.parent, flags | os.O_DIRECTORY)
        try:
            file = os.open(path.name, flags, dir_fd=folder)
        finally:
            os.close(folder)
    except OSError:
        return None
    try:
        facts = os.fstat(file)
        found = (facts.st_mtime_ns, facts.st_size, facts.st_ino)
        if not stat.S_ISREG(facts.st_mode) or found == seen or facts.st_size > MAX_BYTES:
            return None
        return found, os.read(file, MAX_BYTES + 1)
    except OSError:
        return None
    finally:
        os.close(file)
