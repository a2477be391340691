"""Tables as Parquet, through files that nobody else sees."""

from __future__ import annotations

import datetime as dt
import json
import math
import tempfile
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from benchwright.exports.tables import VERSION, Cell, CellType, Row, Table, TableColumn, columns_of
from benchwright.metrics.duck import DUCK, Duck

PART_ROWS = 10_000
CHUNK_BYTES = 256 * 1024


def parquet_chunks(table: Table, rows: Iterable[Row], duck: Duck = DUCK) -> Iterator[bytes]:
    """The whole file is written at once, before the first piece; it is gone with the last one."""
    with tempfile.TemporaryDirectory(prefix="benchwright-export-") as name:
        file = _write(table, rows, Path(name), duck).open("rb")
    return _read(file)


def _read(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while piece := file.read(CHUNK_BYTES):
            yield piece


def _write(table: Table, rows: Iterable[Row], folder: Path, duck: Duck) -> Path:
    columns = columns_of(table)
    select = f"SELECT {', '.join(_expression(column) for column in columns)} FROM exported"  # noqa: S608 - our own names
    parts: list[Path] = []
    following = iter(rows)
    # At least one part, so that a table without rows has its columns.
    while (chunk := list(islice(following, PART_ROWS))) or not parts:
        arrays = {
            column.name: _array(column, [row[place] for row in chunk])
            for place, column in enumerate(columns)
        }
        parts.append(folder / f"part{len(parts)}.parquet")
        duck.copy(select, parts[-1], tables={"exported": arrays})
    units = json.dumps({column.name: column.unit for column in columns if column.unit})
    pairs = {
        "benchwright_table": table.value,
        "benchwright_version": VERSION,
        "benchwright_units": units,
    }
    metadata = ", ".join(f"{key}: '{value}'" for key, value in pairs.items())
    target = folder / f"{table}.parquet"
    duck.copy(
        "SELECT * FROM read_parquet(?)",
        target,
        f", KV_METADATA {{{metadata}}}",
        [[str(part) for part in parts]],
    )
    return target


def _expression(column: TableColumn) -> str:
    name = column.name
    match column.type:
        case CellType.STRING:
            return f'"{name}"::VARCHAR AS "{name}"'
        case CellType.INTEGER:
            return f'"{name}"::BIGINT AS "{name}"'
        case CellType.NUMBER:
            return f'nullif("{name}", \'nan\'::DOUBLE)::DOUBLE AS "{name}"'
        case CellType.TIME:
            return f'to_timestamp(nullif("{name}", \'nan\'::DOUBLE)) AS "{name}"'


def _array(column: TableColumn, cells: list[Cell]) -> NDArray[Any]:
    if column.type is CellType.STRING:
        # Half a surrogate pair can stand in a name, but in no file.
        texts = [
            None if cell is None else str(cell).encode("utf-8", "replace").decode()
            for cell in cells
        ]
        return np.array(texts, object)
    if column.type is CellType.INTEGER:
        return np.array(cells, np.int64)
    return np.array([_number(cell) for cell in cells], np.float64)


def _number(cell: Cell) -> float:
    if isinstance(cell, dt.datetime):
        return cell.timestamp()
    return math.nan if cell is None else float(cell)
