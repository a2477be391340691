from __future__ import annotations

import io
import os
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from benchwright.datasets import service
from benchwright.datasets.upload import Upload
from benchwright.kit.errors import BadRequest, Conflict, NotFound, TooLarge, Unavailable
from benchwright.settings import Settings

SCHEMA = {"buildings": {"b1": {"file": "b1.csv"}}}


def paths(settings: Settings, name: str) -> list[str]:
    return [file.path for file in service.list_files(settings, name)]


def remains(settings: Settings) -> list[str]:
    """Whatever lies in the folder of datasets, hidden things too."""
    return sorted(path.name for path in (settings.data_dir / "datasets").iterdir())


def test_without_a_folder_there_are_none(settings: Settings) -> None:
    assert service.list_datasets(settings) == []
    assert service.dataset_names(settings) == []
    assert not service.dataset_exists(settings, "a")
    for read in (service.view_dataset, service.list_files, service.delete_dataset):
        with pytest.raises(NotFound, match="Dataset a not found"):
            read(settings, "a")


def test_create_with_schema_and_files(settings: Settings) -> None:
    made = service.create_dataset(settings, "shop", SCHEMA, {"b1.csv": b"a,b\n1,2\n"})
    assert (made.name, made.files, made.has_schema) == ("shop", 2, True)
    view = service.view_dataset(settings, "shop")
    assert (view.data_schema, view.schema_fault, view.left_out) == (SCHEMA, None, [])
    assert view.size_bytes == sum(f.size_bytes for f in service.list_files(settings, "shop"))
    assert paths(settings, "shop") == ["b1.csv", "schema.json"]
    assert remains(settings) == ["shop"]
    assert service.has_path(settings, "shop/b1.csv")
    assert service.has_path(settings, "shop/")
    assert not service.has_path(settings, "shop/../shop")
    assert not service.has_path(settings, "")


def test_another_of_that_name_is_refused_or_replaced(settings: Settings) -> None:
    service.create_dataset(settings, "shop", None, {"old.csv": b"1"})
    for name in ("shop", "SHOP"):
        with pytest.raises(Conflict, match="shop"):
            service.create_dataset(settings, name, None, {"new.csv": b"2"})
    with pytest.raises(Conflict):
        service.create_dataset(settings, "Shop", None, {}, replace=True)
    assert paths(settings, "shop") == ["old.csv"]
    service.create_dataset(settings, "shop", SCHEMA, {"new.csv": b"2"}, replace=True)
    assert paths(settings, "shop") == ["new.csv", "schema.json"]
    assert remains(settings) == ["shop"]


@pytest.mark.parametrize("name", ["../x", "a/b.csv", ".hidden", "", "\0"])
def test_a_bad_name_leaves_nothing_behind(settings: Settings, name: str) -> None:
    with pytest.raises(BadRequest):
        service.create_dataset(settings, "shop", SCHEMA, {"good.csv": b"1", name: b"2"})
    with pytest.raises(BadRequest):
        service.create_dataset(settings, name, SCHEMA, {})
    assert remains(settings) == []


def test_names_that_are_one_for_many_systems(settings: Settings) -> None:
    with pytest.raises(BadRequest, match="same name"):
        service.create_dataset(settings, "shop", None, {"a.csv": b"1", "A.csv": b"2"})
    service.create_dataset(settings, "shop", None, {"a.csv": b"1"})
    with Upload(settings) as upload:
        upload.put("A.csv", b"2")
        with pytest.raises(Conflict, match="a.csv"):
            upload.add_to("shop")
    assert paths(settings, "shop") == ["a.csv"]


def test_a_broken_upload_leaves_nothing(settings: Settings) -> None:
    def broken() -> None:
        with Upload(settings) as upload:
            upload.put("a.csv", b"1")
            upload.begin("b/c.csv")
            upload.write(b"half")
            raise ConnectionError

    with pytest.raises(ConnectionError):
        broken()
    assert remains(settings) == []


def test_files_are_added_over_those_of_their_names(settings: Settings) -> None:
    service.create_dataset(settings, "shop", None, {"a.csv": b"1", "b.csv": b"1"})
    with Upload(settings) as upload:
        upload.put("b.csv", b"22")
        upload.put("deep/er/c.csv", b"333")
        upload.add_to("shop")
    assert paths(settings, "shop") == ["a.csv", "b.csv", "deep/er/c.csv"]
    assert service.view_dataset(settings, "shop").size_bytes == 6
    with Upload(settings) as upload:
        upload.put("a.csv/inner.csv", b"x")
        with pytest.raises((NotFound, Unavailable)):
            upload.add_to("shop")
    with Upload(settings) as upload, pytest.raises(NotFound):
        upload.add_to("none")
    service.write_schema(settings, "shop", SCHEMA)
    assert service.view_dataset(settings, "shop").data_schema == SCHEMA
    service.delete_file(settings, "shop", "deep/er/c.csv")
    with pytest.raises(NotFound):
        service.delete_file(settings, "shop", "deep/er/c.csv")
    assert paths(settings, "shop") == ["a.csv", "b.csv", "schema.json"]
    service.delete_dataset(settings, "shop")
    assert remains(settings) == []


