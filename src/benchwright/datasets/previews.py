"""What a file of a dataset looks like, as far as a page can show it."""

from __future__ import annotations

import csv
import io
import json
import os
from typing import BinaryIO, Literal

from pydantic import BaseModel, Field

from benchwright.datasets.schemas import DataFile

MAX_PREVIEW_BYTES = 256 * 1024
MAX_LAID_OUT = 4 * MAX_PREVIEW_BYTES
MAX_ROWS, MAX_COLUMNS, MAX_CELL = 100, 60, 200
_TABLES = (".csv", ".tsv")
_BINARY_SHARE = 50


class FilePreview(BaseModel):
    """The beginning of a file."""

    file: DataFile
    kind: Literal["table", "text", "none"]
    text: str = ""
    head: list[str] = []
    rows: list[list[str]] = []
    columns: int = Field(0, description="How many there are; fewer may be shown.")
    is_cut: bool = Field(False, description="Whether the file goes on behind what is shown.")


def size_and_time(opened: BinaryIO) -> tuple[int, int]:
    """Size in bytes and time of the last change in nanoseconds."""
    seen = os.fstat(opened.fileno())
    return seen.st_size, seen.st_mtime_ns


def preview(file: DataFile, opened: BinaryIO) -> FilePreview:
    """Reads at most `MAX_PREVIEW_BYTES`."""
    content = opened.read(MAX_PREVIEW_BYTES + 1)
    is_cut = len(content) > MAX_PREVIEW_BYTES
    text = _text(content[:MAX_PREVIEW_BYTES])
    if text is None:
        return FilePreview(file=file, kind="none", is_cut=is_cut)
    name = file.path.lower()
    if name.endswith(_TABLES):
        table = _table(file, text, is_cut=is_cut, is_tabbed=name.endswith(".tsv"))
        if table is not None:
            return table
    if name.endswith(".json") and not is_cut:
        text = _laid_out(text)
    return FilePreview(file=file, kind="text", text=text, is_cut=is_cut)


def _text(content: bytes) -> str | None:
    if b"\0" in content:
        return None
    text = content.decode("utf-8-sig", "replace")
    return None if text.count("\ufffd") > len(text) // _BINARY_SHARE + 2 else text


def _table(file: DataFile, text: str, *, is_cut: bool, is_tabbed: bool) -> FilePreview | None:
    """Rows and columns; None where there is no table to see."""
    if is_cut:
        text = text[: text.rfind("\n") + 1] or text  # half a line shows wrong figures
    first = text.partition("\n")[0]
    delimiter = "\t" if is_tabbed else max(",;\t", key=first.count)
    rows: list[list[str]] = []
    columns = 0
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            if len(rows) > MAX_ROWS:
                is_cut = True
                break
            if row:
                columns = max(columns, len(row))
                rows.append([cell[:MAX_CELL] for cell in row[:MAX_COLUMNS]])
    except csv.Error:
        return None
    if not rows:
        return None
    width = min(columns, MAX_COLUMNS)
    head, *body = [row + [""] * (width - len(row)) for row in rows]
    return FilePreview(
        file=file, kind="table", head=head, rows=body, columns=columns, is_cut=is_cut
    )


def _laid_out(text: str) -> str:
    """JSON with its levels indented, unless that makes it much longer."""
    try:
        pieces, length = [], 0
        for piece in json.JSONEncoder(ensure_ascii=False, indent=2).iterencode(json.loads(text)):
            length += len(piece)
            if length > MAX_LAID_OUT:
                return text
            pieces.append(piece)
    except (ValueError, RecursionError):
        return text
    return "".join(pieces)
