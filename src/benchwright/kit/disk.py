"""Watching the space of a disk."""

from __future__ import annotations

import shutil
from pathlib import Path

from benchwright.kit.errors import Unavailable

MEBIBYTE = 1024 * 1024


def free_bytes(path: Path) -> int:
    """Free space where `path` lies or will lie."""
    existing = path
    while not existing.exists() and existing != existing.parent:
        existing = existing.parent
    return shutil.disk_usage(existing).free


def check_free_disk(path: Path, floor: int, refused: str = "a run is not started") -> None:
    """Raises `Unavailable` if less than `floor` bytes are free at `path`; says what is refused."""
    free = free_bytes(path)
    if free < floor:
        raise Unavailable(
            f"Only {free // MEBIBYTE} MiB are free at {path}, and {refused} below "
            f"{floor // MEBIBYTE} MiB. Delete old runs, set a retention for projects, or lower "
            "BENCHWRIGHT_RETENTION__MIN_FREE_BYTES."
        )
