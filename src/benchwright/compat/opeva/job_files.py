"""What lies in the folder of a job: it is written by containers too, and never trusted."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from benchwright.kit.enclosed import open_file, walk
from benchwright.kit.errors import TooLarge

MAX_DOCUMENT_BYTES = 16 * 1024 * 1024
MAX_INFO_BYTES = 256 * 1024
"""Of the metadata of a job; lists hold those of all."""
MAX_LOGS = 1000
CHUNK_BYTES = 256 * 1024
NOTHING = object()
"""There is no such document, or it is being written."""


def read_document(folder: Path, *parts: str, max_bytes: int = MAX_DOCUMENT_BYTES) -> Any:
    """The JSON value in a file; `NOTHING` where there is none that can be read.

    Numbers that JSON does not have (`NaN`, as figures of simulations often are) become null.
    Raises `TooLarge`.
    """
    try:
        with open_file(folder, parts) as file:
            data = file.read(max_bytes + 1)
        if len(data) > max_bytes:
            raise TooLarge(
                f"{parts[-1]} has more than {max_bytes:,} bytes; the page of the run gives it out"
                " as a file."
            )
        return json.loads(data, parse_constant=lambda _: None, parse_float=_finite)
    except (OSError, ValueError, RecursionError):
        return NOTHING


def _finite(text: str) -> float | None:
    number = float(text)
    return number if abs(number) != float("inf") else None


def read_object(folder: Path, *parts: str) -> dict[str, Any]:
    """The JSON object in a file; empty where there is none."""
    try:
        value = read_document(folder, *parts, max_bytes=MAX_INFO_BYTES)
    except TooLarge:
        return {}
    return value if isinstance(value, dict) else {}


def open_log(folder: Path, job_id: str, *, of_workload: bool) -> BinaryIO | None:
    """A log of the job: what its container printed, or the file that the workload writes itself.

    Where the one that is asked for has nothing in it, the other does.
    """
    printed = f"{job_id}.log"
    names = [printed, *(name for name in _newest_first(folder) if name != printed)]
    if of_workload:
        names = [*names[1:], printed]
    empty: BinaryIO | None = None
    for name in names:
        try:
            file = open_file(folder, ("logs", name))
        except OSError:
            continue
        if os.fstat(file.fileno()).st_size:
            if empty is not None:
                empty.close()
            return file
        if empty is None:
            empty = file
        else:
            file.close()
    return empty


def has_logs_folder(folder: Path) -> bool:
    """Whether the job has a folder for logs at all."""
    try:
        return stat.S_ISDIR((folder / "logs").lstat().st_mode)
    except OSError:
        return False


def _newest_first(folder: Path) -> list[str]:
    try:
        found = list(walk(folder, ("logs",), most=MAX_LOGS))
    except OSError:
        return []
    logs = [one for one in found if not one.left_out and one.parts[-1].endswith(".log")]
    return [one.parts[-1] for one in sorted(logs, key=lambda one: -one.modified_ns)]


def chunks(file: BinaryIO) -> Iterator[bytes]:
    """The file as far as it is written now, in pieces; it is closed at the end."""
    with file:
        left = os.fstat(file.fileno()).st_size
        while left > 0 and (piece := file.read(min(CHUNK_BYTES, left))):
            left -= len(piece)
            yield piece
