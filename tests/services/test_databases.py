from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from benchwright.kit.db import Database, now
from benchwright.projects.models import Project
from tests.services.databases import prepare_sqlite


@pytest.mark.parametrize("_once", [1, 2])
def test_each_test_has_a_database_of_its_own(database: Database, _once: int) -> None:
    with database.read() as session:
        before = session.query(Project).count()
    with database.write() as session:
        session.add(Project(slug="mine", name="Mine", created_at=now()))
    with database.read() as session:
        assert session.query(Project).count() == before + 1
    assert before <= 1, "only what the migrations put there"


def test_the_product_waits_for_the_disk(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "benchwright.db")) as connection:
        prepare_sqlite(connection, None)
        full = 2
        assert connection.execute("PRAGMA synchronous").fetchone() == (full,)


def test_references_are_enforced(database: Database) -> None:
    with pytest.raises(Exception, match=r"(?i)foreign key"), database.write() as session:
        session.execute(text("UPDATE run SET project_id = 1"))
        session.execute(
            text("INSERT INTO verdict VALUES (1, 99, 's', 'met', 'm', '1', '{}', '2026-01-01')")
        )
