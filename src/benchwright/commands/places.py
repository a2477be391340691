"""Where a load test of the command line runs: in this process, or on a server."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import signal
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Protocol

from benchwright.commands.lab_client import LabClient
from benchwright.commands.opening import open_described
from benchwright.kit.threads import in_thread
from benchwright.settings import Settings

if TYPE_CHECKING:
    from benchwright.installation import Installation


class Place(Protocol):
    """A lab that carries out runs."""

    @property
    def client(self) -> LabClient: ...

    @property
    def keeps_serving(self) -> bool:
        """Whether the run's page can be looked at."""
        ...

    async def start_run(self, load_test_id: str) -> uuid.UUID:
        """Starts a run of a stored load test."""
        ...

    async def kill_run(self, run_id: uuid.UUID) -> bool:
        """Ends its workload by force, where that is possible."""
        ...


class RemotePlace:
    """A server elsewhere."""

    keeps_serving = True

    def __init__(self, client: LabClient) -> None:
        self.client = client

    async def start_run(self, load_test_id: str) -> uuid.UUID:
        """Starts a run in the server's queue."""
        return await self.client.start_run(load_test_id)

    async def kill_run(self, run_id: uuid.UUID) -> bool:
        """Does nothing: a server ends a run that does not stop by itself after its grace."""
        return False


class LocalPlace:
    """The same engine in this process, for the one run that it holds the lease of.

    A server on the same data directory shows the run and does not touch it.
    """

    keeps_serving = False

    def __init__(self, client: LabClient, installation: Installation, run_id: uuid.UUID) -> None:
        self.client = client
        self.run_id = run_id
        self._installation = installation

    @property
    def installation(self) -> Installation:
        """The engine of this process."""
        return self._installation

    async def start_run(self, load_test_id: str) -> uuid.UUID:
        """Queues the run under this process's lease, past the queue of a server."""
        await in_thread(self._start, uuid.UUID(load_test_id))
        return self.run_id

    def _start(self, load_test_id: uuid.UUID) -> None:
        from benchwright.loadtests import service, starting
        from benchwright.runs import repository

        lab = self._installation.lab
        with lab.database.read() as session:
            load_test = service.get_load_test(session, load_test_id)
            prepared = starting.prepare_run(session, lab, load_test)
        with lab.database.write() as session:
            until = repository.clock(session) + dt.timedelta(seconds=lab.settings.runs.lease_s)
            starting.start_run(
                session,
                prepared,
                public_id=self.run_id,
                lease_owner=lab.owner,
                lease_until=until,
            )
        lab.wake()

    async def kill_run(self, run_id: uuid.UUID) -> bool:
        """Ends the run's process group by force."""
        return await kill_workload(self._installation, run_id)


async def kill_workload(installation: Installation, run_id: uuid.UUID) -> bool:
    """Kills what runs for this run on this machine; its supervisor notes the exit code."""
    from benchwright.runs.leftovers import run_of

    executor = installation.executors["local"]
    killed = False
    for handle in await executor.list_handles():
        if run_of(handle) != run_id:
            continue
        for pid in await executor.process_ids(handle):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
                killed = True
    return killed


@asynccontextmanager
async def local_place(settings: Settings) -> AsyncIterator[LocalPlace]:
    """Opens the data directory and serves its interface to this machine while the block runs."""
    run_id = uuid.uuid4()
    installation = await in_thread(open_described, settings, owner=f"load-{uuid.uuid4()}")
    async with serving_installation(installation, only=run_id) as client:
        yield LocalPlace(client, installation, run_id)


@asynccontextmanager
async def serving_installation(
    installation: Installation, *, only: uuid.UUID | None = None
) -> AsyncIterator[LabClient]:
    """Serves an installation on a free port of this machine while the block runs."""
    from benchwright.app import build_app
    from benchwright.kit.serving import open_listener, serving, url_of

    lab = installation.lab
    listener = open_listener("127.0.0.1", 0)
    lab.base_url = url_of(listener)
    app = build_app(installation, only=only)
    async with (
        serving(app, listener, on_closing=lab.closing.set),
        remote_client(lab.base_url) as client,
    ):
        yield client


@asynccontextmanager
async def remote_client(url: str, token: str | None = None) -> AsyncIterator[LabClient]:
    """A client that is closed after the block."""
    client = LabClient(url, token)
    try:
        yield client
    finally:
        await client.close()
