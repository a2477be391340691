"""Files named by the SHA-256 of their content."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from benchwright.kit.errors import NotFound, Unavailable

CHUNK_BYTES = 1024 * 1024
_KEY = re.compile(r"[0-9a-f]{64}", re.ASCII)
_NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT})


class BlobStore:
    """Keeps byte strings under their hash; equal content is kept once.

    Two levels of folders (`ab/cd/abcd…`) keep each folder small. A file appears under its name
    only when it is whole and on disk. Its time of change says when it was last put: whoever
    deletes what nothing refers to leaves alone what was put a moment ago, since its reference may
    not be committed yet.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, data: bytes) -> str:
        """Keeps `data` and returns its key; raises `Unavailable` when the disk is full."""
        key = hashlib.sha256(data).hexdigest()
        if not self._touch(key):
            with self._new_file() as (file, temporary):
                file.write(data)
                self._publish(file, temporary, key)
        return key

    def put_file(self, path: Path) -> str:
        """Keeps a copy of the file at `path`, read piece by piece."""
        digest = hashlib.sha256()
        with path.open("rb") as source, self._new_file() as (file, temporary):
            while chunk := source.read(CHUNK_BYTES):
                digest.update(chunk)
                file.write(chunk)
            key = digest.hexdigest()
            self._publish(file, temporary, key)
        return key

    def get(self, key: str) -> bytes:
        """The whole content; raises `NotFound` for a key that is not kept."""
        with self.open(key) as file:
            return file.read()

    def open(self, key: str) -> BinaryIO:
        """The content as a file to read and close."""
        try:
            return self._location(key).open("rb")
        except FileNotFoundError:
            raise _unknown(key) from None

    def path(self, key: str) -> Path:
        """Where the content lies; never write to it."""
        location = self._location(key)
        if not location.is_file():
            raise _unknown(key)
        return location

    def size(self, key: str) -> int:
        """Length of the content in bytes."""
        return self.path(key).stat().st_size

    def delete(self, key: str) -> None:
        """Forgets the content; does nothing when it is not kept."""
        self._location(key).unlink(missing_ok=True)

    def keys_before(self, limit: float) -> set[str]:
        """What was last put before `limit` (seconds since 1970)."""
        return {path.name for path in self._files() if _changed_at(path) < limit}

    def discard(self, key: str, limit: float) -> bool:
        """Forgets the content unless it was put since `limit`; whether it did.

        It is set aside first: a put at the same moment either finds it there, and is seen here,
        or finds nothing and writes it anew.
        """
        location = self._location(key)
        aside = location.with_name(f"old-{key}")
        try:
            location.rename(aside)
        except FileNotFoundError:
            return False
        if _changed_at(aside) >= limit:
            aside.rename(location)
            return False
        aside.unlink()
        return True

    def remove_leftovers(self, limit: float) -> int:
        """Deletes what a crash left of writing or discarding before `limit`; how many files."""
        left = [path for path in self.root.glob("new-*") if _changed_at(path) < limit]
        left += [path for path in self.root.glob("??/??/old-*") if _changed_at(path) < limit]
        for path in left:
            path.unlink(missing_ok=True)
        return len(left)

    def _files(self) -> Iterator[Path]:
        return (path for path in self.root.glob("??/??/*") if _KEY.fullmatch(path.name))

    def _touch(self, key: str) -> bool:
        try:
            os.utime(self._location(key))
        except FileNotFoundError:
            return False
        return True

    def _location(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise _unknown(key)
        return self.root / key[:2] / key[2:4] / key

    @contextmanager
    def _new_file(self) -> Iterator[tuple[BinaryIO, Path]]:
        temporary: Path | None = None
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor, name = tempfile.mkstemp(prefix="new-", dir=self.root)
            temporary = Path(name)
            with os.fdopen(descriptor, "wb") as file:
                yield file, temporary
        except OSError as error:
            if error.errno in _NO_SPACE:
                raise Unavailable(
                    f"The disk that holds {self.root} is full; free some space and try again."
                ) from error
            raise
        finally:
            if temporary is not None:
                temporary.unlink(missing_ok=True)

    def _publish(self, file: BinaryIO, temporary: Path, key: str) -> None:
        file.flush()
        os.fsync(file.fileno())
        location = self._location(key)
        location.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary.replace(location)


def _changed_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return float("inf")


def _unknown(key: str) -> NotFound:
    return NotFound(f"No content is kept under the key {key[:64]!r}.")
