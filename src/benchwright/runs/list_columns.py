"""The columns of a list of runs, and which of them a reader wants to see."""

from __future__ import annotations

from typing import Literal, NamedTuple

from fastapi import Request, Response

from benchwright.runs.listing import Sort, SortKey
from benchwright.web.rendering import root_path

COOKIE = "benchwright_run_columns"
_YEAR_S = 365 * 24 * 3600

ColumnKey = Literal[
    "state", "verdict", "requests", "p95", "errors", "length", "load_test", "tags", "kind", "target",
    "size", "started",
]  # fmt: skip


class Column(NamedTuple):
    """A column; `sort` is what its head sorts by, and `first` the direction to begin with."""

    key: ColumnKey | Literal["name"]
    title: str
    sort: SortKey | None = None
    first: Sort | None = None
    is_number: bool = False


NAME = Column("name", "Run", "name", "name")
COLUMNS: tuple[Column, ...] = (
    Column("state", "State"),
    Column("verdict", "Verdict"),
    Column("requests", "Requests/s", "requests", "-requests", is_number=True),
    Column("p95", "p95", "p95", "-p95", is_number=True),
    Column("errors", "Errors", "errors", "-errors", is_number=True),
    Column("length", "Duration", "duration", "-duration", is_number=True),
    Column("load_test", "Load test"),
    Column("tags", "Tags"),
    Column("kind", "Kind"),
    Column("target", "Target"),
    Column("size", "Size", is_number=True),
    Column("started", "Started", "created", "-created"),
)
DEFAULT: tuple[ColumnKey, ...] = (
    "state", "verdict", "requests", "p95", "errors", "length", "tags", "started",
)  # fmt: skip


def choose_columns(wanted: list[str], request: Request) -> tuple[Column, ...]:
    """The columns of the address, else those chosen last, else the usual ones."""
    kept = request.cookies.get(COOKIE, "").split(".")
    for keys in (wanted, kept):
        chosen = tuple(column for column in COLUMNS if column.key in keys)
        if chosen:
            return chosen
    return tuple(column for column in COLUMNS if column.key in DEFAULT)


def remember_columns(response: Response, columns: tuple[Column, ...], request: Request) -> None:
    """Keeps the choice for lists whose address says nothing of columns."""
    value = ".".join(column.key for column in columns)
    response.set_cookie(
        COOKIE, value, max_age=_YEAR_S, path=root_path(request) or "/", httponly=True,
        samesite="lax",
    )  # fmt: skip
