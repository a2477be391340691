"""Archives that a hostile workload could have written."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from benchwright.executors.docker.archives import _tar_pieces, unpack
from benchwright.executors.docker.transport import _add_members
from benchwright.executors.port import SharedFolder
from benchwright.kit.errors import Invalid, TooLarge
from benchwright.kit.wholefile import read_json, write_json


def archive(*members: tuple[str, bytes | tarfile.TarInfo]) -> io.BytesIO:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as tar:
        for name, content in members:
            if isinstance(content, tarfile.TarInfo):
                content.name = name
                tar.addfile(content)
            else:
                info = tarfile.TarInfo(name)
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
    return raw


def link(kind: bytes, target: str) -> tarfile.TarInfo:
    info = tarfile.TarInfo()
    info.type, info.linkname = kind, target
    return info


def take(raw: io.BytesIO, target: Path, max_bytes: int = 1000, max_files: int = 10) -> None:
    target.mkdir(exist_ok=True)
    unpack(raw, target, max_bytes, max_files, frozenset({"own.log"}))


def test_only_files_and_folders_below_the_target_are_taken(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("keep me")
    raw = archive(
        ("results/a/b.json", b"{}"),
        ("results/../../secret", b"overwritten"),
        ("/results//abs", b"abs"),
        ("results/link", link(tarfile.SYMTYPE, "/etc/passwd")),
        ("results/hard", link(tarfile.LNKTYPE, "/etc/passwd")),
        ("results/pipe", link(tarfile.FIFOTYPE, "")),
        ("results/out", link(tarfile.SYMTYPE, "..")),
        ("results/out/secret", b"overwritten"),
        ("results/own.log", b"forged"),
    )
    take(raw, tmp_path / "target")
    found = {str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if not p.is_dir()}
    assert found == {"secret", "target/a/b.json", "target/out/secret", "target/results/abs"}
    assert (tmp_path / "secret").read_text() == "keep me"


def test_a_link_that_lies_in_the_way_is_replaced_not_followed(tmp_path: Path) -> None:
    outside, target = tmp_path / "outside", tmp_path / "target"
    outside.mkdir()
    target.mkdir()
    (target / "a").symlink_to(outside)
    take(archive(("r/a/x", b"1")), target)
    assert list(outside.iterdir()) == []
    assert (target / "a" / "x").read_bytes() == b"1"


def test_too_much_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TooLarge, match="bytes"):
        take(archive(("r/x", b"1" * 1001)), tmp_path / "t")
    with pytest.raises(TooLarge, match="files"):
        take(archive(*[(f"r/{n}", b"") for n in range(11)]), tmp_path / "t")


def test_folders_travel_as_a_tar_that_any_reader_takes(tmp_path: Path) -> None:
    inputs = tmp_path / "jobs" / "r1" / "inputs"
    inputs.mkdir(parents=True)
    (inputs / "ü.txt").write_text("text" * 1000)
    (inputs / "link").symlink_to("/etc/passwd")
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "a.yaml").write_text("a: 1")
    folders = [SharedFolder("configs"), SharedFolder("jobs/r1", is_read_only=False)]
    raw = io.BytesIO(b"".join(_tar_pieces(tmp_path, folders)))
    with tarfile.open(fileobj=raw) as tar:
        members = {member.name: member for member in tar}
        assert set(members) == {
            "data", "data/configs", "data/configs/a.yaml", "data/jobs", "data/jobs/r1",
            "data/jobs/r1/inputs", "data/jobs/r1/inputs/ü.txt",
        }  # fmt: skip
        text = tar.extractfile("data/jobs/r1/inputs/ü.txt")
        assert text is not None and text.read() == b"text" * 1000
    with pytest.raises(Invalid):
        list(_tar_pieces(tmp_path, [SharedFolder("../etc")]))


def test_of_a_folder_only_what_is_asked_for_travels(tmp_path: Path) -> None:
    for name in ("datasets/used", "datasets/other", "mlflow/mlruns"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "a.csv").write_text("1")
    folders = [
        SharedFolder("datasets", travelling=("used", "missing")),
        SharedFolder("mlflow", False, travelling=()),
    ]
    raw = io.BytesIO(b"".join(_tar_pieces(tmp_path, folders)))
    with tarfile.open(fileobj=raw, mode="r:") as tar:
        names = set(tar.getnames())
    assert names == {
        "data", "data/datasets", "data/datasets/used", "data/datasets/used/a.csv", "data/mlflow",
    }  # fmt: skip


@pytest.mark.parametrize(
    "told, kept",
    [
        (b'{"a": 2, "b": 3}', {"a": 1, "b": 3}),
        (b'{"a": 2}', {"a": 1}),
        (b"[]", {"a": 1}),
        (b"no json", {"a": 1}),
        (b'{"b": "\\ud800"}', {"a": 1}),
        (b"[" * 100_000, {"a": 1}),
        (None, {"a": 1}),
    ],
)
def test_what_a_workload_added_to_its_metadata_is_kept(
    tmp_path: Path, told: bytes | None, kept: dict[str, int]
) -> None:
    path = tmp_path / "job_info.json"
    write_json(path, {"a": 1})
    _add_members(path, told)
    assert read_json(path) == kept
