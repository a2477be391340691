"""Brings a database to the newest schema, once, after copying what could be lost.

A history is a folder of numbered steps (`versions/0001_initial.py`, …) in Alembic's form. The
number is the revision, so that looking whether there is something to do needs no Alembic.
"""

from __future__ import annotations

import fcntl
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import IntegrityError, ProgrammingError

from benchwright.kit.db import Database, now
from benchwright.kit.startup import StartupError

if TYPE_CHECKING:
    from alembic.config import Config

SCRIPTS = Path(__file__).parent.parent / "migrations"
KEPT_COPIES = 3


class SchemaTooNew(StartupError):
    """The database was written by a newer version than this one."""


class MigrationFailed(StartupError):
    """A migration could not be carried out; the database is as it was before."""


@dataclass(frozen=True)
class Migrated:
    """What `migrate` did: revisions before and after, and where the old SQLite file is now."""

    before: str | None
    after: str
    copy: Path | None


def migrate(database: Database, scripts: Path = SCRIPTS) -> Migrated | None:
    """Migrates to the newest schema; None when there was nothing to do.

    Processes that start together wait for each other. Raises `SchemaTooNew`.
    """
    known = revisions(scripts)
    with _alone(database):
        before = _revision(database)
        if before == known[-1]:
            return None
        _refuse_unknown(before, known, database)
        copy = None if before is None else _copy_sqlite(database, before)
        with _migrating(database) as connection:
            # Another server may have been quicker on PostgreSQL, where the table is the lock.
            before = _read_revision(connection)
            if before == known[-1]:
                return None
            _upgrade(connection, scripts)
    return Migrated(before, known[-1], copy)


def pending(database: Database, scripts: Path = SCRIPTS) -> bool:
    """Whether `migrate` would change something. Raises `SchemaTooNew`."""
    known = revisions(scripts)
    before = _revision(database)
    _refuse_unknown(before, known, database)
    return before != known[-1]


def revisions(scripts: Path = SCRIPTS) -> list[str]:
    """The numbers of all steps, oldest first."""
    numbers = sorted(path.name.partition("_")[0] for path in scripts.glob("versions/[0-9]*_*.py"))
    if not numbers:
        raise MigrationFailed("This installation contains no migrations: install it again.")
    return numbers


def configure(connection: Connection, scripts: Path = SCRIPTS) -> Config:
    """Alembic's configuration; its `env.py` uses the given connection and its transaction."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _upgrade(connection: Connection, scripts: Path) -> None:
    from alembic import command

    command.upgrade(configure(connection, scripts), "head")


def _refuse_unknown(revision: str | None, known: list[str], database: Database) -> None:
    if revision is not None and revision not in known:
        raise SchemaTooNew(
            f"The database {database.url.render_as_string(hide_password=True)} has the schema"
            f" {revision}; this version knows none after {known[-1]}: a newer one wrote it."
            " Install that version, or go back to a copy that was made before (for SQLite in the"
            " folder `backups` beside the database)."
        )


def _revision(database: Database) -> str | None:
    file = _sqlite_file(database)
    if file is not None and not file.exists():
        return None
    with database.read() as session:
        return _read_revision(session.connection())


def _read_revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


@contextmanager
def _alone(database: Database) -> Iterator[None]:
    """Holds a file lock beside a SQLite file; PostgreSQL is locked while migrating instead."""
    file = _sqlite_file(database)
    if file is None:
        yield
        return
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (file.parent / "migrate.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _migrating(database: Database) -> Iterator[Connection]:
    """One transaction for all steps: a failed migration leaves nothing behind."""
    if not database.is_sqlite:
        _create_version_table(database)
    with database.engine.connect() as connection:
        raw = connection.connection.driver_connection
        if not isinstance(raw, sqlite3.Connection):
            with connection.begin():
                connection.execute(text("LOCK TABLE alembic_version IN ACCESS EXCLUSIVE MODE"))
                yield connection
            return
        # A table that is rebuilt is dropped first, which would delete the rows that refer to
        # it. The pragma is ignored inside a transaction, so it comes before.
        raw.execute("PRAGMA foreign_keys = OFF")
        try:
            with connection.begin():
                yield connection
                _check_references(connection)
        finally:
            raw.execute("PRAGMA foreign_keys = ON")


def _check_references(connection: Connection) -> None:
    broken = connection.execute(text("PRAGMA foreign_key_check")).fetchall()
    if broken:
        tables = ", ".join(sorted({str(row[0]) for row in broken}))
        raise MigrationFailed(
            f"After the migration, rows of {tables} would refer to rows that do not exist."
            " Nothing was changed. Please report this."
        )


def _create_version_table(database: Database) -> None:
    statement = text(
        "CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) NOT NULL,"
        " CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
    )
    try:
        with database.engine.begin() as connection:
            connection.execute(statement)
    except (IntegrityError, ProgrammingError):
        # Two servers that create it in the same moment: one of them fails, and finds it made.
        with database.engine.begin() as connection:
            connection.execute(statement)


def _sqlite_file(database: Database) -> Path | None:
    name = database.url.database
    if not database.is_sqlite or not name or name == ":memory:":
        return None
    return Path(name)


def _copy_sqlite(database: Database, revision: str) -> Path | None:
    """Copies the file with SQLite's own backup, which sees what the write-ahead log holds."""
    file = _sqlite_file(database)
    if file is None:
        return None
    folder = file.parent / "backups"
    folder.mkdir(exist_ok=True, mode=0o700)
    stamp = now().strftime("%Y%m%dT%H%M%S.%fZ")
    copy = folder / f"{file.stem}-{stamp}-{revision}.db"
    unfinished = copy.with_suffix(".part")
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(unfinished)) as target:
        source.backup(target)
    unfinished.chmod(0o600)
    unfinished.rename(copy)
    for old in sorted(folder.glob(f"{file.stem}-*.db"))[:-KEPT_COPIES]:
        old.unlink()
    return copy
