from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from benchwright.kit import migrations
from benchwright.kit.db import Database
from benchwright.kit.migrations import MigrationFailed, SchemaTooNew, migrate, pending, revisions

STEP = """
import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = {previous!r}

def upgrade():
{body}
"""
PARENT_AND_CHILD = """
    op.create_table("parent", sa.Column("id", sa.Integer, primary_key=True))
    op.create_table(
        "child",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("parent_id", sa.Integer, sa.ForeignKey("parent.id", ondelete="CASCADE")),
    )
"""
REBUILD_PARENT = """
    with op.batch_alter_table("parent", recreate="always") as batch:
        batch.add_column(sa.Column("name", sa.String, nullable=True))
"""
ADD_COLUMN = """
    op.add_column("parent", sa.Column("colour", sa.String, nullable=True))
"""
HALF = """
    op.add_column("parent", sa.Column("half", sa.String, nullable=True))
    raise RuntimeError("no further")
"""
ORPHAN = """
    op.execute("DELETE FROM parent")
"""


class History:
    """A history of its own, so that these tests say nothing about the product's tables."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "versions").mkdir(parents=True)
        shutil.copy(migrations.SCRIPTS / "env.py", folder)
        self.previous: str | None = None

    def add(self, body: str) -> History:
        revision = f"{int(self.previous or 0) + 1:04}"
        text_ = STEP.format(revision=revision, previous=self.previous, body=body)
        (self.folder / "versions" / f"{revision}_step.py").write_text(text_)
        self.previous = revision
        return self

    def forget_last(self) -> None:
        (self.folder / "versions" / f"{self.previous}_step.py").unlink()


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "history").add(PARENT_AND_CHILD)


def fill(database: Database) -> None:
    with database.write() as session:
        session.execute(text("INSERT INTO parent (id) VALUES (1)"))
        session.execute(text("INSERT INTO child (id, parent_id) VALUES (1, 1)"))


def count(database: Database, table: str) -> int:
    with database.read() as session:
        return int(session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


def columns(database: Database, table: str) -> set[str]:
    return {column["name"] for column in inspect(database.engine).get_columns(table)}


def copies(database: Database) -> list[Path]:
    return sorted((Path(str(database.url.database)).parent / "backups").glob("*"))


only_sqlite = pytest.mark.parametrize("empty_database", ["sqlite"], indirect=True)


def test_an_empty_database_gets_every_table_once(empty_database: Database) -> None:
    assert pending(empty_database)

    done = migrate(empty_database)

    assert done is not None
    assert (done.before, done.after, done.copy) == (None, revisions()[-1], None)
    assert "run" in inspect(empty_database.engine).get_table_names()
    assert not pending(empty_database)
    assert migrate(empty_database) is None


def test_only_the_missing_steps_are_taken(empty_database: Database, history: History) -> None:
    migrate(empty_database, history.folder)
    fill(empty_database)
    history.add(ADD_COLUMN)

    done = migrate(empty_database, history.folder)

    assert done is not None
    assert (done.before, done.after) == ("0001", "0002")
    assert columns(empty_database, "parent") == {"id", "colour"}
    assert count(empty_database, "child") == 1


def test_a_newer_schema_is_refused_and_named(empty_database: Database, history: History) -> None:
    migrate(empty_database, history.add(ADD_COLUMN).folder)
    history.forget_last()

    for look in (migrate, pending):
        with pytest.raises(
            SchemaTooNew, match="the schema 0002; this version knows none after 0001"
        ):
            look(empty_database, history.folder)


def test_a_password_is_not_shown(empty_database: Database, history: History) -> None:
    migrate(empty_database, history.add(ADD_COLUMN).folder)
    history.forget_last()
    empty_database.url = empty_database.url.set(password="s3cret-word")

    with pytest.raises(SchemaTooNew) as caught:
        migrate(empty_database, history.folder)

    assert "s3cret-word" not in str(caught.value)


def test_a_failed_step_leaves_nothing_behind(empty_database: Database, history: History) -> None:
    migrate(empty_database, history.folder)
    history.add(ADD_COLUMN).add(HALF)

    with pytest.raises(RuntimeError, match="no further"):
        migrate(empty_database, history.folder)

    assert columns(empty_database, "parent") == {"id"}
    assert pending(empty_database, history.folder)


@only_sqlite
def test_a_rebuilt_table_keeps_the_rows_that_refer_to_it(
    empty_database: Database, history: History
) -> None:
    migrate(empty_database, history.folder)
    fill(empty_database)

    migrate(empty_database, history.add(REBUILD_PARENT).folder)

    assert count(empty_database, "child") == 1
    assert columns(empty_database, "parent") == {"id", "name"}
    with empty_database.write() as session:
        session.execute(text("DELETE FROM parent"))
    assert count(empty_database, "child") == 0, "references are watched again afterwards"


@only_sqlite
def test_a_step_that_would_orphan_rows_is_undone(
    empty_database: Database, history: History
) -> None:
    migrate(empty_database, history.folder)
    fill(empty_database)

    with pytest.raises(MigrationFailed, match="rows of child"):
        migrate(empty_database, history.add(ORPHAN).folder)

    assert count(empty_database, "parent") == 1


@only_sqlite
def test_the_file_is_copied_before_with_what_was_written_last(
    empty_database: Database, history: History
) -> None:
    migrate(empty_database, history.folder)
    fill(empty_database)

    done = migrate(empty_database, history.add(ADD_COLUMN).folder)

    assert done is not None
    assert done.copy is not None
    assert done.copy.name.endswith("-0001.db")
    assert done.copy.stat().st_mode & 0o777 == 0o600
    copy = sqlite3.connect(done.copy)
    assert copy.execute("SELECT count(*) FROM child").fetchone() == (1,)
    assert copy.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)
    copy.close()


@only_sqlite
def test_the_last_three_copies_are_kept(empty_database: Database, history: History) -> None:
    migrate(empty_database, history.folder)
    for number in range(5):
        body = f'\n    op.add_column("parent", sa.Column("c{number}", sa.String, nullable=True))\n'
        migrate(empty_database, history.add(body).folder)

    revisions_copied = [copy.stem.rpartition("-")[2] for copy in copies(empty_database)]
    assert revisions_copied == ["0003", "0004", "0005"]


def test_servers_that_start_together_migrate_once(empty_database: Database) -> None:
    program = (
        "import sys; from benchwright.kit.db import Database;"
        "from benchwright.kit.migrations import migrate;"
        "print('migrated' if migrate(Database(sys.argv[1])) else 'nothing to do')"
    )
    url = empty_database.url.render_as_string(hide_password=False)
    servers = [
        subprocess.Popen(
            [sys.executable, "-c", program, url],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    answers = [(*server.communicate(timeout=50), server.returncode) for server in servers]

    assert [code for _, _, code in answers] == [0] * 4, answers
    assert sorted(out.strip() for out, _, _ in answers) == ["migrated", *["nothing to do"] * 3]


def test_an_installation_without_history_says_so(tmp_path: Path) -> None:
    with pytest.raises(MigrationFailed, match="install it again"):
        revisions(tmp_path)
