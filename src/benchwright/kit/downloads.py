"""Names of files that browsers save, and tables that spreadsheets open."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import quote

MAX_NAME = 100
CHUNK_ROWS = 500

_UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"/\\|?*\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]')
_FORMULA = re.compile(r"[=+\-@\t\r]")


def file_name(text: str, ending: str, fallback: str = "download") -> str:
    """`text` as a name that every file system takes, with the ending."""
    # Half a surrogate pair can stand in a name, but in no header.
    text = text.encode("utf-8", "replace").decode()
    name = re.sub(r"\s+", " ", _UNSAFE.sub(" ", text)).strip(" .")[:MAX_NAME].strip(" .")
    return f"{name or fallback}.{ending}"


def content_disposition(name: str) -> str:
    """Asks a browser to save under this name: in ASCII, and as RFC 5987 has it."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = re.sub(r'[\\";%]', "", plain).strip()
    if plain.startswith(".") or not plain:
        plain = f"download{plain}"
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def save_as(name: str) -> dict[str, str]:
    """The headers of an answer that a browser saves under this name."""
    return {"Content-Disposition": content_disposition(name)}


def csv_cell(value: object) -> object:
    """A text that a spreadsheet would take for a formula is marked as a text."""
    if isinstance(value, str) and _FORMULA.match(value):
        return f"'{value}"
    return "" if value is None else value


def csv_chunks(head: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    """A CSV file (RFC 4180, UTF-8) in pieces, so that a large one is never in memory as a whole."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow([csv_cell(cell) for cell in head])
    for number, row in enumerate(rows, 1):
        writer.writerow([csv_cell(cell) for cell in row])
        if number % CHUNK_ROWS == 0:
            yield buffer.getvalue().encode("utf-8", "replace")
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode("utf-8", "replace")