def test_a_file_cannot_be_a_folder_too(settings: Settings) -> None:
    with Upload(settings) as upload:
        upload.put("a", b"")
        with pytest.raises(BadRequest, match="at once"):
            upload.begin("a/b")
        upload.put("c/d", b"")
        with pytest.raises(BadRequest, match="at once"):
            upload.begin("c")


def test_sizes_are_capped(settings: Settings) -> None:
    settings.datasets.max_bytes, settings.datasets.max_files = 10, 2
    with pytest.raises(TooLarge, match="MAX_BYTES"):
        service.create_dataset(settings, "shop", None, {"a": b"x" * 11})
    with pytest.raises(TooLarge, match="MAX_FILES"):
        service.create_dataset(settings, "shop", None, {"a": b"", "b": b"", "c": b""})
    service.create_dataset(settings, "shop", None, {"a": b"x" * 6, "b": b"x"})
    with Upload(settings) as upload:
        upload.put("a", b"y" * 9)
        upload.add_to("shop")
    for path in ("b", "c"):
        with Upload(settings) as upload:
            upload.put(path, b"y" * 3)
            with pytest.raises(TooLarge):
                upload.add_to("shop")
    settings.retention.min_free_bytes = 2**62
    with pytest.raises(Unavailable, match="no data is taken in"):
        service.create_dataset(settings, "other", None, {})
    assert remains(settings) == ["shop"]


