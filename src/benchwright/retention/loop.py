"""Cleans up again and again while the server runs."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from benchwright.kit.idempotency import forget_expired
from benchwright.kit.threads import in_thread
from benchwright.retention.blobs import sweep_blobs
from benchwright.retention.service import clean_up
from benchwright.schedules.service import forget_old_firings

if TYPE_CHECKING:
    from benchwright.lab import Lab

logger = logging.getLogger("benchwright.retention")


async def keep_clean(lab: Lab) -> None:
    """Deletes what is no longer kept, at once and then every `retention.interval_s`."""
    while True:
        try:
            await in_thread(clean_once, lab)
            lab.heartbeats.succeeded("retention")
        except Exception:
            lab.heartbeats.failed("retention")
            logger.exception("the clean-up failed; trying again later")
        await asyncio.sleep(lab.settings.retention.interval_s)


def clean_once(lab: Lab) -> int:
    """Deletes expired runs, answers kept for idempotency keys, and blobs; how many runs."""
    with lab.database.write() as session:
        forget_expired(session)
        forget_old_firings(session, lab.settings.schedules)
    deleted = clean_up(lab.database, lab.settings.data_dir, lab.settings.retention)
    if deleted:
        logger.info("deleted %d runs that are no longer kept", deleted)
    swept = sweep_blobs(lab.database, lab.blobs)
    if swept:
        logger.info("deleted %d documents and scripts that nothing refers to", swept)
    return deleted
