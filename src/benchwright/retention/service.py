"""Deleting what is no longer kept: rows first, folders after the commit, both repeatable."""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections.abc import Sequence
from pathlib import Path

from benchwright.kit.db import Database, ReadSession, WriteSession, now
from benchwright.retention import repository
from benchwright.retention.models import FolderRemoval
from benchwright.retention.selection import select_expired
from benchwright.runs.folder import RunFolder
from benchwright.settings import RetentionSettings

logger = logging.getLogger("benchwright.retention")

RUNS_PER_TRANSACTION = 100


def find_expired(session: ReadSession, defaults: RetentionSettings, at: dt.datetime) -> list[int]:
    """The runs of all projects that have to go; a project's own limits come before defaults."""
    expired: list[int] = []
    for project in repository.list_projects(session):
        days = project.retention_days or defaults.days
        max_bytes = project.retention_bytes or defaults.max_bytes
        if days is not None or max_bytes is not None:
            runs = repository.list_finished(session, project.id)
            expired += select_expired(runs, days=days, max_bytes=max_bytes, at=at)
    return expired


def delete_runs(session: WriteSession, run_ids: Sequence[int]) -> int:
    """Deletes the rows of finished, unpinned runs, and notes their folders for removal."""
    deleted = repository.delete_runs(session, run_ids)
    for public_id in deleted:
        note_folder(session, public_id)
    return len(deleted)


def note_folder(session: WriteSession, run_public_id: uuid.UUID) -> None:
    """Has the folder of a run removed once the deletion of its row is committed."""
    session.add(FolderRemoval(run_public_id=run_public_id))


def remove_folders(database: Database, data_dir: Path) -> int:
    """Deletes the noted folders and says how many; one that cannot go stays noted."""
    with database.read() as session:
        noted = repository.list_removals(session)
    gone = []
    for public_id in noted:
        folder = RunFolder.of(data_dir, public_id)
        folder.delete()
        if folder.root.exists():
            logger.warning("the folder %s of a deleted run cannot be removed", folder.root)
        else:
            gone.append(public_id)
    if gone:
        with database.write() as session:
            repository.forget_removals(session, gone)
    return len(gone)


def clean_up(
    database: Database, data_dir: Path, defaults: RetentionSettings, at: dt.datetime | None = None
) -> int:
    """Deletes runs that are no longer kept, with their folders; returns how many runs.

    A few at a time, so that the write lock is never held for long.
    """
    with database.read() as session:
        expired = find_expired(session, defaults, at or now())
    deleted = 0
    for start in range(0, len(expired), RUNS_PER_TRANSACTION):
        with database.write() as session:
            deleted += delete_runs(session, expired[start : start + RUNS_PER_TRANSACTION])
    remove_folders(database, data_dir)
    return deleted
