"""A lock that ends with its process, and says who holds it."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class LockTaken(Exception):
    """Another process holds the lock; `holder` is its id where it could be read."""

    def __init__(self, path: Path, holder: int | None) -> None:
        super().__init__(f"{path} is locked by {_named(holder)}")
        self.holder = holder


@contextmanager
def held_lock(path: Path) -> Iterator[None]:
    """Holds the lock inside the block; raises `LockTaken` soon if another process does."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if not _lock(descriptor):
            raise LockTaken(path, _read_holder(path))
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> bool:
    for _ in range(4):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.05)  # `lock_holder` of another process may hold it for a moment
        else:
            return True
    return False


def lock_holder(path: Path) -> int | None:
    """The process that holds the lock; None when nobody does. Changes nothing."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read_holder(path)
    finally:
        os.close(descriptor)
    return None


def _read_holder(path: Path) -> int | None:
    # The file is kept when the lock ends: removing it would let two processes hold "the" lock.
    try:
        return int(path.read_text().strip())
    except (OSError, ValueError):
        return None


def _named(holder: int | None) -> str:
    return "another process" if holder is None else f"the process {holder}"
