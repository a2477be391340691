"""Databases for tests: one template per kind, made by the migrations, and a copy per test."""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from benchwright.kit import db
from benchwright.kit.db import Database
from benchwright.kit.migrations import migrate
from tests.services import postgresql, session

TEMPLATE = "benchwright_template"

prepare_sqlite = db._prepare_sqlite
"""As the product does it."""

_numbers = itertools.count()

BOTH = [
    pytest.param("sqlite", id="sqlite"),
    pytest.param("postgresql", id="postgresql", marks=pytest.mark.postgres),
]


@pytest.fixture(autouse=True, scope="session")
def _no_power_cut() -> Iterator[None]:
    """Nothing here has to survive one, so that nothing waits for the disk."""

    def prepare_quickly(connection: Any, _record: Any) -> None:
        prepare_sqlite(connection, _record)
        connection.execute("PRAGMA synchronous = OFF")

    db._prepare_sqlite = prepare_quickly
    yield
    db._prepare_sqlite = prepare_sqlite


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a migrated, empty database that only this test uses.

    A test that has nothing to gain from both kinds says
    `@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)`.
    """
    if request.param == "sqlite":
        yield _copy_sqlite(tmp_path)
    else:
        yield from _copy_postgresql()


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A migrated, empty database, once on SQLite and once on PostgreSQL."""
    database = Database(database_url)
    yield database
    database.dispose()


@pytest.fixture(params=BOTH)
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without any table, for tests of the migrations themselves."""
    if request.param == "sqlite":
        urls = iter([f"sqlite:///{tmp_path / 'empty' / 'benchwright.db'}"])
    else:
        urls = _copy_postgresql("template0")
    for url in urls:
        database = Database(url)
        yield database
        database.dispose()


def _build(url: str) -> None:
    database = Database(url)
    migrate(database)
    database.dispose()


def _copy_sqlite(folder: Path) -> str:
    with session.alone("template.db") as template:
        if not template.exists():
            unfinished = template.with_suffix(".part")
            _build(f"sqlite:///{unfinished}")
            unfinished.rename(template)
    copy = folder / "data" / ".benchwright" / "benchwright.db"
    copy.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    shutil.copyfile(template, copy)
    return f"sqlite:///{copy}"


def _copy_postgresql(template: str = TEMPLATE) -> Iterator[str]:
    address = _postgresql()
    name = f"test_{os.getpid()}_{next(_numbers)}"
    _administer(address, f'CREATE DATABASE "{name}" TEMPLATE {template}')
    yield address.format(database=name)
    _administer(address, f'DROP DATABASE "{name}" WITH (FORCE)')


def _postgresql() -> str:
    """The address of the session's server, whose template database is ready."""
    with session.alone("postgresql") as data:
        address = postgresql.start(data)
        ready = data.with_suffix(".ready")
        if not ready.exists():
            _administer(address, f"CREATE DATABASE {TEMPLATE}")
            _build(address.format(database=TEMPLATE))
            ready.touch()
    return address


def _administer(address: str, statement: str) -> None:
    engine = create_engine(address.format(database="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
