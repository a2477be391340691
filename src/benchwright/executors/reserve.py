"""Disk space that is held back for a workload's report, in case the disk fills up meanwhile."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

RESERVED_BYTES = 4 * 1024 * 1024
LOW_BYTES = 1024 * 1024


class Reserve:
    """A file of nothing beside the run; it is given up once when the disk is nearly full."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._is_held = False
        try:
            with path.open("wb", buffering=0) as file:
                # Real bytes: a hole would promise space that is not there.
                for _ in range(RESERVED_BYTES // 65536):
                    file.write(b"\0" * 65536)
        except OSError:
            self.release()
        else:
            self._is_held = True

    def release_if_needed(self) -> None:
        """Gives the space up when the disk has less than `LOW_BYTES` left."""
        if not self._is_held:
            return
        disk = os.statvfs(self._path.parent)
        if disk.f_bavail * disk.f_frsize < LOW_BYTES:
            self.release()

    def release(self) -> None:
        """Gives the space up; may be repeated."""
        self._is_held = False
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)
