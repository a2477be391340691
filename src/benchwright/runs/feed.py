"""The stream of one run, built once and shared by everyone who watches it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import NamedTuple, Protocol

from benchwright.kit.db import Database, now
from benchwright.kit.errors import NotFound, Unavailable
from benchwright.kit.sse import COMMENT, HEARTBEAT_S, encode_frame, encode_json, retry_frame
from benchwright.kit.threads import in_thread
from benchwright.runs import repository, service
from benchwright.runs.cursor import Cursor
from benchwright.runs.folder import RunFolder
from benchwright.runs.logreader import measure_log, read_log
from benchwright.runs.models import Run, RunEvent
from benchwright.runs.progress import estimate_progress, refine_progress
from benchwright.runs.progress_board import Told
from benchwright.runs.schemas import RunEventView
from benchwright.runs.state import RunState

log = logging.getLogger(__name__)

PULSE_S = 0.5
RECHECK_S = 15.0
"""How often it is asked whether a watcher may still watch."""
EVENTS_PER_BATCH = 500
LOG_BYTES_PER_BATCH = 64 * 1024
IN_PROGRESS = frozenset({RunState.RUNNING, RunState.COLLECTING})


class Points(NamedTuple):
    """Points as the JSON array that is sent, and the cursor behind them.

    `skipped` says that older ones are no longer held: only the timeline has them.
    """

    data: bytes
    cursor_ms: int
    skipped: bool = False


async def _always() -> bool:
    return True


class PointSource(Protocol):
    """Where a run's figures come from, live or finished."""

    def points_after(self, run: Run, after_ms: int) -> Points | None:
        """The points behind `after_ms`; None when there is nothing new. Called in a thread."""
        ...

    def share_done(self, run: Run) -> float | None:
        """How much of the run is done (0..1), where its work and not time decides its length."""
        ...

    def progress_told(self, run: Run) -> Told | None:
        """What the workload says of its own progress; called in a thread."""
        ...

    async def wait(self, run_id: uuid.UUID, after_ms: int, timeout_s: float) -> int:
        """The newest point's time, when it is behind `after_ms` or the timeout is over."""
        ...


class RunFeed:
    """Looks at a run for all its watchers at once, while there are any."""

    def __init__(
        self, run_id: uuid.UUID, database: Database, points: PointSource, data_dir: Path
    ) -> None:
        self.run_id = run_id
        self._database = database
        self._points = points
        self._folder = RunFolder.of(data_dir, run_id)
        self._run: Run | None = None
        self._is_deleted = False
        self._last_ms = 0
        self._log_size = 0
        self._batches: dict[tuple[Cursor, frozenset[str]], asyncio.Task[tuple[bytes, Cursor]]] = {}
        self._changed = asyncio.Event()
        self._ready = asyncio.Event()
        self._pump_task: asyncio.Task[None] | None = None
        self.watchers = 0

    @contextlib.asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Keeps the feed up to date inside the block."""
        self.watchers += 1
        if self._pump_task is None:
            self._pump_task = asyncio.create_task(self._pump())
        try:
            await self._ready.wait()
            yield
        finally:
            self.watchers -= 1
            if self.watchers == 0 and self._pump_task is not None:
                self._pump_task.cancel()
                self._pump_task = None

    async def _pump(self) -> None:
        while not self.has_ended:
            try:
                await self._look()
            except NotFound:
                self._is_deleted = True
                self._notify()
            except Exception:
                log.exception("run %s could not be looked at; it is tried again", self.run_id)
                await asyncio.sleep(PULSE_S)
                continue
            self._ready.set()
            self._last_ms = await self._points.wait(self.run_id, self._last_ms, PULSE_S)

    def _notify(self) -> None:
        waiting, self._changed = self._changed, asyncio.Event()
        waiting.set()

    async def _look(self) -> None:
        run, size = await in_thread(self._load)
        self._run, self._log_size = run, size
        self._batches.clear()
        self._notify()

    def _load(self) -> tuple[Run, int]:
        with self._database.read() as session:
            run = service.get_run(session, self.run_id)
        return run, measure_log(self._folder.log)

    async def next_batch(
        self, cursor: Cursor, parts: frozenset[str], second: int
    ) -> tuple[bytes, Cursor]:
        """The frames behind the cursor; empty when there is nothing new.

        The progress is among them when it has reached another second than `second`.
        """
        if second != self.second and "state" in parts:
            parts |= {"progress"}
        key = (cursor, parts)
        building = self._batches.get(key)
        if building is None:
            building = asyncio.create_task(in_thread(self._build, *key))
            self._batches[key] = building
        # Shielded: the reader that asked first may leave, others wait for the same frames.
        return await asyncio.shield(building)

    async def wait(self, timeout_s: float) -> bool:
        """Waits for the next look; False when the time ran out."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._changed.wait()
        except TimeoutError:
            return False
        return True

    @property
    def has_ended(self) -> bool:
        """Whether nothing can follow but what is stored already."""
        return self._is_deleted or (self._run is not None and self._run.state.is_final)

    @property
    def second(self) -> int:
        """How many whole seconds the workload has been running for."""
        if self._run is None or self._run.started_at is None:
            return -1
        return int((now() - self._run.started_at).total_seconds())

    def _build(self, cursor: Cursor, parts: frozenset[str]) -> tuple[bytes, Cursor]:
        run = self._run
        if run is None or self._is_deleted:
            return b"", cursor
        frames: list[bytes] = []
        if "state" in parts and run.last_event_seq > cursor.event_seq:
            cursor = self._add_events(frames, run, cursor)
        if "metrics" in parts:
            found = self._points.points_after(run, cursor.metric_ms)
            if found is not None:
                cursor = cursor._replace(metric_ms=found.cursor_ms)
                skipped = b',"skipped":true}' if found.skipped else b"}"
                data = b'{"points":' + found.data + skipped
                frames.append(encode_frame("metrics", data, str(cursor)))
        if "log" in parts and self._log_size > cursor.log_offset:
            cursor = self._add_log(frames, run, cursor)
        if "progress" in parts and run.state in IN_PROGRESS:
            at = now()
            progress = estimate_progress(run, at, self._points.share_done(run))
            if run.state is RunState.RUNNING:
                progress = refine_progress(progress, self._points.progress_told(run), at)
            frames.append(encode_frame("progress", progress.model_dump_json(), str(cursor)))
        return b"".join(frames), cursor

    def _add_events(self, frames: list[bytes], run: Run, cursor: Cursor) -> Cursor:
        with self._database.read() as session:
            events = repository.list_events(session, run.id, cursor.event_seq, EVENTS_PER_BATCH)
            view = service.view_run(session, service.get_run(session, self.run_id))
        for event in events:
            cursor = cursor._replace(event_seq=event.seq)
            frames.append(encode_frame("event", _event_json(event), str(cursor)))
        frames.append(encode_frame("state", view.model_dump_json(), str(cursor)))
        return cursor

    def _add_log(self, frames: list[bytes], run: Run, cursor: Cursor) -> Cursor:
        part = read_log(
            self._folder.log, cursor.log_offset, LOG_BYTES_PER_BATCH, ended=run.state.is_final
        )
        if part.next_offset == cursor.log_offset:
            return cursor
        cursor = cursor._replace(log_offset=part.next_offset)
        data = part.model_dump(include={"offset", "next_offset", "text"})
        frames.append(encode_json("log", data, str(cursor)))
        return cursor


