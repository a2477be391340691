"""The loop that keeps what runs in step with what the database says shall run."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import logging
import time
import uuid

from sqlalchemy.exc import SQLAlchemyError

from benchwright.kit.db import Database
from benchwright.kit.heartbeats import Heartbeats
from benchwright.kit.threads import in_thread
from benchwright.runs import repository
from benchwright.runs.driver import RunDriver
from benchwright.runs.places import Places
from benchwright.runs.repository import Holder

log = logging.getLogger(__name__)

MAX_RETRY_PAUSE_S = 30.0
CLEAN_EVERY_S = 60.0
WAKE_EVERY_S = 0.02


class Reconciler:
    """Level-triggered: each pass looks at every unfinished run of this owner anew.

    With `only`, it cares for that one run and for no other.
    """

    def __init__(
        self,
        database: Database,
        driver: RunDriver,
        *,
        holder: Holder,
        places: Places,
        poll_interval_s: float,
        lease_s: float,
        only: uuid.UUID | None = None,
    ) -> None:
        self._database = database
        self._driver = driver
        self._holder = holder
        self._places = places
        self._poll_interval_s = poll_interval_s
        self._lease_s = lease_s
        self._only = only
        self.heartbeats = Heartbeats()
        self._wake = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._busy: dict[uuid.UUID, asyncio.Task[bool]] = {}
        self._renew_at = 0.0
        self._restart = only is None
        self._failures: dict[uuid.UUID, tuple[int, float]] = {}

    def wake(self) -> None:
        """Asks for a pass at once; may be called from any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake.set)

    async def run(self) -> None:
        """Works until it is cancelled, then lets go of its runs; none of them is stopped."""
        self._loop = asyncio.get_running_loop()
        cleaning = asyncio.create_task(self._keep_clean())
        try:
            while True:
                try:
                    changed = await self.tick()
                    self.heartbeats.succeeded("reconciler")
                except Exception:
                    log.exception("a pass over the runs failed; it is tried again")
                    self.heartbeats.failed("reconciler")
                    changed = False
                await self._pause(0.0 if changed else self._poll_interval_s)
        finally:
            tasks = [cleaning, *self._busy.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await in_thread(self._let_go)

    async def _keep_clean(self) -> None:
        """Cleans up once, beside the loop, and again as long as a target could not be asked."""
        if self._only is not None:
            return
        while True:
            try:
                await self._driver.clean_up()
            except Exception:
                log.exception("leftovers of ended runs could not be removed; it is tried again")
            await asyncio.sleep(CLEAN_EVERY_S)

    async def _pause(self, seconds: float) -> None:
        self._wake.clear()
        if seconds:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._wake.wait()

    async def tick(self) -> bool:
        """One pass; returns whether a run changed, so that the next should follow at once."""
        run_ids = await in_thread(self._plan)
        for run_id in run_ids:
            if run_id not in self._busy and not self._is_paused(run_id):
                self._busy[run_id] = asyncio.create_task(self._driver.advance(run_id))
        if not self._busy:
            return False
        done = await self._wait_for_work()
        changed = self._wake.is_set()
        for run_id, task in list(self._busy.items()):
            if task in done:
                del self._busy[run_id]
                if (error := task.exception()) is not None:
                    self._note_failure(run_id, error)
                else:
                    self._failures.pop(run_id, None)
                    changed = changed or task.result()
        return changed

    async def _wait_for_work(self) -> set[asyncio.Task[bool]]:
        """What is done of it, soon: one who wakes the loop waits for no slow target."""
        deadline = time.monotonic() + self._poll_interval_s
        while not self._wake.is_set() and (left := deadline - time.monotonic()) > 0:
            _, pending = await asyncio.wait(self._busy.values(), timeout=min(left, WAKE_EVERY_S))
            if not pending:
                break
        return {task for task in self._busy.values() if task.done()}

    def _is_paused(self, run_id: uuid.UUID) -> bool:
        _, until = self._failures.get(run_id, (0, 0.0))
        return time.monotonic() < until

    def _note_failure(self, run_id: uuid.UUID, error: BaseException) -> None:
        failures = self._failures.get(run_id, (0, 0.0))[0] + 1
        pause_s = min(2.0**failures * self._poll_interval_s, MAX_RETRY_PAUSE_S)
        self._failures[run_id] = (failures, time.monotonic() + pause_s)
        log.error("run %s could not be moved on; again in %.0f s", run_id, pause_s, exc_info=error)

    def _plan(self) -> list[uuid.UUID]:
        with self._database.read() as session:
            at = repository.clock(session)
        self._keep_leases(at)
        with self._database.read() as session:
            if self._only is not None:
                return [self._only]
            waiting = repository.waiting_targets(session, self._holder, at)
            free = {target: self._places.count_free(session, target) for target in waiting}
            return repository.to_reconcile(session, self._holder, at, free)

    def _keep_leases(self, at: dt.datetime) -> None:
        if at.timestamp() < self._renew_at:
            return
        self._renew_at = at.timestamp() + self._lease_s / 3
        until = at + dt.timedelta(seconds=self._lease_s)
        with self._database.write() as session:
            repository.renew_leases(session, self._holder.owner, until)
            if self._only is None:
                repository.claim_abandoned(session, self._holder, at, until, restart=self._restart)
        self._restart = False

    def _let_go(self) -> None:
        try:
            with self._database.write() as session:
                repository.release_leases(session, self._holder.owner)
        except SQLAlchemyError:
            # Nothing is lost: the leases end by themselves, and a restart takes its own at once.
            log.exception("the runs could not be let go of")
