"""The stream of a run: order, resuming, sharing, end."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete

from benchwright.kit.db import Database
from benchwright.kit.errors import BadRequest, Unavailable
from benchwright.runs.cursor import Cursor
from benchwright.runs.feed import FeedRegistry, Points, is_at_end
from benchwright.runs.folder import RunFolder
from benchwright.runs.models import Run
from benchwright.runs.progress_board import Told
from tests.runs.harness import Harness

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ALL = frozenset({"state", "metrics", "log"})


class FakePoints:
    """One point a second, as far as a test has said."""

    def __init__(self) -> None:
        self.last_ms = 0
        self.forgotten_ms = 0
        self.built = 0

    def points_after(self, run: Run, after_ms: int) -> Points | None:
        if self.last_ms <= after_ms:
            return None
        self.built += 1
        first_ms = max(after_ms, self.forgotten_ms) + 1000
        points = [{"t": ms} for ms in range(first_ms, self.last_ms + 1, 1000)]
        return Points(json.dumps(points).encode(), self.last_ms, after_ms < self.forgotten_ms)

    def progress_told(self, run: Run) -> Told | None:
        return None

    def share_done(self, run: Run) -> float | None:
        return None

    async def wait(self, run_id: uuid.UUID, after_ms: int, timeout_s: float) -> int:
        await asyncio.sleep(0.01)
        return self.last_ms


class Stream:
    """A feed over a harness, and its frames read back."""

    def __init__(self, database: Database, data_dir: Path) -> None:
        self.harness = Harness(database, data_dir)
        self.points = FakePoints()
        self.closing = False
        self.came: dict[str, asyncio.Event] = defaultdict(asyncio.Event)
        """By the kind of a frame: whether a reader got one."""
        self.feeds = FeedRegistry(database, self.points, data_dir, 3, lambda: self.closing)
        self.run_id = self.harness.add_run()
        self.folder = RunFolder.of(data_dir, self.run_id)

    def finish(self) -> None:
        self.harness.passes(4)
        self.folder.log.write_text("first line\n")
        self.harness.executor.exit(self.harness.name(self.run_id), 0)
        self.harness.passes(2)

    async def read_all(
        self, after: str | None = None, parts: frozenset[str] = ALL
    ) -> list[dict[str, Any]]:
        read = []
        async for chunk in self.feeds.stream(self.run_id, Cursor.parse(after), parts):
            for frame in chunk.decode().split("\n\n"):
                if "event: " in frame:
                    read.append(parse(frame))
                    self.came[read[-1]["event"]].set()
        return read

    async def wait_for(self, kind: str) -> None:
        await asyncio.wait_for(self.came[kind].wait(), 60)


def parse(frame: str) -> dict[str, Any]:
    fields = dict(line.split(": ", 1) for line in frame.splitlines())
    return {**fields, "data": json.loads(fields["data"])}


@pytest.fixture
def stream(database: Database, data_dir: Path) -> Stream:
    return Stream(database, data_dir)


def test_a_finished_run_is_told_whole_and_ends(stream: Stream) -> None:
    stream.finish()
    stream.points.last_ms = 3000
    frames = asyncio.run(stream.read_all())
    kinds = [frame["event"] for frame in frames]
    assert kinds == ["event"] * 5 + ["state", "metrics", "log", "end"]
    assert frames[5]["data"]["state"] == "succeeded"
    assert frames[6]["data"] == {"points": [{"t": 1000}, {"t": 2000}, {"t": 3000}]}
    assert frames[7]["data"]["text"] == "first line\n"
    assert frames[7]["id"] == "5.3000.11"


def test_who_is_too_far_behind_is_told_so(stream: Stream) -> None:
    stream.finish()
    stream.points.last_ms, stream.points.forgotten_ms = 3000, 2000
    metrics = [f["data"] for f in asyncio.run(stream.read_all()) if f["event"] == "metrics"]
    assert metrics == [{"points": [{"t": 3000}], "skipped": True}]


def test_a_reader_resumes_behind_its_cursor(stream: Stream) -> None:
    stream.finish()
    stream.points.last_ms = 3000
    frames = asyncio.run(stream.read_all("5.2000.6"))
    assert [frame["event"] for frame in frames] == ["metrics", "log", "end"]
    assert frames[0]["data"] == {"points": [{"t": 3000}]}
    assert frames[1]["data"]["text"] == "line\n"


def test_parts_narrow_the_stream(stream: Stream) -> None:
    stream.finish()
    frames = asyncio.run(stream.read_all(parts=frozenset({"log"})))
    assert [frame["event"] for frame in frames] == ["log", "end"]


def test_readers_share_what_was_built(stream: Stream) -> None:
    stream.finish()
    stream.points.last_ms = 3000

    async def go() -> list[list[dict[str, Any]]]:
        return list(await asyncio.gather(*(stream.read_all() for _ in range(3))))

    first, second, third = asyncio.run(go())
    assert first == second == third
    assert stream.points.built == 1


def test_a_live_run_is_followed_to_its_end(stream: Stream) -> None:
    async def go() -> list[dict[str, Any]]:
        reading = asyncio.create_task(stream.read_all())
        for _ in range(4):
            await stream.harness.reconciler.tick()
        await stream.wait_for("progress")
        stream.points.last_ms = 1000
        await stream.wait_for("metrics")
        stream.harness.executor.exit(stream.harness.name(stream.run_id), 0)
        await stream.harness.reconciler.tick()
        await stream.harness.reconciler.tick()
        return await asyncio.wait_for(reading, 60)

    frames = asyncio.run(go())
    kinds = [frame["event"] for frame in frames]
    assert kinds[-1] == "end"
    assert "progress" in kinds and "metrics" in kinds
    seqs = [frame["data"]["seq"] for frame in frames if frame["event"] == "event"]
    assert seqs == [1, 2, 3, 4, 5]
    states = [frame["data"]["state"] for frame in frames if frame["event"] == "state"]
    assert states[-1] == "succeeded"


def test_the_stream_of_a_deleted_run_ends(stream: Stream) -> None:
    async def go() -> None:
        reading = asyncio.create_task(stream.read_all())
        await stream.wait_for("state")
        with stream.harness.database.write() as session:
            session.execute(delete(Run))
        assert (await asyncio.wait_for(reading, 60))[-1]["event"] == "end"

    asyncio.run(go())


def test_a_stream_ends_when_its_reader_may_no_longer_read(
    stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchwright.runs.feed.RECHECK_S", 0.0)
    answers = [True, True, False]

    async def is_allowed() -> bool:
        return answers.pop(0)

    async def read() -> list[bytes]:
        frames = stream.feeds.stream(stream.run_id, Cursor.parse(None), ALL, is_allowed)
        return [frame async for frame in frames]

    assert b"event: end" not in b"".join(asyncio.run(read()))
    assert answers == []


def test_a_closing_server_ends_its_streams(stream: Stream) -> None:
    async def go() -> None:
        reading = asyncio.create_task(stream.read_all())
        await stream.wait_for("state")
        assert not reading.done()
        stream.closing = True
        await asyncio.wait_for(reading, 60)

    asyncio.run(go())


def test_there_are_only_so_many_streams(stream: Stream) -> None:
    async def go() -> None:
        readings = [asyncio.create_task(stream.read_all()) for _ in range(3)]
        await asyncio.sleep(0.05)
        with pytest.raises(Unavailable):
            stream.feeds.check_room()
        for reading in readings:
            reading.cancel()
        await asyncio.gather(*readings, return_exceptions=True)
        stream.feeds.check_room()

    asyncio.run(go())


def test_a_reader_that_saw_all_is_at_the_end(stream: Stream) -> None:
    stream.finish()
    run = stream.harness.get(stream.run_id)
    assert is_at_end(run, Cursor(5, 0, 11), stream.folder.log)
    assert not is_at_end(run, Cursor(4, 0, 11), stream.folder.log)
    assert not is_at_end(run, Cursor(5, 0, 3), stream.folder.log)


@pytest.mark.parametrize("text", ["x", "1.2", "-1.2.3", "1.2.3.4", "1.2.99999999999999999999"])
def test_a_foreign_cursor_is_refused(text: str, database_url: str) -> None:
    with pytest.raises(BadRequest):
        Cursor.parse(text)


def test_a_cursor_reads_back(database_url: str) -> None:
    assert Cursor.parse(str(Cursor(1, 2, 3))) == Cursor(1, 2, 3)
    assert Cursor.parse(None) == Cursor()
