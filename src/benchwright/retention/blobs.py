"""Deleting documents and scripts that nothing refers to any more."""

from __future__ import annotations

import datetime as dt
import logging

from benchwright.jobs import repository as jobs
from benchwright.kit.blobs import BlobStore
from benchwright.kit.db import Database, now
from benchwright.loadtests import repository as loadtests
from benchwright.specs import repository as specs

logger = logging.getLogger("benchwright.retention")

GRACE = dt.timedelta(days=1)
USER_NAME = "database"


def sweep_blobs(database: Database, blobs: BlobStore, at: dt.datetime | None = None) -> int:
    """Deletes documents and scripts that no spec, load test or run refers to; how many.

    What was put within the last day stays: its row may not be committed yet. Content that
    another database may refer to stays as well.
    """
    limit = ((at or now()) - GRACE).timestamp()
    old = blobs.keys_before(limit)
    if not old or not _is_only_user(database, blobs):
        return 0
    with database.read() as session:
        kept = specs.referenced_blobs(session) | loadtests.referenced_blobs(session)
        kept |= jobs.referenced_blobs(session)
    blobs.remove_leftovers(limit)
    return sum(blobs.discard(key, limit) for key in sorted(old - kept))


def _is_only_user(database: Database, blobs: BlobStore) -> bool:
    """Whether no other database has used this store: its references cannot be seen from here."""
    name = "sqlite" if database.is_sqlite else database.url.render_as_string(hide_password=True)
    path = blobs.root / USER_NAME
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(name)
    except FileExistsError:
        if path.read_text(encoding="utf-8") != name:
            logger.warning(
                "documents and scripts in %s that nothing refers to are kept, because another "
                "database uses them too; delete %s if it is no longer there",
                blobs.root,
                path,
            )
            return False
    return True
