"""The executors of hosts that come, change and go."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from benchwright.executors.fake import FakeExecutor
from benchwright.executors.port import LaunchSpec, Phase
from benchwright.hosts import repository
from benchwright.hosts.executors import HostExecutors, HostGone
from benchwright.hosts.models import Host
from benchwright.kit.db import Database, now
from benchwright.kit.errors import Problem, Unavailable
from tests.hosts.harness import add_host


class Client(FakeExecutor):
    def __init__(self, host: Host) -> None:
        super().__init__()
        self.address = host.address
        self.closed = 0

    async def aclose(self) -> None:
        self.closed += 1


class Clients:
    """What was connected, in order."""

    def __init__(self) -> None:
        self.made: list[Client] = []
        self.fault: Problem | None = None

    def connect(self, host: Host) -> Client:
        if self.fault is not None:
            raise self.fault
        self.made.append(Client(host))
        return self.made[-1]


@pytest.fixture
def clients() -> Clients:
    return Clients()


@pytest.fixture
def executors(database: Database, clients: Clients) -> HostExecutors:
    add_host(database, "gpu-1")
    return HostExecutors({"local": FakeExecutor()}, database, clients.connect)


def spec(name: str = "w") -> LaunchSpec:
    return LaunchSpec(name, ["true"], Path("/tmp"), Path("/tmp/log"))


def change(database: Database, address: str) -> None:
    with database.write() as session:
        host = repository.find(session, "gpu-1")
        assert host is not None
        host.address, host.updated_at = address, now()


def remove(database: Database) -> None:
    with database.write() as session:
        session.delete(repository.find(session, "gpu-1"))


def test_every_host_has_one_and_they_are_walked_over(executors: HostExecutors) -> None:
    assert list(executors) == ["local", "docker:gpu-1"]
    assert len(executors) == 2
    assert isinstance(executors["local"], FakeExecutor)
    with pytest.raises(KeyError):
        executors["moon"]
    executors.note_hosts(["a", "b"])
    assert list(executors) == ["local", "docker:a", "docker:b"]


def test_one_client_serves_all_calls_until_its_host_changes(
    executors: HostExecutors, database: Database, clients: Clients
) -> None:
    async def go() -> None:
        handle = await executors["docker:gpu-1"].create(spec())
        await asyncio.gather(*(executors["docker:gpu-1"].observe(handle) for _ in range(5)))
        assert len(clients.made) == 1
        change(database, "tcp://127.0.0.1:2")
        assert (await executors["docker:gpu-1"].observe(handle)).phase is Phase.ABSENT
        assert [client.closed for client in clients.made] == [1, 0]
        assert clients.made[1].address == "tcp://127.0.0.1:2"
        await executors.aclose()
        assert [client.closed for client in clients.made] == [1, 1]

    asyncio.run(go())


def test_a_client_in_use_is_closed_only_afterwards(
    executors: HostExecutors, database: Database, clients: Clients
) -> None:
    async def go() -> None:
        async with executors._clients.using("gpu-1") as client:
            change(database, "tcp://127.0.0.1:2")
            await executors["docker:gpu-1"].list_handles()
            assert len(clients.made) == 2
            assert clients.made[0].closed == 0
            assert client is clients.made[0]
        assert clients.made[0].closed == 1

    asyncio.run(go())


def test_a_host_that_was_removed_loses_its_runs_and_breaks_nothing(
    executors: HostExecutors, database: Database, clients: Clients
) -> None:
    async def go() -> None:
        executor = executors["docker:gpu-1"]
        handle = await executor.create(spec())
        remove(database)
        seen = await executor.observe(handle)
        assert seen.phase is Phase.ABSENT
        assert "“gpu-1” is not known any more" in seen.detail
        with pytest.raises(HostGone):
            await executor.create(spec())
        await executor.stop(handle, 1)
        await executor.collect(handle, Path("/tmp"))
        await executor.remove(handle)
        assert await executor.list_handles() == []
        assert await executor.process_ids(handle) == []
        assert await executor.read_usage(handle) is None
        assert clients.made[0].closed == 1

    asyncio.run(go())


def test_a_host_whose_keys_cannot_be_opened_is_out_of_reach(
    executors: HostExecutors, clients: Clients
) -> None:
    clients.fault = Unavailable("A stored secret was encrypted with another key.")
    seen = asyncio.run(executors["docker:gpu-1"].observe({"name": "w"}))
    assert seen.phase is Phase.UNREACHABLE
    assert "another key" in seen.detail
