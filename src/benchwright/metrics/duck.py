"""One DuckDB connection for all stored series, opened on first need."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from benchwright.kit.errors import Unavailable

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MEMORY_LIMIT = "64MB"
"""Larger intermediate results go to temporary files; a query takes one processor."""

MAX_ROWS = 10_000_000
"""More than any statement is ever given."""

Columns = Mapping[str, NDArray[Any]]


class Duck:
    """Runs one statement at a time.

    The program library takes about 21 MB of memory when imported and a connection 25 MB, so
    neither is there before the first series is written or read.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connection: DuckDBPyConnection | None = None

    def fetch(
        self, sql: str, parameters: Sequence[Any] = (), tables: Mapping[str, Columns] | None = None
    ) -> dict[str, NDArray[Any]]:
        """The answer as arrays; `tables` are arrays that the statement may read by name."""
        with self._registered(tables or {}) as connection:
            result: dict[str, NDArray[Any]] = connection.execute(sql, list(parameters)).fetchnumpy()
            return result

    def copy(
        self,
        select: str,
        target: Path,
        options: str = "",
        parameters: Sequence[Any] = (),
        tables: Mapping[str, Columns] | None = None,
    ) -> None:
        """Writes the answer of a query to a Parquet file; raises `Unavailable` on a full disk."""
        import duckdb

        literal = str(target).replace("'", "''")
        sql = f"COPY ({select}) TO '{literal}' (FORMAT parquet, COMPRESSION zstd{options})"
        try:
            with self._registered(tables or {}) as connection:
                connection.execute(sql, list(parameters))
        except (duckdb.IOException, duckdb.OutOfMemoryException, OSError) as error:
            raise Unavailable(
                "The run's series could not be written; free some disk space. "
                f"({str(error).splitlines()[0][:200]})"
            ) from error

    def close(self) -> None:
        """Gives the memory back; the next call opens a connection again."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    @contextmanager
    def _registered(self, tables: Mapping[str, Columns]) -> Iterator[DuckDBPyConnection]:
        with self._lock:
            connection = self._connection or self._connect()
            try:
                for name, columns in tables.items():
                    connection.register(name, dict(columns))
                yield connection
            finally:
                for name in tables:
                    connection.unregister(name)

    def _connect(self) -> DuckDBPyConnection:
        import duckdb

        self._connection = duckdb.connect(
            ":memory:",
            config={
                "memory_limit": MEMORY_LIMIT,
                "threads": 1,
                "temp_directory": str(Path(tempfile.gettempdir()) / "benchwright-duckdb"),
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "python_enable_replacements": False,
                # The type of a column of lists is that of every row: with the default, a sample,
                # lists that are empty wherever it looks would make a column of nothing.
                "pandas_analyze_sample": MAX_ROWS,
            },
        )
        return self._connection


DUCK = Duck()
"""The server's one connection."""
