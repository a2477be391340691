"""What looking at hosts writes down."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import pytest

from benchwright.hosts import repository
from benchwright.hosts.connection import Connection
from benchwright.hosts.models import Host
from benchwright.hosts.sighting import Sighting
from benchwright.hosts.watch import HostWatch
from benchwright.kit.db import Database, now
from tests.fixtures.small_lab import SmallLab
from tests.hosts.harness import add_host

FACTS = {"docker_version": "29.1.2", "processors": 8}


class Eyes:
    """Says of each address what a test put there; `hanging` ones never answer."""

    def __init__(self) -> None:
        self.seen: dict[str, Sighting] = {}
        self.hanging: set[str] = set()
        self.asked: list[str] = []
        self.looked = asyncio.Event()
        self.at_each: Callable[[], None] = lambda: None

    async def look(self, connection: Connection, timeout_s: float) -> Sighting:
        address = connection.address.text
        self.asked.append(address)
        self.looked.set()
        await asyncio.to_thread(self.at_each)
        if address in self.hanging:
            await asyncio.Event().wait()
        return self.seen.get(address, Sighting("", FACTS, 0.25))


@pytest.fixture
def eyes() -> Eyes:
    return Eyes()


@pytest.fixture
def lab(small_lab: Callable[..., SmallLab]) -> Any:
    made = small_lab()
    made.settings.hosts.probe_timeout_s = 0.05
    made.woken = []  # type: ignore[attr-defined]  # a lab has it
    made.wake = lambda: made.woken.append("woken")  # type: ignore[attr-defined]  # a lab has it
    return made


def get(database: Database, name: str) -> Host:
    with database.read() as session:
        host = repository.find(session, name)
        assert host is not None
        return host


def look(lab: Any, eyes: Eyes, name: str = "gpu-1") -> Host:
    assert asyncio.run(HostWatch(lab, look=eyes.look).check(name))
    return get(lab.database, name)


def test_a_host_that_answers_is_known_and_its_queue_goes_on(lab: Any, eyes: Eyes) -> None:
    add_host(lab.database, "gpu-1", seen_at=None)
    host = look(lab, eyes)
    assert (host.is_reachable, host.facts, host.clock_offset_s) == (True, FACTS, 0.25)
    assert lab.woken == ["woken"]
    look(lab, eyes)
    assert lab.woken == ["woken"]


def test_since_when_and_why_it_is_away(
    lab: Any, eyes: Eyes, caplog: pytest.LogCaptureFixture
) -> None:
    add_host(lab.database, "gpu-1", facts=FACTS)
    eyes.seen["tcp://127.0.0.1:1"] = Sighting("Nothing listens there. Start Docker.")
    with caplog.at_level(logging.INFO):
        first = look(lab, eyes)
        second = look(lab, eyes)
        assert len(caplog.records) == 1
        del eyes.seen["tcp://127.0.0.1:1"]
        back = look(lab, eyes)
        assert len(caplog.records) == 2
    assert first.problem == "Nothing listens there. Start Docker."
    assert first.facts == FACTS
    assert second.unreachable_since == first.unreachable_since
    assert (back.problem, back.unreachable_since, back.is_reachable) == ("", None, True)


def test_one_that_hangs_delays_no_other(lab: Any, eyes: Eyes) -> None:
    add_host(lab.database, "hangs", address="tcp://127.0.0.1:2", seen_at=None)
    for number in range(20):
        add_host(
            lab.database, f"h-{number}", address=f"tcp://127.0.0.1:{number + 10}", seen_at=None
        )
    eyes.hanging.add("tcp://127.0.0.1:2")
    noted: list[list[str]] = []

    async def go() -> None:
        watch = HostWatch(lab, lambda names: noted.append(list(names)), look=eyes.look)
        await watch.begin_round()
        await watch.settle()

    asyncio.run(go())
    assert len(noted[0]) == 21
    assert all(get(lab.database, f"h-{number}").is_reachable for number in range(20))
    hung = get(lab.database, "hangs")
    assert "did not answer within 0.05 s" in hung.problem


def test_what_was_seen_of_an_address_that_was_changed_meanwhile_does_not_count(
    lab: Any, eyes: Eyes
) -> None:
    add_host(lab.database, "gpu-1", seen_at=None)

    def change() -> None:
        with lab.database.write() as session:
            host = repository.find(session, "gpu-1")
            assert host is not None
            host.address, host.updated_at = "tcp://127.0.0.1:9", now()

    eyes.at_each = change
    assert look(lab, eyes).seen_at is None


def test_a_host_whose_keys_cannot_be_opened_says_so(lab: Any, eyes: Eyes) -> None:
    add_host(lab.database, "gpu-1", tls="bw1.0123456789abcdef.xxxx")
    assert "key that this server does not have" in look(lab, eyes).problem
    assert eyes.asked == []


def test_the_loop_looks_again_when_it_is_woken(lab: Any, eyes: Eyes) -> None:
    lab.settings.hosts.probe_interval_s = 3600
    add_host(lab.database, "gpu-1", seen_at=None)

    async def go() -> None:
        watch = HostWatch(lab, look=eyes.look)
        loop = asyncio.create_task(watch.run())
        async with asyncio.timeout(60):
            for _ in range(2):
                await eyes.looked.wait()
                await watch.settle()
                eyes.looked.clear()
                watch.wake()
        loop.cancel()
        await asyncio.gather(loop, return_exceptions=True)

    asyncio.run(go())
    assert lab.heartbeats.last_successes["hosts"]


def test_nobody_is_looked_for(lab: Any, eyes: Eyes) -> None:
    assert not asyncio.run(HostWatch(lab, look=eyes.look).check("gone"))