def test_links_lead_nowhere(settings: Settings, folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.csv").write_text("secret")
    (folder / "linked").symlink_to(outside)
    (folder / "shop").mkdir()
    (folder / "shop" / "a.csv").write_text("1")
    (folder / "shop" / "inner").symlink_to(outside)
    (folder / "shop" / "file.csv").symlink_to(outside / "secret.csv")
    (folder / "shop" / "bad\n.csv").write_text("1")
    os.mkfifo(folder / "shop" / "pipe")
    assert service.dataset_names(settings) == ["shop"]
    view = service.view_dataset(settings, "shop")
    assert paths(settings, "shop") == ["a.csv"]
    reasons = {left.path: left.reason for left in view.left_out}
    assert reasons["inner"] == reasons["file.csv"] == "a symbolic link"
    assert reasons["pipe"] == "no regular file"
    for path in ("inner/secret.csv", "file.csv", "pipe", "../linked/secret.csv", "inner"):
        with pytest.raises(NotFound):
            service.read_file(settings, "shop", path)
    with pytest.raises(NotFound):
        service.read_file(settings, "linked", "secret.csv")
    with pytest.raises(Conflict):
        service.create_dataset(settings, "linked", None, {}, replace=True)
    with pytest.raises(NotFound):
        service.delete_dataset(settings, "linked")
    with Upload(settings) as upload:
        upload.put("inner/new.csv", b"x")
        with pytest.raises((NotFound, Unavailable)):
            upload.add_to("shop")
    service.delete_dataset(settings, "shop")
    assert [path.name for path in outside.iterdir()] == ["secret.csv"]


def test_what_a_killed_server_left_is_removed_later(settings: Settings, folder: Path) -> None:
    for name, age_s in (("old", 10 * 86_400), ("new", 60)):
        path = folder / f".upload-{name}"
        path.mkdir()
        seen = path.stat().st_mtime
        os.utime(path, (seen - age_s, seen - age_s))
    service.create_dataset(settings, "shop", None, {})
    assert remains(settings) == [".upload-new", "shop"]


def test_the_schema_says_why_it_cannot_be_read(settings: Settings, folder: Path) -> None:
    (folder / "shop").mkdir()
    (folder / "shop" / "schema.json").write_text('{"a": ')
    view = service.view_dataset(settings, "shop")
    assert view.has_schema
    assert view.data_schema is None
    assert view.schema_fault is not None
    assert "Line 1" in view.schema_fault


def test_zip_of_everything(settings: Settings) -> None:
    contents = {"a.csv": b"x" * 700_000, "empty": b"", "ü ö.txt": b"text"}
    service.create_dataset(settings, "shop", SCHEMA, contents)
    with Upload(settings) as upload:
        upload.put("sub/b.csv", os.urandom(600_000))
        upload.add_to("shop")
    pieces = list(service.zip_dataset(settings, "shop"))
    assert len(pieces) > 1
    with zipfile.ZipFile(io.BytesIO(b"".join(pieces))) as archive:
        assert archive.testzip() is None
        assert set(archive.namelist()) == {
            "shop/a.csv", "shop/empty", "shop/ü ö.txt", "shop/schema.json", "shop/sub/b.csv"
        }  # fmt: skip
        assert archive.read("shop/a.csv") == contents["a.csv"]
        assert {info.date_time[0] >= 2026 for info in archive.infolist()} == {True}


def test_zip_of_what_changes_meanwhile(settings: Settings, folder: Path) -> None:
    service.create_dataset(
        settings, "shop", None, {"a": b"x" * 10, "b": b"12345", "gone": b"1", "short": b"12345"}
    )
    pieces = service.zip_dataset(settings, "shop")
    (folder / "shop" / "gone").unlink()
    (folder / "shop" / "b").write_bytes(b"123456789")
    (folder / "shop" / "short").write_bytes(b"1")
    with zipfile.ZipFile(io.BytesIO(b"".join(pieces))) as archive:
        assert archive.testzip() is None
        assert {n: archive.read(n) for n in archive.namelist()} == {
            "shop/a": b"x" * 10, "shop/b": b"12345", "shop/short": b"1"
        }  # fmt: skip


@pytest.mark.slow
def test_zip_beyond_2_gib(settings: Settings, folder: Path, tmp_path: Path) -> None:
    size = 2**31 + 5
    (folder / "large").mkdir()
    with (folder / "large" / "sparse.bin").open("wb") as file:
        file.truncate(size)
    (folder / "large" / "z.csv").write_text("1,2\n")
    target = tmp_path / "large.zip"
    with target.open("wb") as file:
        largest = 0
        for piece in service.zip_dataset(settings, "large"):
            largest = max(largest, len(piece))
            file.write(piece)
    assert largest < 2_000_000
    with zipfile.ZipFile(target) as archive:
        assert archive.getinfo("large/sparse.bin").file_size == size
        assert archive.read("large/z.csv") == b"1,2\n"
        with archive.open("large/sparse.bin") as read:
            assert sum(len(p) for p in iter(lambda: read.read(2**20), b"")) == size


@pytest.mark.parametrize(
    "path, content, kind",
    [
        ("a.csv", b"a,b\n1,2\n", "table"), ("a.csv", b"a;b;c\n1,5;2;3\n", "table"),
        ("a.tsv", b"a\tb\n", "table"), ("a.csv", b"", "text"), ("a.json", b'{"a":[1]}', "text"),
        ("a.txt", "größe".encode(), "text"), ("a.bin", b"\0\1\2", "none"),
        ("a.csv", bytes(range(128, 255)) * 9, "none"), ("a.json", b"{", "text"),
    ],
)  # fmt: skip
def test_previews(settings: Settings, path: str, content: bytes, kind: str) -> None:
    service.create_dataset(settings, "shop", None, {path: content})
    assert service.preview_file(settings, "shop", path).kind == kind


def test_a_large_table_shows_its_beginning(settings: Settings) -> None:
    row = b",".join(b"%d" % n for n in range(70)) + b"\n"
    service.create_dataset(settings, "shop", None, {"a.csv": row * 5000})
    shown = service.preview_file(settings, "shop", "a.csv")
    assert (len(shown.rows), shown.columns, len(shown.head), shown.is_cut) == (100, 70, 60, True)
    assert {len(row) for row in shown.rows} == {60}


def test_json_is_laid_out(settings: Settings) -> None:
    service.create_dataset(settings, "shop", {"a": [1]}, {"b.json": b'{"a":[1]}'})
    text = service.preview_file(settings, "shop", "b.json").text
    assert text == '{\n  "a": [\n    1\n  ]\n}'


def test_a_folder_around_all_files_comes_off(settings: Settings) -> None:
    with Upload(settings) as upload:
        for path in ("shop/a.csv", "shop/1/2/3/b.csv"):
            upload.put(path, b"1")
        assert upload.unwrap() == "shop"
        upload.put_schema(SCHEMA)
        upload.create("shop")
    assert paths(settings, "shop") == ["1/2/3/b.csv", "a.csv", "schema.json"]
    with Upload(settings) as upload:
        upload.put("x/a.csv", b"1")
        upload.put("b.csv", b"1")
        assert upload.unwrap() == ""
        upload.put("y/1/2/3/c.csv", b"1")
        with pytest.raises(BadRequest, match="at most 4 names"):
            upload.create("other")
    assert remains(settings) == ["shop"]


def test_of_two_uploads_of_one_name_one_wins(settings: Settings) -> None:
    def upload(number: int) -> bool:
        try:
            service.create_dataset(settings, "shop", None, {f"{number}.csv": b"1"})
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = [number for number, ok in enumerate(pool.map(upload, range(24))) if ok]
    assert paths(settings, "shop") == [f"{won[0]}.csv"]
    assert len(won) == 1
    assert remains(settings) == ["shop"]


def test_a_download_that_is_broken_off_leaves_nothing_open(settings: Settings) -> None:
    service.create_dataset(settings, "shop", None, {"a": os.urandom(3_000_000)})
    pieces = iter(service.zip_dataset(settings, "shop"))
    before = psutil.Process().num_fds()
    next(pieces)
    pieces.close()  # type: ignore[attr-defined]  # a generator, as Starlette sees it
    assert psutil.Process().num_fds() == before
