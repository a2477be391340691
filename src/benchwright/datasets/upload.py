"""Files on their way into a dataset: in a folder of their own until all of them are there."""

from __future__ import annotations

import errno
import logging
import os
import shutil
import time
import uuid
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

from benchwright.datasets import folder
from benchwright.datasets.names import MAX_PARTS, SCHEMA, clean_path, datasets_folder
from benchwright.kit.disk import MEBIBYTE, check_free_disk
from benchwright.kit.enclosed import disk_problems, move_in, rename_entry
from benchwright.kit.errors import BadRequest, Conflict, TooLarge
from benchwright.kit.filenames import folded
from benchwright.kit.wholefile import write_json
from benchwright.settings import Settings

log = logging.getLogger(__name__)

UPLOADING, DELETED = ".upload-", ".deleted-"
STALE_AFTER_S = 2 * 86_400
WRITERS = 16
BETWEEN_DISK_CHECKS_BYTES = 64 * MEBIBYTE
_MISSING = "The folder of datasets is not there."


class Upload:
    """Takes files one after the other: `begin`, `write` as often as needed, `end`.

    Nothing of it can be seen before `create` or `add_to`; leaving the block without either
    removes what was written.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._root = datasets_folder(settings.data_dir)
        self._folder = self._root / f"{UPLOADING}{uuid.uuid4().hex}"
        self._base = self._folder
        self._paths: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._file: BinaryIO | None = None
        self._unchecked_bytes = 0
        self.size_bytes = 0

    @property
    def paths(self) -> list[str]:
        """The files so far."""
        return ["/".join(parts) for parts in self._paths.values()]

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.discard()

    def open(self) -> None:
        """Makes room for it; raises `Unavailable` where there is none."""
        with disk_problems(_MISSING):
            self._check_disk()
            self._root.mkdir(exist_ok=True)
            _remove_stale(self._root)
            self._folder.mkdir()

    def discard(self) -> None:
        """Removes what found no place."""
        if self._file is not None:
            with suppress(OSError):
                self._file.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def begin(self, path: str) -> None:
        """Begins a file; raises `BadRequest` for a path that cannot be, or that came before."""
        parts = clean_path(path, MAX_PARTS + 1)  # one folder around all may come off
        most = self._settings.datasets.max_files
        if len(self._paths) >= most:
            raise TooLarge(
                f"A dataset may have {most:,} files; BENCHWRIGHT_DATASETS__MAX_FILES raises that."
            )
        key = tuple(map(folded, parts))
        if key in self._paths:
            earlier = "/".join(self._paths[key])
            raise BadRequest(f"“{path[:200]}” and “{earlier}” are the same name for many systems.")
        place = self._folder.joinpath(*parts)
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            self._file = place.open("xb")
        except (FileExistsError, NotADirectoryError, IsADirectoryError):
            raise BadRequest(f"“{path[:200]}” is a file and a folder at once.") from None
        except OSError:
            with disk_problems(_MISSING):
                raise
        self._paths[key] = parts

    def write(self, data: bytes) -> None:
        """Adds to the file; raises `TooLarge`, or `Unavailable` when the disk becomes full."""
        assert self._file is not None, "begin a file first"
        self.size_bytes += len(data)
        self._unchecked_bytes += len(data)
        most = self._settings.datasets.max_bytes
        if self.size_bytes > most:
            raise TooLarge(
                f"A dataset may have {most:,} bytes; BENCHWRIGHT_DATASETS__MAX_BYTES raises that."
            )
        if self._unchecked_bytes > BETWEEN_DISK_CHECKS_BYTES:
            self._check_disk()
        with disk_problems(_MISSING):
            self._file.write(data)

    def end(self) -> None:
        """Ends the file."""
        if self._file is None:
            return
        file, self._file = self._file, None
        with disk_problems(_MISSING), file:
            file.flush()

    def put(self, path: str, content: bytes) -> None:
        """A whole file at once."""
        self.begin(path)
        self.write(content)
        self.end()

    def put_schema(self, schema: Mapping[str, Any]) -> None:
        """The schema, as `schema.json`, in place of one that came as a file."""
        if (SCHEMA,) not in self._paths:
            self.put(SCHEMA, b"")
        with disk_problems(_MISSING):
            try:
                write_json(self._base / SCHEMA, schema)
            except RecursionError:
                raise BadRequest("The schema is nested too deep.") from None

    def unwrap(self) -> str:
        """Takes off the one folder that all files lie in, and answers its name; else empty."""
        first = {parts[0] for parts in self._paths.values() if len(parts) > 1}
        if len(first) != 1 or any(len(parts) == 1 for parts in self._paths.values()):
            return ""
        (name,) = first
        self._base = self._folder / name
        self._paths = {key[1:]: parts[1:] for key, parts in self._paths.items()}
        return name

    def create(self, name: str, *, replace: bool = False) -> str:
        """Makes a dataset of it, whose name is answered; raises `Conflict` where that is taken."""
        self._check_depth()
        name = folder.new_name(self._settings, name, may_exist=replace)
        self._settle()
        with disk_problems(_MISSING):
            gone = hide(self._root, name) if replace and (self._root / name).exists() else None
            try:
                self._base.rename(self._root / name)
            except OSError as error:
                if gone is not None:
                    rename_entry(self._root, gone.name, name)
                if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
                    raise Conflict(f"There is a dataset “{name}” by now.") from None
                raise
        if gone is not None:
            erase(gone)
        return name

    def add_to(self, name: str) -> None:
        """Puts the files into a dataset that there is, over those of the same paths."""
        self._check_depth()
        known = folder.count(self._settings, name)
        self._check_room(known)
        self._settle()
        for parts in self._paths.values():
            with disk_problems(
                f"“{'/'.join(parts)}” has no place: a file stands where a folder must."
            ):
                move_in(self._base.joinpath(*parts), self._root / name, parts)

    def _settle(self) -> None:
        """Waits until the files are on the disk: together, as one by one takes twenty times as long."""
        places = [self._base.joinpath(*parts) for parts in self._paths.values()]
        with disk_problems(_MISSING), ThreadPoolExecutor(WRITERS) as pool:
            list(pool.map(_flush, places))

    def _check_depth(self) -> None:
        for parts in self._paths.values():
            if len(parts) > MAX_PARTS:
                clean_path("/".join(parts))

    def _check_room(self, known: folder.Census) -> None:
        taken = {tuple(map(folded, file.parts)): file for file in known.files}
        size, number = known.size_bytes + self.size_bytes, len(taken)
        for key, parts in self._paths.items():
            earlier = taken.get(key)
            if earlier is None:
                number += 1
            elif earlier.parts != parts:
                there = "/".join(earlier.parts)
                raise Conflict(f"There is “{there}” already, the same name for many systems.")
            else:
                size -= earlier.size_bytes
        rules = self._settings.datasets
        if size > rules.max_bytes or number > rules.max_files:
            raise TooLarge(
                f"The dataset would have {number:,} files with {size:,} bytes; "
                f"{rules.max_files:,} and {rules.max_bytes:,} are allowed "
                "(BENCHWRIGHT_DATASETS__MAX_FILES, …__MAX_BYTES)."
            )

    def _check_disk(self) -> None:
        self._unchecked_bytes = 0
        floor = self._settings.retention.min_free_bytes
        check_free_disk(self._root, floor, "no data is taken in")


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def hide(root: Path, name: str) -> Path:
    """Takes a dataset out of sight, for `erase`; raises `OSError`."""
    gone = f"{DELETED}{uuid.uuid4().hex}"
    rename_entry(root, name, gone)
    return root / gone


def erase(gone: Path) -> None:
    """Removes the files of what was hidden, which may take a while."""
    shutil.rmtree(gone, ignore_errors=True)
    if gone.exists():
        log.warning("%s could not be removed; its files may belong to another user", gone)


def _remove_stale(root: Path) -> None:
    """What a server left behind that was killed in the middle of an upload or a deletion."""
    before = time.time() - STALE_AFTER_S
    for path in [*root.glob(f"{UPLOADING}*"), *root.glob(f"{DELETED}*")]:
        with suppress(OSError):
            if path.lstat().st_mtime < before and path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
