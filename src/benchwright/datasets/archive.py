"""A dataset as a zip file, made while it is sent: never whole in memory or on the disk."""

from __future__ import annotations

import datetime as dt
import stat
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from benchwright.kit.enclosed import Found, open_file

CHUNK_BYTES = 256 * 1024
FAST = 1
"""Tables shrink to a fraction at the fastest level, and a download should not wait for more."""
_MARGIN = 64 * CHUNK_BYTES


class _Outlet:
    """Takes what `zipfile` writes; it cannot be rewound, so sizes come behind the contents."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.waiting = 0

    def write(self, data: bytes) -> int:
        self.pieces.append(bytes(data))
        self.waiting += len(data)
        return len(data)

    def flush(self) -> None:
        pass

    def take(self) -> bytes:
        taken = b"".join(self.pieces)
        self.pieces, self.waiting = [], 0
        return taken


def zip_chunks(root: Path, name: str, files: Iterable[Found]) -> Iterator[bytes]:
    """The archive in pieces; what was deleted since the files were listed is left out."""
    outlet = _Outlet()
    with zipfile.ZipFile(outlet, "w", zipfile.ZIP_DEFLATED, compresslevel=FAST) as archive:  # type: ignore[call-overload]  # it needs only what an outlet has
        for found in files:
            try:
                source = open_file(root, [name, *found.parts])
            except OSError:
                continue
            with (
                source,
                archive.open(_entry(name, found), "w", force_zip64=_is_huge(found)) as place,
            ):
                # As much as was listed: a file that grows meanwhile must not outgrow its entry.
                left = found.size_bytes
                while left > 0 and (piece := source.read(min(CHUNK_BYTES, left))):
                    left -= len(piece)
                    place.write(piece)
                    if outlet.waiting >= CHUNK_BYTES:
                        yield outlet.take()
    yield outlet.take()


def _entry(name: str, found: Found) -> zipfile.ZipInfo:
    modified = dt.datetime.fromtimestamp(found.modified_ns / 1e9, dt.UTC)
    # The format knows no year before 1980, and none after 2107.
    year = min(max(modified.year, 1980), 2107)
    entry = zipfile.ZipInfo(
        "/".join((name, *found.parts)),
        (year, modified.month, modified.day, modified.hour, modified.minute, modified.second),
    )
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = (stat.S_IFREG | 0o644) << 16
    return entry


def _is_huge(found: Found) -> bool:
    return found.size_bytes + _MARGIN > zipfile.ZIP64_LIMIT
