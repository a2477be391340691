"""Deleting many runs: rows in short transactions, folders after each of them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from benchwright.kit.db import ReadSession, WriteSession, after_commit
from benchwright.retention import service as retention
from benchwright.runs import list_repository, service
from benchwright.runs.folder import RunFolder
from benchwright.runs.models import Run
from benchwright.runs.run_filter import RunFilter

if TYPE_CHECKING:
    from benchwright.lab import Lab

RUNS_PER_TRANSACTION = 100
BATCH_S = 2.0
"""How long one request deletes: an answer must come before a proxy gives up waiting."""


def delete_one(lab: Lab, session: WriteSession, run: Run) -> None:
    """Deletes a finished run; its folder follows the commit, or the next clean-up."""
    service.delete_run(session, run)
    retention.note_folder(session, run.public_id)
    after_commit(session, RunFolder.of(lab.settings.data_dir, run.public_id).delete)


def measure(session: ReadSession, narrow: RunFilter) -> list_repository.Deletable:
    """What of the runs that match can be deleted, and what it would free."""
    return list_repository.measure(session, narrow)


def delete_batch(lab: Lab, narrow: RunFilter, limit: int, for_s: float = BATCH_S) -> int:
    """Deletes finished, unpinned runs that match, for about so long; how many.

    Each run goes whole or not at all: a crash leaves folders at most, which the clean-up
    knows of.
    """
    deleted = 0
    until = time.monotonic() + for_s
    while deleted < limit and time.monotonic() < until:
        with lab.database.write() as session:
            wanted = min(RUNS_PER_TRANSACTION, limit - deleted)
            ids = list_repository.pick_ids(session, narrow, wanted, deletable=True)
            gone = retention.delete_runs(session, ids)
        if not ids:
            break
        deleted += gone
        retention.remove_folders(lab.database, lab.settings.data_dir)
    return deleted
