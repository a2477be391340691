"""Looks at the data directory, its disk and the database."""

from __future__ import annotations

import os
import shutil
import sqlite3
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from benchwright.doctor.findings import Finding, missing, ok, warning
from benchwright.kit.db import Database
from benchwright.kit.lockfile import lock_holder
from benchwright.kit.migrations import SchemaTooNew, pending
from benchwright.settings import MEBIBYTE, Settings

CONNECT_PATIENCE_S = 3
FIXED_SQLITE = (3, 51, 3)


def check_data_dir(settings: Settings) -> Finding:
    """Whether the data directory can be written, or made."""
    path = settings.data_dir
    if path.exists() and not path.is_dir():
        return missing(
            "Data directory", f"{path} is no folder", "Choose another with --data-dir.",
            is_required=True,
        )  # fmt: skip
    if not os.access(_nearest(path), os.W_OK | os.X_OK):
        return missing(
            "Data directory",
            f"{path} cannot be written",
            "Give this user the right to write there, or choose another with --data-dir.",
            is_required=True,
        )
    if not path.exists():
        return ok("Data directory", f"{path} (will be made at the first start)")
    pid = lock_holder(settings.private_dir / "server.lock")
    served = "" if pid is None else f", served by the process {pid}"
    if settings.private_dir.exists() and settings.private_dir.stat().st_mode & 0o077:
        return warning(
            "Data directory",
            f"{settings.private_dir} can be read by other users",
            f"Run: chmod 700 {settings.private_dir}",
        )
    return ok("Data directory", f"{path}{served}")


def check_disk(settings: Settings) -> Finding:
    """Free space where the data directory is."""
    free_bytes = shutil.disk_usage(_nearest(settings.data_dir)).free
    floor_bytes = settings.retention.min_free_bytes
    found = f"{_mebibytes(free_bytes)} free"
    if free_bytes < floor_bytes:
        return missing(
            "Disk",
            f"{found}; no run starts below {_mebibytes(floor_bytes)}",
            "Free some space, delete old runs, or lower BENCHWRIGHT_RETENTION__MIN_FREE_BYTES.",
            is_required=True,
        )
    if free_bytes < 2 * floor_bytes:
        return warning("Disk", found, f"No run starts below {_mebibytes(floor_bytes)}.")
    return ok("Disk", found)


def check_database(settings: Settings) -> Finding:
    """Kind, whether it can be reached, and whether its schema is the newest."""
    advice = "Correct BENCHWRIGHT_DATABASE_URL (or DATABASE_URL)."
    try:
        url = make_url(settings.resolved_database_url)
        kind = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}.get(url.get_backend_name())
    except ArgumentError:
        return missing("Database", "the address cannot be read", advice, is_required=True)
    if kind is None:
        return missing("Database", f"{url.drivername} is not supported", advice, is_required=True)
    shown = url.render_as_string(hide_password=True)
    if kind == "SQLite":
        if url.database and not Path(url.database).exists():
            return ok("Database", f"SQLite, {url.database} (will be made at the first start)")
        shown = url.database or shown
    else:
        url = url.update_query_dict({"connect_timeout": str(CONNECT_PATIENCE_S)})
    try:
        database = Database(url)
    except (NoSuchModuleError, ImportError) as error:
        return missing("Database", f"{shown}: {error}", advice, is_required=True)
    try:
        return _look_into(database, f"{kind}, {shown}")
    finally:
        database.dispose()


def _look_into(database: Database, shown: str) -> Finding:
    try:
        with database.read() as session:
            session.execute(text("SELECT 1"))
        if pending(database):
            return warning(
                "Database", f"{shown}: an older schema", "`benchwright serve` brings it up to date."
            )
    except SchemaTooNew as error:
        return missing("Database", f"{shown}: a newer schema", str(error), is_required=True)
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", error)).strip().splitlines()
        return missing(
            "Database",
            f"{shown} cannot be used: {reason[0] if reason else type(error).__name__}",
            "Start the database, or correct its address or its file's permissions.",
            is_required=True,
        )
    return ok("Database", f"{shown}, schema up to date")


def check_sqlite(settings: Settings) -> Finding:
    """The version of SQLite that this Python brings along."""
    if not settings.resolved_database_url.startswith("sqlite"):
        return ok("SQLite", f"{sqlite3.sqlite_version} (not used)")
    if sqlite3.sqlite_version_info < FIXED_SQLITE:
        return warning(
            "SQLite",
            f"{sqlite3.sqlite_version}, a fault of its write-ahead log is fixed in 3.51.3",
            "Two connections that write and tidy up in the same instant can, very rarely, damage"
            " the file. Benchwright writes through one at a time, which makes that unlikely; keep"
            " copies, or use a Python with a newer SQLite, or PostgreSQL.",
        )
    return ok("SQLite", sqlite3.sqlite_version)


def _nearest(path: Path) -> Path:
    """The path, or the closest folder above it that exists."""
    return next(p for p in (path, *path.absolute().parents) if p.exists())


def _mebibytes(size_bytes: int) -> str:
    if size_bytes >= 10 * 1024 * MEBIBYTE:
        return f"{size_bytes / 1024 / MEBIBYTE:.0f} GiB"
    return f"{size_bytes / MEBIBYTE:.0f} MiB"
