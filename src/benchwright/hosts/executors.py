"""The executor of every target: those of this machine, and one for each Docker host."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from benchwright.executors.port import Executor, Handle, LaunchSpec, Observation, Phase, Usage
from benchwright.hosts import repository
from benchwright.hosts.models import Host
from benchwright.hosts.places import PREFIX
from benchwright.kit.db import Database
from benchwright.kit.errors import Gone, Problem
from benchwright.kit.threads import in_thread

logger = logging.getLogger("benchwright.hosts")


class HostClient(Executor, Protocol):
    """An executor with connections that are closed in the end."""

    async def aclose(self) -> None: ...


Connect = Callable[[Host], HostClient]
"""Makes the executor of a host as its row describes it; raises `Problem`, and never waits."""


class HostGone(Gone):
    """The host was taken off the list while runs were on it."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"The host “{name}” is not known any more. Add it again under the same name if its"
            " containers are still there."
        )


class HostExecutors(Mapping[str, Executor]):
    """By target: the fixed ones, and `docker:{name}` for every host of the database.

    Any name is answered for Docker hosts: a host may come and go while a run names it.
    """

    def __init__(self, fixed: Mapping[str, Executor], database: Database, connect: Connect) -> None:
        self._fixed = dict(fixed)
        self._clients = _Clients(database, connect)
        with database.read() as session:
            self.note_hosts(host.name for host in repository.list_hosts(session))

    def note_hosts(self, names: Iterable[str]) -> None:
        """Says which hosts there are now, for whoever walks over all targets."""
        self._targets = (*self._fixed, *(f"{PREFIX}{name}" for name in names))

    def __getitem__(self, target: str) -> Executor:
        if target in self._fixed:
            return self._fixed[target]
        if target.startswith(PREFIX):
            return HostExecutor(target.removeprefix(PREFIX), self._clients)
        raise KeyError(target)

    def __iter__(self) -> Iterator[str]:
        return iter(self._targets)

    def __len__(self) -> int:
        return len(self._targets)

    async def aclose(self) -> None:
        """Closes all connections."""
        await self._clients.aclose()


class HostExecutor:
    """The executor of one host, whatever its row says at the moment of each call.

    Of a host that was removed nothing is left to do: its workloads are gone, and calls that
    end something succeed.
    """

    def __init__(self, name: str, clients: _Clients) -> None:
        self._name = name
        self._clients = clients

    async def create(self, spec: LaunchSpec) -> Handle:
        async with self._clients.using(self._name) as client:
            return await client.create(spec)

    async def start(self, handle: Handle, spec: LaunchSpec) -> None:
        async with self._clients.using(self._name) as client:
            await client.start(handle, spec)

    async def observe(self, handle: Handle) -> Observation:
        try:
            async with self._clients.using(self._name) as client:
                return await client.observe(handle)
        except HostGone as gone:
            return Observation(Phase.ABSENT, detail=gone.detail)
        except Problem as problem:
            return Observation(Phase.UNREACHABLE, detail=problem.detail)

    async def list_handles(self) -> list[Handle]:
        try:
            async with self._clients.using(self._name) as client:
                return await client.list_handles()
        except HostGone:
            return []

    async def stop(self, handle: Handle, grace_s: float) -> None:
        try:
            async with self._clients.using(self._name) as client:
                await client.stop(handle, grace_s)
        except HostGone:
            return

    async def collect(self, handle: Handle, folder: Path) -> None:
        try:
            async with self._clients.using(self._name) as client:
                await client.collect(handle, folder)
        except HostGone:
            return

    async def remove(self, handle: Handle) -> None:
        try:
            async with self._clients.using(self._name) as client:
                await client.remove(handle)
        except HostGone:
            return

    async def process_ids(self, handle: Handle) -> list[int]:
        try:
            async with self._clients.using(self._name) as client:
                return await client.process_ids(handle)
        except HostGone:
            return []

    async def read_usage(self, handle: Handle) -> Usage | None:
        try:
            async with self._clients.using(self._name) as client:
                return await client.read_usage(handle)
        except HostGone:
            return None


@dataclass
class _Entry:
    client: HostClient
    stamp: tuple[object, ...]
    users: int = 0
    is_retired: bool = False


class _Clients:
    """One client for each host, made anew when its row was changed; an old one is closed unused."""

    def __init__(self, database: Database, connect: Connect) -> None:
        self._database = database
        self._connect = connect
        self._entries: dict[str, _Entry] = {}

    @asynccontextmanager
    async def using(self, name: str) -> AsyncIterator[HostClient]:
        """The client of a host while the block runs; raises `HostGone`."""
        host = await in_thread(self._read, name)
        # Nothing waits from here to the count of users: two callers cannot make two clients.
        known = self._entries.get(name)
        if host is None or (known is not None and known.stamp != _stamp(host)):
            retired = self._entries.pop(name, None)
            if retired is not None:
                await self._retire(retired)
        if host is None:
            raise HostGone(name)
        entry = self._entries.get(name)
        if entry is None:
            entry = self._entries[name] = _Entry(self._connect(host), _stamp(host))
        entry.users += 1
        try:
            yield entry.client
        finally:
            entry.users -= 1
            await self._close_unused(entry)

    async def aclose(self) -> None:
        entries, self._entries = list(self._entries.values()), {}
        for entry in entries:
            await entry.client.aclose()

    def _read(self, name: str) -> Host | None:
        with self._database.read() as session:
            return repository.find(session, name)

    async def _retire(self, entry: _Entry) -> None:
        entry.is_retired = True
        await self._close_unused(entry)

    async def _close_unused(self, entry: _Entry) -> None:
        if entry.is_retired and not entry.users:
            entry.is_retired = False  # closed once
            await entry.client.aclose()


def _stamp(host: Host) -> tuple[object, ...]:
    return (host.id, host.address, host.updated_at)
