"""The database: one engine, short synchronous sessions, one writer on SQLite."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple, NewType

from sqlalchemy import JSON, DateTime, Dialect, Engine, MetaData, create_engine, event
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.pool import QueuePool
from sqlalchemy.types import TypeDecorator

ReadSession = NewType("ReadSession", Session)
"""A session that only reads; its transaction never takes SQLite's write lock."""

WriteSession = NewType("WriteSession", ReadSession)
"""A session that may write; accepted wherever a `ReadSession` is."""

JsonValue = JSON().with_variant(JSONB(), "postgresql")

POOL_SIZE = 10
MAX_OVERFLOW = 30
"""Connections beyond the pool, closed again after use."""

MAX_PARAMETERS = 1000
"""Of one statement, of those that are made in a loop."""

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


def now() -> dt.datetime:
    """The time now, in UTC and aware of it."""
    return dt.datetime.now(dt.UTC)


class UtcDateTime(TypeDecorator[dt.datetime]):
    """Aware UTC times in Python, whatever the database keeps; naive ones are refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        value = value.astimezone(dt.UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(
        self, value: dt.datetime | None, dialect: Dialect
    ) -> dt.datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


class Base(DeclarativeBase):
    """All tables; `dict` and `list` annotations become JSON columns, times are UTC."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)
    type_annotation_map = {
        dt.datetime: UtcDateTime(),
        dict[str, Any]: JsonValue,
        list[Any]: JsonValue,
        list[str]: JsonValue,
    }


class Addressable:
    """Mixin of every table that an address can name: integer key inside, UUID outside."""

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[uuid.UUID] = mapped_column(unique=True, default=uuid.uuid4)
    created_at: Mapped[dt.datetime] = mapped_column(default=now)


def is_read_only(session: ReadSession) -> bool:
    """Whether a session was opened for reading: it must not lock what it reads."""
    options = session.connection().get_execution_options()
    return bool(options.get("benchwright_read_only", False))


_AFTER_COMMIT = "benchwright_after_commit"


def after_commit(session: WriteSession, callback: Callable[[], None]) -> None:
    """Calls `callback` once the transaction is durable, never when it was rolled back."""
    session.info.setdefault(_AFTER_COMMIT, []).append(callback)


class PoolUse(NamedTuple):
    """Connections that are in use, and how many may be."""

    in_use: int
    most: int


class Database:
    """Opens sessions; the only place that begins, commits and rolls back."""

    def __init__(self, url: str | URL, *, echo: bool = False) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        options: dict[str, Any] = {
            "echo": echo,
            "pool_size": POOL_SIZE,
            "max_overflow": MAX_OVERFLOW,
        }
        if not self.is_sqlite:
            options["pool_pre_ping"] = True
        self.engine = create_engine(self.url, **options)
        if self.is_sqlite:
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)
        self._reading: Engine = self.engine.execution_options(benchwright_read_only=True)

    @contextmanager
    def read(self) -> Iterator[ReadSession]:
        """A session for reading; rolled back at the end."""
        with Session(self._reading, expire_on_commit=False) as session:
            yield ReadSession(session)

    @contextmanager
    def write(self) -> Iterator[WriteSession]:
        """A session for writing; committed when the block ends well, rolled back otherwise."""
        with Session(self.engine, expire_on_commit=False) as session:
            with session.begin():
                yield WriteSession(ReadSession(session))
            for callback in session.info.pop(_AFTER_COMMIT, ()):
                callback()

    @property
    def pool_use(self) -> PoolUse:
        """How far the pool is used."""
        pool = self.engine.pool
        in_use = pool.checkedout() if isinstance(pool, QueuePool) else 0
        return PoolUse(in_use, POOL_SIZE + MAX_OVERFLOW)

    def dispose(self) -> None:
        """Closes every pooled connection."""
        self.engine.dispose()


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver's own implicit transactions are switched off: `_begin_sqlite` begins them.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "busy_timeout = 15000",
        "journal_mode = WAL",
        "synchronous = FULL",  # a state that was answered must survive a power cut
        "foreign_keys = ON",
        "cache_size = -8000",
        "temp_store = MEMORY",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # IMMEDIATE takes the write lock at once: a deferred transaction that reads first and
    # writes later fails with "database is locked" without waiting.
    read_only = connection.get_execution_options().get("benchwright_read_only", False)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


def in_chunks(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """Pieces that each fit into one statement: SQLite takes at most 32,766 parameters."""
    return (items[at : at + MAX_PARAMETERS] for at in range(0, len(items), MAX_PARAMETERS))
