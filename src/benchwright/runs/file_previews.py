"""What a file of a run looks like, as far as a page can show it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from benchwright.runs.schemas import ArtifactView

MAX_PREVIEW_BYTES = 256 * 1024
MAX_LAID_OUT = 4 * MAX_PREVIEW_BYTES
IMAGES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/svg+xml"})
TEXTS = frozenset(
    {
        "application/json", "application/xml", "application/x-yaml", "application/yaml",
        "application/javascript", "application/toml", "application/x-sh",
    }
)  # fmt: skip


@dataclass(frozen=True)
class FilePreview:
    """The beginning of a text, or an image that the page loads by its address."""

    file: ArtifactView
    kind: Literal["text", "image", "none"]
    text: str = ""
    is_cut: bool = False


def preview_file(file: ArtifactView, path: Path) -> FilePreview:
    """Reads at most `MAX_PREVIEW_BYTES`; what is no text by its type may be one by its bytes."""
    if file.media_type in IMAGES:
        return FilePreview(file, "image")
    try:
        with path.open("rb") as opened:
            content = opened.read(MAX_PREVIEW_BYTES + 1)
    except OSError:
        return FilePreview(file, "none")
    is_text = file.media_type.startswith("text/") or file.media_type in TEXTS
    if not is_text and b"\0" in content[:4096]:
        return FilePreview(file, "none")
    is_cut = len(content) > MAX_PREVIEW_BYTES
    text = content[:MAX_PREVIEW_BYTES].decode("utf-8", "replace")
    if not is_text and text.count("\ufffd") > len(text) // 50 + 2:
        return FilePreview(file, "none")
    return FilePreview(file, "text", text if is_cut else _readable(file, text), is_cut)


def _readable(file: ArtifactView, text: str) -> str:
    """JSON is often written on one line: it is laid out anew."""
    if file.media_type != "application/json" or text.count("\n") > 3:
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
