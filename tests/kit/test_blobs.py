from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.kit.blobs import BlobStore
from benchwright.kit.errors import NotFound, Unavailable


@pytest.fixture
def store(tmp_path: Path) -> BlobStore:
    return BlobStore(tmp_path / "blobs")


def files(store: BlobStore) -> list[Path]:
    return [path for path in store.root.rglob("*") if path.is_file()]


@given(data=st.binary(max_size=2000))
def test_what_was_put_comes_back(store: BlobStore, data: bytes) -> None:
    key = store.put(data)
    assert key == hashlib.sha256(data).hexdigest()
    assert store.get(key) == data
    assert store.size(key) == len(data)
    assert store.path(key) == store.root / key[:2] / key[2:4] / key


def test_equal_content_is_kept_once(store: BlobStore, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"same")
    assert store.put(b"same") == store.put(b"same") == store.put_file(source)
    assert len(files(store)) == 1


def test_file_larger_than_a_piece_is_copied_whole(store: BlobStore, tmp_path: Path) -> None:
    source = tmp_path / "source"
    data = os.urandom(3 * 1024 * 1024 + 17)
    source.write_bytes(data)
    with store.open(store.put_file(source)) as file:
        assert file.read() == data
    assert source.exists()


@pytest.mark.parametrize(
    "key",
    [
        "",
        "0" * 64,
        "../" * 20,
        "A" * 64,
        "a" * 63,
        "a" * 65,
        "a" * 64 + "\n",
        "/etc/passwd",
        "é" * 64,
    ],
)
def test_unknown_and_malformed_keys_are_not_found(store: BlobStore, key: str) -> None:
    readers: list[Callable[[str], object]] = [store.get, store.open, store.path, store.size]
    for read in readers:
        with pytest.raises(NotFound):
            read(key)


def test_malformed_key_deletes_nothing(store: BlobStore, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("x")
    with pytest.raises(NotFound):
        store.delete("../outside")
    assert outside.exists()


def test_deleting_is_repeatable(store: BlobStore) -> None:
    key = store.put(b"x")
    store.delete(key)
    store.delete(key)
    with pytest.raises(NotFound):
        store.get(key)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_full_disk_is_explained_and_leaves_nothing(
    store: BlobStore, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def fail(_descriptor: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr("benchwright.kit.blobs.os.fsync", fail)
    with pytest.raises(Unavailable, match="full"):
        store.put(b"x" * 1000)
    assert files(store) == []
    monkeypatch.undo()
    assert store.get(store.put(b"x" * 1000)) == b"x" * 1000


def test_other_faults_leave_no_partial_file(
    store: BlobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_descriptor: int) -> None:
        raise OSError(errno.EIO, "I/O error")

    monkeypatch.setattr("benchwright.kit.blobs.os.fsync", fail)
    with pytest.raises(OSError, match="I/O"):
        store.put(b"x")
    assert files(store) == []


def age(store: BlobStore, key: str, seconds: float) -> None:
    os.utime(store.path(key), (time.time() - seconds,) * 2)


def test_what_is_put_again_is_young_again(store: BlobStore) -> None:
    key = store.put(b"content")
    age(store, key, 100)
    limit = time.time() - 50
    assert store.keys_before(limit) == {key}
    store.put(b"content")
    assert store.keys_before(limit) == set()


def test_only_what_is_old_is_discarded(store: BlobStore) -> None:
    key, limit = store.put(b"content"), time.time() - 50
    assert not store.discard(key, limit)
    assert store.get(key) == b"content"
    age(store, key, 100)
    assert store.discard(key, limit)
    assert not store.discard(key, limit)
    assert files(store) == []
    assert store.get(store.put(b"content")) == b"content"


def test_writers_and_a_sweeper_at_once_lose_nothing(store: BlobStore) -> None:
    key = store.put(b"content")
    limit = time.time() - 50

    def write(_: int) -> bool:
        return store.put(b"content") == key

    def sweep(_: int) -> None:
        with contextlib.suppress(NotFound, FileNotFoundError):
            age(store, key, 100)
        store.discard(key, limit)

    with ThreadPoolExecutor(4) as pool:
        for _ in range(100):
            swept = pool.submit(sweep, 0)
            assert all(pool.map(write, range(3)))
            swept.result()
            store.put(b"content")
            assert store.get(key) == b"content"


def test_what_a_crash_left_goes_when_it_is_old(store: BlobStore) -> None:
    key = store.put(b"content")
    (store.root / "new-x").write_bytes(b"half")
    store.path(key).rename(store.path(key).with_name(f"old-{key}"))
    assert store.remove_leftovers(time.time() - 50) == 0
    assert store.remove_leftovers(time.time() + 50) == 2
    assert files(store) == []
