"""Watches the clock again and again while the server runs."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from benchwright.kit.threads import in_thread
from benchwright.schedules.watching import ScheduleWatcher

if TYPE_CHECKING:
    from benchwright.lab import Lab

logger = logging.getLogger("benchwright.schedules")

LOOP = "schedules"


async def keep_firing(lab: Lab) -> None:
    """Looks every `schedules.poll_interval_s` for firings that are due."""
    watcher = ScheduleWatcher(lab)
    try:
        while True:
            try:
                await in_thread(watcher.tick)
                lab.heartbeats.succeeded(LOOP)
            except Exception:
                lab.heartbeats.failed(LOOP)
                logger.exception("the schedules could not be looked at; trying again")
            await asyncio.sleep(lab.settings.schedules.poll_interval_s)
    finally:
        with contextlib.suppress(SQLAlchemyError):  # the lease ends by itself
            await in_thread(watcher.let_go)
