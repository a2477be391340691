"""Files to and from a host that shares no folder: as streams of tar, never whole in memory."""

from __future__ import annotations

import io
import os
import shutil
import tarfile
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import IO

from aiodocker import DockerError

from benchwright.executors.docker.client import DockerClient
from benchwright.executors.docker.rules import DockerHostRules
from benchwright.executors.docker.spec import DATA, shared_path
from benchwright.executors.port import SharedFolder
from benchwright.kit.errors import TooLarge
from benchwright.kit.threads import in_thread

BLOCK_BYTES = 256 * 1024
PROGRESS_BYTES = 1024 * 1024
TRANSFER_S = 3600.0


async def send_folders(
    client: DockerClient, container_id: str, rules: DockerHostRules, folders: Sequence[SharedFolder]
) -> None:
    """Puts the folders below `/data` of a container that has not started; may be repeated."""
    async with client.stream(
        "PUT",
        f"/containers/{container_id}/archive",
        params={"path": "/"},
        data=_stream_tar(rules.data_dir, folders),
        timeout_s=TRANSFER_S,
        is_long=True,
    ) as answer:
        await answer.read()


async def _stream_tar(data_dir: Path, folders: Sequence[SharedFolder]) -> AsyncIterator[bytes]:
    pieces = _gather(_tar_pieces(data_dir, folders))
    while (piece := await in_thread(next, pieces, None)) is not None:
        yield piece


def _gather(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Small pieces together: each goes through a thread of its own."""
    waiting, size = [], 0
    for piece in pieces:
        waiting.append(piece)
        size += len(piece)
        if size >= BLOCK_BYTES:
            yield b"".join(waiting)
            waiting, size = [], 0
    yield b"".join(waiting)


def _tar_pieces(data_dir: Path, folders: Sequence[SharedFolder]) -> Iterator[bytes]:
    yield _header(DATA.lstrip("/"), 0o777)
    made: set[str] = set()
    for folder in folders:
        name = shared_path(folder.path)
        mode = 0o755 if folder.is_read_only else 0o777
        parents = [str(p) for p in reversed(PurePosixPath(name).parents) if str(p) != "."]
        for parent in parents:
            if parent not in made:
                made.add(parent)
                yield _header(f"data/{parent}", 0o755)
        source = data_dir / name
        if source.is_symlink():
            continue
        yield _header(f"data/{name}", mode)
        if source.is_dir():
            yield from _tree_pieces(source, f"data/{name}", mode, folder.travelling)
    yield bytes(2 * tarfile.BLOCKSIZE)


def _tree_pieces(
    source: Path, name: str, mode: int, only: Sequence[str] | None = None
) -> Iterator[bytes]:
    for entry in sorted(os.scandir(source), key=lambda entry: entry.name):
        if only is not None and entry.name not in only:
            continue
        inner = f"{name}/{entry.name}"
        # Links are not followed: they could lead out of the folder.
        if entry.is_dir(follow_symlinks=False):
            yield _header(inner, mode)
            yield from _tree_pieces(Path(entry.path), inner, mode)
        elif entry.is_file(follow_symlinks=False):
            yield from _file_pieces(Path(entry.path), inner, mode)


def _file_pieces(path: Path, name: str, mode: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        info = tarfile.TarInfo(name)
        info.size, info.mode, info.mtime = size, mode & 0o666 | 0o444, int(path.stat().st_mtime)
        yield info.tobuf(tarfile.PAX_FORMAT)
        left = size
        while left:
            # A file that shrinks meanwhile is filled up: its length has been said already.
            piece = file.read(min(left, BLOCK_BYTES)) or bytes(min(left, BLOCK_BYTES))
            left -= len(piece)
            yield piece
        if rest := size % tarfile.BLOCKSIZE:
            yield bytes(tarfile.BLOCKSIZE - rest)


def _header(name: str, mode: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.type, info.mode = tarfile.DIRTYPE, mode
    return info.tobuf(tarfile.PAX_FORMAT)


async def fetch_folder(
    client: DockerClient,
    container_id: str,
    source: str,
    target: Path,
    *,
    max_bytes: int,
    max_files: int,
    skip: Sequence[str] = (),
) -> bool:
    """Brings a folder of a container into `target`; whether it was there.

    Raises `TooLarge` where it is more than may be.
    """
    with tempfile.TemporaryFile(dir=await in_thread(_made, target)) as file:
        try:
            await _receive(client, container_id, source, file, max_bytes)
        except DockerError as error:
            if error.status == 404:
                return False
            raise
        await in_thread(unpack, file, target, max_bytes, max_files, frozenset(skip))
        return True


async def _receive(
    client: DockerClient, container_id: str, source: str, file: IO[bytes], max_bytes: int
) -> None:
    # Headers take a block for each file, and another for a long name.
    limit = max_bytes + max_bytes // 8 + 4 * 1024 * 1024
    size = 0
    async with client.stream(
        "GET",
        f"/containers/{container_id}/archive",
        params={"path": source},
        timeout_s=TRANSFER_S,
        is_long=True,
    ) as answer:
        async for chunk in answer.content.iter_chunked(BLOCK_BYTES):
            size += len(chunk)
            if size > limit:
                raise TooLarge(f"{source} holds more than {max_bytes} bytes")
            await in_thread(file.write, chunk)


def unpack(
    file: IO[bytes], target: Path, max_bytes: int, max_files: int, skip: frozenset[str]
) -> None:
    """Takes files and folders out of a tar; nothing else, and nothing beyond `target`.

    The first part of each name, the folder itself, is left out. Files are replaced whole.
    """
    file.seek(0)
    size = files = 0
    with tarfile.open(fileobj=file, mode="r:") as archive:
        for member in archive:
            parts = PurePosixPath(member.name).parts[1:]
            if not parts or any(part in ("..", "/") for part in parts) or parts[0] in skip:
                continue
            if member.isdir():
                files += 1
                _folder(target, parts)
            elif member.isfile():
                size, files = size + member.size, files + 1
                content = archive.extractfile(member)
                if content is not None and size <= max_bytes:
                    _place(content, _folder(target, parts[:-1]), parts[-1])
            if size > max_bytes:
                raise TooLarge(f"The results hold more than {max_bytes} bytes")
            if files > max_files:
                raise TooLarge(f"The results hold more than {max_files} files")


def _folder(target: Path, parts: Sequence[str]) -> Path:
    path = target
    for part in parts:
        path = path / part
        if path.is_symlink() or (path.exists() and not path.is_dir()):
            path.unlink()
        path.mkdir(exist_ok=True)
    return path


def _place(content: IO[bytes], folder: Path, name: str) -> None:
    path = folder / name
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    draft = folder / f".{name[:200]}.part"
    with draft.open("wb") as file:
        shutil.copyfileobj(content, file, BLOCK_BYTES)
    draft.replace(path)


async def read_file(
    client: DockerClient, container_id: str, path: str, max_bytes: int = PROGRESS_BYTES
) -> bytes | None:
    """A small file of a container; None where it is not there, or no small file."""
    raw = io.BytesIO()
    try:
        await _receive(client, container_id, path, raw, max_bytes)
    except (DockerError, TooLarge):
        return None
    raw.seek(0)
    try:
        with tarfile.open(fileobj=raw, mode="r:") as archive:
            member = archive.next()
            content = archive.extractfile(member) if member and member.isfile() else None
            return content.read(max_bytes) if content else None
    except tarfile.TarError:
        return None


def _made(target: Path) -> Path:
    target.mkdir(parents=True, exist_ok=True)
    return target
