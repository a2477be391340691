"""Looks at every host again and again: whether it answers, and what it says of itself."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import logging
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING

from benchwright.hosts import repository
from benchwright.hosts.connection import Connection, open_connection
from benchwright.hosts.docker import look_at
from benchwright.hosts.models import LOCAL, Host
from benchwright.hosts.sighting import Sighting
from benchwright.kit.db import now
from benchwright.kit.errors import Problem
from benchwright.kit.threads import in_thread

if TYPE_CHECKING:
    from benchwright.lab import Lab

logger = logging.getLogger("benchwright.hosts")

AT_ONCE = 16
"""Hosts that are looked at side by side."""

LookAt = Callable[[Connection, float], Awaitable[Sighting]]


class HostWatch:
    """Writes what it sees into the rows of the hosts; one that hangs delays no other."""

    def __init__(
        self,
        lab: Lab,
        note_hosts: Callable[[Iterable[str]], None] = lambda _: None,
        *,
        look: LookAt = look_at,
    ) -> None:
        self._lab = lab
        self._note_hosts = note_hosts
        self._look = look
        self._wake = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._busy: dict[str, asyncio.Task[bool]] = {}
        self._turns = asyncio.Semaphore(AT_ONCE)

    def wake(self) -> None:
        """Asks for a look at once; may be called from any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake.set)

    async def run(self) -> None:
        """Works until it is cancelled."""
        self._loop = asyncio.get_running_loop()
        settings = self._lab.settings.hosts
        try:
            while True:
                self._wake.clear()
                await self.begin_round()
                self._lab.heartbeats.succeeded("hosts")
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(settings.probe_interval_s):
                        await self._wake.wait()
        finally:
            for task in self._busy.values():
                task.cancel()
            await asyncio.gather(*self._busy.values(), return_exceptions=True)

    async def begin_round(self) -> None:
        """Begins a look at each host that is not being looked at; waits for none of them."""
        names = await in_thread(self._names)
        self._note_hosts(names)
        for name in names:
            if name not in self._busy:
                task = asyncio.create_task(self._take_turn(name))
                self._busy[name] = task
                task.add_done_callback(partial(self._end_turn, name))

    async def settle(self) -> None:
        """Waits until nothing is being looked at."""
        while self._busy:
            await asyncio.wait(self._busy.values())
            await asyncio.sleep(0)

    async def check(self, name: str) -> bool:
        """Looks at one host now; whether it could be: an unknown one cannot."""
        read = await in_thread(self._read, name)
        if read is None:
            return False
        host, connection, problem = read
        sighting = await self._see(connection) if connection is not None else Sighting(problem)
        changed = await in_thread(self._note, host, sighting)
        if changed:
            self._lab.wake()
        return True

    async def _see(self, connection: Connection) -> Sighting:
        timeout_s = self._lab.settings.hosts.probe_timeout_s
        try:
            async with asyncio.timeout(timeout_s + 1):
                return await self._look(connection, timeout_s)
        except TimeoutError:
            address = connection.address.text
            return Sighting(
                f"{address} did not answer within {timeout_s:g} s. Is the machine up, and no"
                " firewall between?"
            )

    async def _take_turn(self, name: str) -> bool:
        async with self._turns:
            return await self.check(name)

    def _end_turn(self, name: str, task: asyncio.Task[bool]) -> None:
        self._busy.pop(name, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._lab.heartbeats.failed("hosts")
            logger.error("the host %s could not be looked at", name, exc_info=error)

    def _names(self) -> list[str]:
        with self._lab.database.read() as session:
            return [host.name for host in repository.list_hosts(session)]

    def _read(self, name: str) -> tuple[Host, Connection | None, str] | None:
        with self._lab.database.read() as session:
            host = repository.find(session, name)
        if host is None:
            return None
        try:
            return host, open_connection(host, self._lab.keyring), ""
        except (Problem, ValueError) as error:
            return host, None, error.detail if isinstance(error, Problem) else str(error)

    def _note(self, seen: Host, sighting: Sighting) -> bool:
        """Writes down what was seen, unless the host was changed meanwhile; whether it is news."""
        with self._lab.database.write() as session:
            host = repository.find_by_id(session, seen.id)
            if host is None or host.updated_at != seen.updated_at:
                return False
            was_reachable = host.is_reachable
            note_sighting(host, sighting, now())
            news = was_reachable != host.is_reachable
        if news and host.is_reachable:
            logger.info(
                "the host %s answers: Docker %s", host.name, host.facts.get("docker_version")
            )
        elif sighting.problem and sighting.problem != seen.problem:
            # A machine that never had Docker lacks nothing; `doctor` and the page of hosts say so.
            level = (
                logging.DEBUG if host.name == LOCAL and host.seen_at is None else logging.WARNING
            )
            logger.log(level, "the host %s cannot be reached: %s", host.name, sighting.problem)
        return news


def note_sighting(host: Host, sighting: Sighting, at: dt.datetime) -> None:
    """What the row says from now on; facts stay as they were seen last."""
    host.problem = sighting.problem
    if sighting.problem:
        host.unreachable_since = host.unreachable_since or at
        return
    host.seen_at, host.unreachable_since = at, None
    host.clock_offset_s = sighting.clock_offset_s
    if host.facts != sighting.facts:
        host.facts = sighting.facts
