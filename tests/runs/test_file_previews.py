from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from benchwright.runs.file_previews import (
    MAX_PREVIEW_BYTES,
    FilePreview,
    group_files,
    preview_file,
)
from benchwright.runs.schemas import ArtifactView


def preview(
    folder: Path, content: bytes, media_type: str, name: str = "file", row: int = 0
) -> FilePreview:
    path = folder / "results" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    file = ArtifactView(
        path=f"results/{name}", media_type=media_type, size_bytes=len(content),
        created_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
    )  # fmt: skip
    return preview_file(file, folder, row)


def test_texts_are_shown_as_they_are(tmp_path: Path) -> None:
    shown = preview(tmp_path, b"<b>\xff\n", "text/plain")
    assert (shown.kind, shown.text, shown.is_cut) == ("text", "<b>\ufffd\n", False)


def test_json_on_one_line_is_laid_out(tmp_path: Path) -> None:
    assert preview(tmp_path, b'{"a":[1]}', "application/json").text == '{\n  "a": [\n    1\n  ]\n}'
    assert preview(tmp_path, b'{"a":', "application/json").text == '{"a":'
    assert preview(tmp_path, b"[" * 200_000, "application/json").kind == "text"


def test_only_the_beginning_of_a_large_file_is_read(tmp_path: Path) -> None:
    shown = preview(tmp_path, b"x" * (MAX_PREVIEW_BYTES + 1), "text/plain")
    assert shown.is_cut
    assert len(shown.text) == MAX_PREVIEW_BYTES


@pytest.mark.parametrize(
    "content,media_type,kind",
    [
        (b"PAR1\x00\x01", "application/octet-stream", "none"),
        (bytes(range(128, 256)) * 10, "application/octet-stream", "none"),
        (b"plain words", "application/octet-stream", "text"),
        (b"\x89PNG", "image/png", "image"),
        (b"<svg/>", "image/svg+xml", "image"),
        (b"", "text/plain", "text"),
    ],
)
def test_the_kind_follows_from_type_and_bytes(
    tmp_path: Path, content: bytes, media_type: str, kind: str
) -> None:
    assert preview(tmp_path, content, media_type).kind == kind


def test_a_file_that_is_gone_shows_nothing(tmp_path: Path) -> None:
    file = preview(tmp_path, b"", "text/plain").file
    assert preview_file(file, tmp_path / "gone").kind == "none"


def test_json_that_would_be_mostly_indentation_stays_as_it_is(tmp_path: Path) -> None:
    content = b"[" * 400 + b"1," * 100_000 + b"1" + b"]" * 400
    assert preview(tmp_path, content, "application/json").text == content.decode()


def test_json_is_a_tree_and_csv_a_table(tmp_path: Path) -> None:
    tree = preview(tmp_path, b'{"a": [1, NaN]}', "application/json")
    assert tree.kind == "tree" and tree.tree is not None
    assert [child.key for child in tree.tree.children] == ["a"]
    assert preview(tmp_path, b"3", "application/json").kind == "text"
    table = preview(tmp_path, b"a,b\n1,2\n", "text/csv", "kpis.csv")
    assert table.kind == "table" and table.table is not None
    assert (table.table.heads, table.table.rows) == (["a", "b"], [["1", "2"]])
    assert preview(tmp_path, b"just words\n", "text/csv", "kpis.csv").kind == "text"


def test_no_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    file = preview(tmp_path, b"", "text/plain").file
    (tmp_path / "results" / "file").unlink()
    (tmp_path / "results" / "file").symlink_to(tmp_path / "secret")
    assert preview_file(file, tmp_path).kind == "none"
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "file").write_text("secret")
    (tmp_path / "results" / "file").unlink()
    (tmp_path / "results").rmdir()
    (tmp_path / "results").symlink_to(tmp_path / "elsewhere")
    assert preview_file(file, tmp_path).kind == "none"


def test_files_are_grouped_by_folder(tmp_path: Path) -> None:
    base = preview(tmp_path, b"", "text/plain").file
    paths = [
        "inputs/a.yaml",
        "logs/x.log",
        "results/b.txt",
        "results/plots/p.svg",
        "series.parquet",
    ]
    groups = group_files([base.model_copy(update={"path": path}) for path in paths])
    assert [(group.folder, [name for name, _ in group.files]) for group in groups] == [
        ("results", ["b.txt"]), ("results/plots", ["p.svg"]), ("inputs", ["a.yaml"]),
        ("logs", ["x.log"]), ("", ["series.parquet"]),
    ]  # fmt: skip
