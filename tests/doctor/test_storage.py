from __future__ import annotations

import os
import shutil
import sqlite3
from pathlib import Path

import pytest
from pydantic import SecretStr

from benchwright.doctor.findings import Status
from benchwright.doctor.storage import check_data_dir, check_database, check_disk, check_sqlite
from benchwright.kit.db import Database
from benchwright.kit.lockfile import held_lock
from benchwright.kit.migrations import migrate
from benchwright.settings import RetentionSettings, Settings


def test_looking_makes_nothing(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "a" / "b")
    assert check_data_dir(settings).status is Status.OK
    assert check_disk(settings).status is Status.OK
    assert check_database(settings).status is Status.OK
    assert list(tmp_path.iterdir()) == []


def test_a_data_directory_says_who_serves_it(data_dir: Path) -> None:
    settings = Settings(data_dir=data_dir)
    with held_lock(settings.private_dir / "server.lock"):
        assert f"process {os.getpid()}" in check_data_dir(settings).found
    assert "process" not in check_data_dir(settings).found


def test_others_must_not_read_the_private_part(data_dir: Path) -> None:
    settings = Settings(data_dir=data_dir)
    settings.private_dir.chmod(0o755)
    finding = check_data_dir(settings)
    assert finding.status is Status.WARNING
    assert finding.advice == f"Run: chmod 700 {settings.private_dir}"


def test_a_file_is_no_data_directory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert check_data_dir(Settings(data_dir=tmp_path / "file")).is_fatal


def test_a_full_disk_is_told_from_one_that_fills(tmp_path: Path) -> None:
    def with_floor(min_free_bytes: int) -> Settings:
        return Settings(
            data_dir=tmp_path, retention=RetentionSettings(min_free_bytes=min_free_bytes)
        )

    free = shutil.disk_usage(tmp_path).free
    assert check_disk(with_floor(0)).status is Status.OK
    assert check_disk(with_floor(free * 3 // 4)).status is Status.WARNING
    assert check_disk(with_floor(free * 2)).is_fatal


def test_a_database_goes_from_none_to_old_to_new(data_dir: Path) -> None:
    settings = Settings(data_dir=data_dir)
    assert "will be made" in check_database(settings).found
    database = Database(settings.resolved_database_url)
    with database.write() as session:
        session.connection().exec_driver_sql("SELECT 1")
    old = check_database(settings)
    assert (old.status, "older schema" in old.found) == (Status.WARNING, True)
    migrate(database)
    database.dispose()
    assert check_database(settings).found.endswith("schema up to date")


def test_a_newer_database_is_left_alone(data_dir: Path) -> None:
    settings = Settings(data_dir=data_dir)
    database = Database(settings.resolved_database_url)
    migrate(database)
    with database.write() as session:
        session.connection().exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    database.dispose()
    assert check_database(settings).is_fatal


def test_a_file_that_is_no_database_is_explained(data_dir: Path) -> None:
    settings = Settings(data_dir=data_dir)
    (settings.private_dir / "benchwright.db").write_text("not a database " * 100)
    finding = check_database(settings)
    assert finding.is_fatal
    assert "not a database" in finding.found


@pytest.mark.parametrize(
    "url",
    [
        "nonsense",
        "mysql://me:hush@127.0.0.1/x",
        "postgresql+psycopg://me:hush@127.0.0.1:1/x",
        "postgresql+nonsense://me:hush@127.0.0.1:1/x",
    ],
)
def test_addresses_that_lead_nowhere_are_explained_without_the_password(
    url: str, data_dir: Path
) -> None:
    finding = check_database(Settings(data_dir=data_dir, database_url=SecretStr(url)))
    assert finding.is_fatal
    assert "hush" not in finding.model_dump_json()


def test_an_old_sqlite_is_a_warning_where_it_is_used(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(data_dir=data_dir)
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 51, 2))
    assert check_sqlite(settings).status is Status.WARNING
    url = SecretStr("postgresql+psycopg://localhost/x")
    assert check_sqlite(Settings(data_dir=data_dir, database_url=url)).status is Status.OK
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 51, 3))
    assert check_sqlite(settings).status is Status.OK
