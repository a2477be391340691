"""Tables as CSV, JSON and Parquet, written piece by piece."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator
from enum import StrEnum
from itertools import islice

from benchwright.exports.tables import VERSION, Cell, Row, Table, columns_of
from benchwright.kit.downloads import CHUNK_ROWS, csv_chunks


class Format(StrEnum):
    """The ending of the file."""

    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


MEDIA_TYPES = {
    Format.CSV: "text/csv",
    Format.JSON: "application/json",
    Format.PARQUET: "application/vnd.apache.parquet",
}


def write_table(table: Table, rows: Iterable[Row], format_: Format) -> Iterator[bytes]:
    """The file in pieces; without rows it still has its columns."""
    if format_ is Format.CSV:
        head = [column.name for column in columns_of(table)]
        return csv_chunks(head, ([_text(cell) for cell in row] for row in rows))
    if format_ is Format.JSON:
        return _json_chunks(table, rows)
    # Opens DuckDB, which the start of the server does without.
    from benchwright.exports.parquet import parquet_chunks

    return parquet_chunks(table, rows)


def _json_chunks(table: Table, rows: Iterable[Row]) -> Iterator[bytes]:
    head = {
        "table": table.value,
        "version": VERSION,
        "columns": [column._asdict() for column in columns_of(table)],
    }
    yield json.dumps(head)[:-1].encode() + b', "rows": ['
    following = iter(rows)
    comma = b"\n"
    while chunk := list(islice(following, CHUNK_ROWS)):
        texts = (json.dumps([_text(cell) for cell in row], allow_nan=False) for row in chunk)
        yield comma + ",\n".join(texts).encode()
        comma = b",\n"
    yield b"\n]}\n"


def _text(cell: Cell) -> Cell:
    if isinstance(cell, dt.datetime):
        return cell.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return cell
