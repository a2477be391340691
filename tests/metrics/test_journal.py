from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.kit.errors import Unavailable
from benchwright.metrics.journal import Frame, FrameType, Journal, read_frames

BODIES = st.lists(st.binary(max_size=60), min_size=1, max_size=8)


def fill(path: Path, bodies: list[bytes]) -> list[int]:
    """Writes a journal and answers its size after each frame."""
    journal = Journal(path)
    sizes = [journal.size_bytes]
    for number, body in enumerate(bodies):
        journal.append_push(1000 + number, f"pod-{number}", body)
        sizes.append(journal.size_bytes)
    journal.close()
    return sizes


def bodies_of(path: Path) -> list[bytes]:
    return [frame.push()[1] for frame in read_frames(path)]


def test_frames_come_back_in_order(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    journal = Journal(path)
    journal.append_push(5, "ä", b"body")
    journal.append_telemetry(6, {"host_cpu": 0.5})
    journal.close()
    push, telemetry = read_frames(path)
    assert (push.type, push.received_ms, push.push()) == (FrameType.PUSH, 5, ("ä", b"body"))
    assert (telemetry.received_ms, telemetry.telemetry()) == (6, {"host_cpu": 0.5})


@given(BODIES, st.data())
def test_a_cut_at_any_byte_loses_only_the_tail(
    tmp_path_factory: pytest.TempPathFactory, bodies: list[bytes], data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("journal") / "journal"
    sizes = fill(path, bodies)
    cut = data.draw(st.integers(0, sizes[-1]))
    os.truncate(path, cut)
    whole = sum(size <= cut for size in sizes[1:])
    assert bodies_of(path) == bodies[:whole]
    journal = Journal(path)
    journal.append_push(1, "", b"after the crash")
    journal.close()
    assert bodies_of(path) == [*bodies[:whole], b"after the crash"]


@given(BODIES, st.data())
def test_garbage_at_any_byte_loses_only_what_follows(
    tmp_path_factory: pytest.TempPathFactory, bodies: list[bytes], data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("journal") / "journal"
    sizes = fill(path, bodies)
    place = data.draw(st.integers(0, sizes[-1] - 1))
    content = bytearray(path.read_bytes())
    content[place] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    whole = sum(size <= place for size in sizes[1:])
    assert bodies_of(path) == (bodies[:whole] if place >= sizes[0] else [])
    Journal(path).close()
    assert path.stat().st_size == (sizes[whole] if place >= sizes[0] else sizes[0])


def test_garbage_behind_the_last_frame_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    sizes = fill(path, [b"one"])
    with path.open("ab") as file:
        file.write(os.urandom(100))
    Journal(path).close()
    assert path.stat().st_size == sizes[-1]


def test_a_missing_journal_has_no_frames(tmp_path: Path) -> None:
    assert list(read_frames(tmp_path / "none")) == []


@pytest.fixture
def nearly_full(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Limits how many bytes the disk takes; each write uses some up."""
    room = [10**9]
    write = os.pwrite

    def pwrite(fd: int, data: Any, offset: int) -> int:
        if room[0] <= 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written = write(fd, data[: room[0]], offset)
        room[0] -= written
        return written

    monkeypatch.setattr(os, "pwrite", pwrite)
    return room


@pytest.mark.parametrize("room", [0, 1, 17, 20])
def test_a_full_disk_is_told_and_leaves_a_good_journal(
    tmp_path: Path, nearly_full: list[int], room: int
) -> None:
    path = tmp_path / "journal"
    journal = Journal(path)
    journal.append_push(1, "", b"before")
    nearly_full[0] = room
    with pytest.raises(Unavailable, match=r"[Ff]ree some"):
        journal.append_push(2, "", b"while the disk is full")
    nearly_full[0] = 10**9
    journal.append_push(3, "", b"after")
    journal.close()
    assert bodies_of(path) == [b"before", b"after"]


def test_a_journal_does_not_grow_without_end(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal", max_bytes=200)
    journal.append_push(1, "", b"x" * 200)
    with pytest.raises(Unavailable, match="200 bytes"):
        journal.append_push(2, "", b"y")
    journal.close()
    assert bodies_of(tmp_path / "journal") == [b"x" * 200]


def test_an_instance_longer_than_its_field_is_cut(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    journal.append_push(1, "é" * 200, b"body")
    journal.close()
    (frame,) = read_frames(tmp_path / "journal")
    assert isinstance(frame, Frame)
    assert frame.push()[1] == b"body"
