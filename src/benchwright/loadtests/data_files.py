"""Small CSV files that a plan carries."""

from __future__ import annotations

import csv
import io
from functools import cached_property
from typing import Annotated

from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from benchwright.loadtests.values import Order, Strict

MAX_CSV_CHARACTERS = 4 * 1024 * 1024
MAX_ROWS = 200_000
MAX_COLUMNS = 500

FileName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$")]


class DataFile(Strict):
    """CSV text with a header line; each iteration takes the next row, or a random one."""

    csv: str = Field(min_length=1, max_length=MAX_CSV_CHARACTERS)
    delimiter: str = Field(",", min_length=1, max_length=1)
    order: Order = "sequential"

    @field_validator("delimiter")
    @classmethod
    def _check_delimiter(cls, delimiter: str) -> str:
        if delimiter in '\r\n" ' or not delimiter.isascii():
            raise PydanticCustomError("delimiter", "Use a comma, semicolon, tab or another sign")
        return delimiter

    @field_validator("csv")
    @classmethod
    def _check_csv(cls, text: str) -> str:
        return text.removeprefix("\ufeff")

    @cached_property
    def table(self) -> tuple[list[str], list[list[str]]]:
        """Column names and rows; raises `ValueError` that says what is wrong in which line."""
        reader = csv.reader(io.StringIO(self.csv), delimiter=self.delimiter, strict=True)
        rows: list[list[str]] = []
        columns: list[str] | None = None
        try:
            for row in reader:
                if not row:
                    continue
                if columns is None:
                    columns = [name.strip() for name in row]
                    _check_columns(columns)
                    continue
                if len(row) != len(columns):
                    raise ValueError(
                        f"line {reader.line_num} has {len(row)} cells, the header {len(columns)}"
                    )
                rows.append(row)
                if len(rows) > MAX_ROWS:
                    raise ValueError(f"there are more than {MAX_ROWS} rows")
        except csv.Error as error:
            raise ValueError(f"line {reader.line_num}: {error}") from None
        if columns is None or not rows:
            raise ValueError("a header line and at least one row are needed")
        return columns, rows


def _check_columns(columns: list[str]) -> None:
    if len(columns) > MAX_COLUMNS:
        raise ValueError(f"there are more than {MAX_COLUMNS} columns")
    if len(set(columns)) != len(columns):
        raise ValueError("two columns have the same name")