def _event_json(event: RunEvent) -> str:
    return RunEventView.model_validate(event).model_dump_json()


class FeedRegistry:
    """The feeds that are watched now."""

    def __init__(
        self,
        database: Database,
        points: PointSource,
        data_dir: Path,
        max_streams: int,
        is_closing: Callable[[], bool],
    ) -> None:
        self._database = database
        self._points = points
        self._data_dir = data_dir
        self._max_streams = max_streams
        self._is_closing = is_closing
        self._feeds: dict[uuid.UUID, RunFeed] = {}

    @property
    def watchers(self) -> int:
        """Streams that are open."""
        return sum(feed.watchers for feed in list(self._feeds.values()))

    def check_room(self) -> None:
        """Raises `Unavailable` when as many streams are open as the settings allow."""
        if self.watchers >= self._max_streams:
            raise Unavailable("Too many event streams are open; close one or try again later.")

    async def stream(
        self,
        run_id: uuid.UUID,
        cursor: Cursor,
        parts: frozenset[str],
        is_allowed: Callable[[], Awaitable[bool]] = _always,
    ) -> AsyncGenerator[bytes]:
        """All frames behind the cursor until the run has ended or the server closes.

        It breaks off without an `end` when the watcher is no longer allowed to see more.
        """
        feed = self._feeds.get(run_id)
        if feed is None:
            feed = RunFeed(run_id, self._database, self._points, self._data_dir)
            self._feeds[run_id] = feed
        try:
            async with feed.watched():
                async for frame in self._follow(feed, cursor, parts, is_allowed):
                    yield frame
        finally:
            if feed.watchers == 0 and self._feeds.get(run_id) is feed:
                del self._feeds[run_id]

    async def _follow(
        self,
        feed: RunFeed,
        cursor: Cursor,
        parts: frozenset[str],
        is_allowed: Callable[[], Awaitable[bool]],
    ) -> AsyncIterator[bytes]:
        yield retry_frame(1000)
        checked_at = quiet_since = asyncio.get_running_loop().time()
        second = -1
        while not self._is_closing():
            if asyncio.get_running_loop().time() - checked_at > RECHECK_S:
                if not await is_allowed():
                    return
                checked_at = asyncio.get_running_loop().time()
            ended = feed.has_ended
            frames, following = await feed.next_batch(cursor, parts, second)
            second = feed.second
            if frames:
                yield frames
                quiet_since = asyncio.get_running_loop().time()
            moved, cursor = following != cursor, following
            if ended and not moved:
                yield encode_json("end", {}, str(cursor))
                return
            if ended:
                continue
            await feed.wait(PULSE_S * 2)
            if asyncio.get_running_loop().time() - quiet_since > HEARTBEAT_S:
                yield COMMENT
                quiet_since = asyncio.get_running_loop().time()


def is_at_end(run: Run, cursor: Cursor, log_path: Path) -> bool:
    """Whether a reader that connects again has seen all of a finished run."""
    seen_all = cursor.event_seq >= run.last_event_seq and cursor.log_offset >= measure_log(log_path)
    return run.state.is_final and seen_all
