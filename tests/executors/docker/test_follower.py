"""Whoever opened a log lets it go again, whenever it is told to end."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from benchwright.executors.docker.client import DockerClient
from benchwright.executors.docker.endpoint import DockerEndpoint
from benchwright.executors.docker.follower import LogFollower
from benchwright.executors.docker.log_writer import LogWriter
from benchwright.kit.threads import in_thread

AWAY = DockerEndpoint("tcp://127.0.0.1:9")


class SlowWriter:
    """Opens a log, and writes its last lines, no sooner than it may."""

    def __init__(self, folder: Path, slow: str) -> None:
        self._folder = folder
        self._slow = slow
        self.reached = threading.Event()
        self.may_go_on = threading.Event()

    def wait(self, place: str) -> None:
        if place == self._slow:
            self.reached.set()
            assert self.may_go_on.wait(60)

    def open(self) -> LogWriter:
        self.wait("open")
        writer = LogWriter(self._folder / "control", self._folder / "a.log", 10_000, ())
        flush = writer.flush

        def slow_flush() -> None:
            self.wait("flush")
            flush()

        writer.flush = slow_flush  # type: ignore[method-assign]  # only slower
        return writer


@pytest.mark.parametrize("place", ["open", "flush"])
async def test_a_log_is_let_go_by_one_that_is_cancelled_meanwhile(
    tmp_path: Path, place: str
) -> None:
    slow = SlowWriter(tmp_path, place)
    client = DockerClient(AWAY)
    follower = LogFollower(client, "c0ffee", slow.open)
    if place == "flush":
        # The executor forgets it while it writes its last lines.
        first = asyncio.create_task(follower.stop())
        await in_thread(slow.reached.wait, 60)
        first.cancel()
    else:
        await in_thread(slow.reached.wait, 60)
    stopping = asyncio.create_task(follower.stop())
    await asyncio.sleep(0)
    slow.may_go_on.set()
    await stopping
    assert not follower.is_running
    LogWriter(tmp_path / "control", tmp_path / "a.log", 10_000, ()).release()
    await client.aclose()
