"""What a file of a run looks like, as far as a page can show it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, Literal, NamedTuple

from benchwright.kit.enclosed import open_file
from benchwright.kit.errors import Problem
from benchwright.kit.jsontext import load_json
from benchwright.runs.file_tables import FileTable, is_table, read_table
from benchwright.runs.json_tree import Node, build_tree
from benchwright.runs.schemas import ArtifactView

MAX_PREVIEW_BYTES = 256 * 1024
MAX_LAID_OUT = 4 * MAX_PREVIEW_BYTES
MAX_TREE_BYTES = 1024 * 1024
IMAGES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/svg+xml"})
TEXTS = frozenset(
    {
        "application/json", "application/xml", "application/x-yaml", "application/yaml",
        "application/javascript", "application/toml", "application/x-sh",
    }
)  # fmt: skip


@dataclass(frozen=True)
class FilePreview:
    """The beginning of a text, a table, a tree, or an image that the page loads by its address."""

    file: ArtifactView
    kind: Literal["text", "image", "table", "tree", "none"]
    text: str = ""
    is_cut: bool = False
    table: FileTable | None = None
    tree: Node | None = None


class FileGroup(NamedTuple):
    """The files of one folder; each with its name inside of it."""

    folder: str
    files: Sequence[tuple[str, ArtifactView]]


def group_files(files: Sequence[ArtifactView]) -> list[FileGroup]:
    """The files by folder, `results` first; those of the run's folder itself come last."""
    groups: dict[str, list[tuple[str, ArtifactView]]] = {}
    for file in files:
        path = PurePosixPath(file.path)
        folder = "" if str(path.parent) == "." else str(path.parent)
        groups.setdefault(folder, []).append((path.name, file))

    def place(folder: str) -> tuple[bool, bool, str]:
        return (not folder, not (folder + "/").startswith("results/"), folder)

    return [FileGroup(folder, groups[folder]) for folder in sorted(groups, key=place)]


def preview_file(file: ArtifactView, root: Path, first_row: int = 0) -> FilePreview:
    """Reads a bounded part of it; what is no text by its type may be one by its bytes.

    No link is followed, whatever lies in the folder by now.
    """
    if file.media_type in IMAGES:
        return FilePreview(file, "image")
    try:
        with open_file(root, PurePosixPath(file.path).parts) as opened:
            return _preview(file, opened, first_row)
    except OSError:
        return FilePreview(file, "none")


def _preview(file: ArtifactView, opened: BinaryIO, first_row: int) -> FilePreview:
    if is_table(file.path):
        table = read_table(opened, first_row)
        if table is not None:
            return FilePreview(file, "table", table=table)
        opened.seek(0)
    if file.media_type == "application/json":
        content = opened.read(MAX_TREE_BYTES + 1)
        if len(content) <= MAX_TREE_BYTES and (tree := _tree(content)) is not None:
            return FilePreview(file, "tree", _laid_out(content), tree=tree)
        opened.seek(0)
    content = opened.read(MAX_PREVIEW_BYTES + 1)
    is_text = file.media_type.startswith("text/") or file.media_type in TEXTS
    if not is_text and b"\0" in content[:4096]:
        return FilePreview(file, "none")
    is_cut = len(content) > MAX_PREVIEW_BYTES
    text = content[:MAX_PREVIEW_BYTES].decode("utf-8", "replace")
    if not is_text and text.count("\ufffd") > len(text) // 50 + 2:
        return FilePreview(file, "none")
    return FilePreview(file, "text", text, is_cut)


def read_json_file(content: bytes) -> Any:
    """The document; `NaN` and its like stand in it as words. Raises `Problem`."""
    return load_json(content, max_bytes=MAX_TREE_BYTES, on_constant=lambda name: name)


def _tree(content: bytes) -> Node | None:
    try:
        document = read_json_file(content)
    except Problem:
        return None
    return build_tree(document) if isinstance(document, dict | list) else None


def _laid_out(content: bytes) -> str:
    """JSON is often written on one line: it is laid out anew."""
    text = content.decode("utf-8", "replace")
    if text.count("\n") > 3:
        return text
    laid_out: list[str] = []
    length = 0
    try:
        for piece in json.JSONEncoder(ensure_ascii=False, indent=2).iterencode(json.loads(text)):
            length += len(piece)
            # What is nested deep is mostly indentation: that grows to a thousand times the text.
            if length > MAX_LAID_OUT:
                return text
            laid_out.append(piece)
    except (ValueError, RecursionError):
        return text
    return "".join(laid_out)
