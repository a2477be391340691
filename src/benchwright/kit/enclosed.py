"""Files below a folder that other programs write to as well: no link leads out of it.

Each part of a path is opened inside the one before it and no symbolic link is followed, also when
somebody puts one in the place of a folder meanwhile.
"""

from __future__ import annotations

import errno
import itertools
import os
import stat
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from benchwright.kit.errors import NotFound, Unavailable
from benchwright.kit.filenames import is_plain_name

MAX_DEPTH = 16

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_MISSING = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.EISDIR, errno.ENAMETOOLONG})


@dataclass(frozen=True, slots=True)
class Found:
    """What a walk came across; `left_out` says why something is no file to be read."""

    parts: tuple[str, ...]
    size_bytes: int = 0
    modified_ns: int = 0
    inode: int = 0
    left_out: str = ""


@contextmanager
def disk_problems(missing: str) -> Iterator[None]:
    """What the disk refuses, as a `Problem`: `NotFound(missing)`, or `Unavailable`."""
    try:
        yield
    except OSError as error:
        if error.errno in _MISSING:
            raise NotFound(missing) from None
        said = error.strerror or type(error).__name__
        raise Unavailable(
            f"The disk refuses this: {said}. Look at the permissions and space of the data directory."
        ) from error


@contextmanager
def opened_folder(root: Path, parts: Sequence[str] = ()) -> Iterator[int]:
    """A descriptor of the folder below `root`, which may be a link itself; raises `OSError`."""
    descriptor = os.open(root, _FOLDER)
    try:
        for part in parts:
            _check(part)
            inner = os.open(part, _FOLDER | os.O_NOFOLLOW, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = inner
        yield descriptor
    finally:
        os.close(descriptor)


def open_file(root: Path, parts: Sequence[str]) -> BinaryIO:
    """Opens a regular file; raises `FileNotFoundError` for anything else."""
    _check(parts[-1])
    with opened_folder(root, parts[:-1]) as folder:
        # Not blocking: opening a pipe would wait for who writes to it.
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        descriptor = os.open(parts[-1], flags, dir_fd=folder)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise FileNotFoundError(errno.ENOENT, "no regular file", parts[-1])
    return os.fdopen(descriptor, "rb")


def write_file(root: Path, parts: Sequence[str], content: bytes) -> None:
    """Puts a file in place as a whole, over the one of that name; survives a power cut."""
    _check(parts[-1])
    draft = f".{uuid.uuid4().hex}.draft"
    with opened_folder(root, parts[:-1]) as folder:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(draft, flags, 0o666, dir_fd=folder)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(draft, parts[-1], src_dir_fd=folder, dst_dir_fd=folder)
        except OSError:
            with suppress(OSError):
                os.unlink(draft, dir_fd=folder)
            raise


def move_in(draft: Path, root: Path, parts: Sequence[str]) -> None:
    """Moves a file of ours below `root`, making the folders on the way."""
    for depth in range(1, len(parts)):
        _check(parts[depth - 1])
        with opened_folder(root, parts[: depth - 1]) as folder, suppress(FileExistsError):
            os.mkdir(parts[depth - 1], dir_fd=folder)
    _check(parts[-1])
    with opened_folder(root, parts[:-1]) as folder:
        os.replace(draft, parts[-1], dst_dir_fd=folder)


def rename_entry(root: Path, name: str, new_name: str) -> None:
    """Renames what lies right below `root`, in place of an empty folder or a file of that name."""
    _check(name)
    _check(new_name)
    with opened_folder(root) as folder:
        os.rename(name, new_name, src_dir_fd=folder, dst_dir_fd=folder)


def remove_file(root: Path, parts: Sequence[str]) -> None:
    """Removes a file, or a link itself."""
    _check(parts[-1])
    with opened_folder(root, parts[:-1]) as folder:
        os.unlink(parts[-1], dir_fd=folder)


def walk(root: Path, parts: tuple[str, ...] = (), *, most: int, depth: int = 1) -> Iterator[Found]:
    """The files below a folder in the order of their names, down to `depth` levels.

    Hidden ones are passed over, links and the like come with the reason why they are left out;
    of one folder at most `most` entries are looked at. Raises `OSError` for the folder itself.
    """
    with opened_folder(root, parts) as folder:
        with os.scandir(folder) as listing:
            entries = sorted(itertools.islice(listing, most), key=lambda entry: entry.name)
        for entry in entries:
            here = (*parts, entry.name)
            if entry.name.startswith("."):
                continue
            if not is_plain_name(entry.name):
                shown = entry.name.encode("utf-8", "replace").decode()
                yield Found((*parts, shown), left_out="its name holds what no address can")
            elif entry.is_symlink():
                yield Found(here, left_out="a symbolic link")
            elif entry.is_dir(follow_symlinks=False):
                yield from _walk_inner(root, here, most, depth)
            elif entry.is_file(follow_symlinks=False):
                with suppress(FileNotFoundError):
                    seen = entry.stat(follow_symlinks=False)
                    yield Found(here, seen.st_size, seen.st_mtime_ns, seen.st_ino)
            else:
                yield Found(here, left_out="no regular file")


def _walk_inner(root: Path, parts: tuple[str, ...], most: int, depth: int) -> Iterator[Found]:
    if depth <= 1:
        yield Found(parts, left_out="a folder")
        return
    try:
        yield from walk(root, parts, most=most, depth=depth - 1)
    except OSError as error:
        yield Found(parts, left_out=(error.strerror or "unreadable").lower())


def folders(root: Path, *, most: int) -> list[str]:
    """The names of the visible folders right below `root`; none where it is missing."""
    try:
        with os.scandir(root) as listing:
            return sorted(
                entry.name
                for entry in itertools.islice(listing, most)
                if is_plain_name(entry.name) and entry.is_dir(follow_symlinks=False)
            )
    except (FileNotFoundError, NotADirectoryError):
        return []


def entries(root: Path, *, most: int) -> list[str]:
    """The names of whatever lies right below `root`; none where it is missing."""
    try:
        with os.scandir(root) as listing:
            return [entry.name for entry in itertools.islice(listing, most)]
    except (FileNotFoundError, NotADirectoryError):
        return []


def _check(part: str) -> None:
    """The last fence: whatever was checked before, one part names one entry of its folder."""
    if part in ("", ".", "..") or "/" in part or "\0" in part:
        raise FileNotFoundError(errno.ENOENT, "no name of a file", part[:100])
