"""The figures of one running job every five seconds, made once for all who watch it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
import uuid
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from typing import Any, Literal, NamedTuple

from benchwright.compat.metric_vault.facts import ScenarioFacts, scenarios_of
from benchwright.compat.metric_vault.load import PlannedLoad, planned_load
from benchwright.compat.metric_vault.resources import resources_of
from benchwright.kit.db import now
from benchwright.kit.errors import Unavailable
from benchwright.kit.threads import in_thread
from benchwright.lab import Lab
from benchwright.metrics.sums import LiveSums, ScopeSums
from benchwright.runs import repository as runs
from benchwright.runs.models import Run
from benchwright.runs.progress import estimate_progress

logger = logging.getLogger("benchwright.compat")

INTERVAL_S = 5.0
WINDOW_S = 10.0
FIRST_WINDOW_S = 2.0
"""So long are figures gathered before the first event of a run that began earlier."""
PULSE_S = 1.0
"""So soon a stream notices that the server closes."""
RECHECK_S = 15.0
"""How often it is asked whether a watcher may still watch."""

Include = Literal["all", "k6_only", "resources_only"]
PARTS: dict[Include, tuple[str, ...]] = {
    "all": ("overall", "scenarios", "test_progress", "resources"),
    "k6_only": ("overall", "scenarios", "test_progress"),
    "resources_only": ("resources",),
}
ALWAYS = ("timestamp", "is_complete", "error")
NO_FIGURES: dict[str, Any] = {
    "overall": {"tps": 0.0, "vus": 0, "response_time": 0.0, "error_rate": 0.0},
    "scenarios": [],
}
UNREADABLE = "The run cannot be read at the moment; it is tried again."


class Sample(NamedTuple):
    """What was counted until a time of the monotonic clock."""

    at: float
    sums: LiveSums


class Look(NamedTuple):
    """What the database and the live figures say at one moment; no run once it was deleted."""

    run: Run | None
    scenarios: list[ScenarioFacts]
    load: PlannedLoad | None
    sums: LiveSums


def unnamed_event(data: dict[str, Any]) -> bytes:
    """An event as `EventSource.onmessage` gets it."""
    return b"data: " + json.dumps(data, ensure_ascii=False, default=str).encode() + b"\n\n"


def failure(reason: str) -> bytes:
    """The event of a stream that has nothing to show."""
    return unnamed_event({"timestamp": now().isoformat(), **NO_FIGURES, "error": reason})


class JobFeed:
    """Looks at a run every five seconds while somebody watches."""

    def __init__(self, lab: Lab, run_id: uuid.UUID) -> None:
        self._lab = lab
        self._run_id = run_id
        self._samples: deque[Sample] = deque()
        self._event: dict[str, Any] = {}
        self._number = 0
        self._changed = asyncio.Event()
        self._pump: asyncio.Task[None] | None = None
        self.watchers = 0

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        """Keeps the feed up to date inside the block."""
        self.watchers += 1
        if self._pump is None:
            self._pump = asyncio.create_task(self._look_on())
        try:
            yield
        finally:
            self.watchers -= 1
            if self.watchers == 0:
                self._pump.cancel()

    async def next_event(self, seen: int) -> tuple[int, dict[str, Any]] | None:
        """The newest event behind the number `seen`; None when there is none soon."""
        if self._number == seen:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PULSE_S):
                    await self._changed.wait()
        return None if self._number == seen else (self._number, self._event)

    async def _look_on(self) -> None:
        while True:
            try:
                await self._look_once()
            except Exception:
                logger.exception("run %s cannot be looked at; it is tried again", self._run_id)
                self._event = {**NO_FIGURES, "timestamp": now().isoformat(), "error": UNREADABLE}
            self._number += 1
            waiting, self._changed = self._changed, asyncio.Event()
            waiting.set()
            if self._event.get("is_complete"):
                return
            await asyncio.sleep(INTERVAL_S)

    async def _look_once(self) -> None:
        look = await in_thread(self._look)
        goes_on = look.run is not None and not look.run.state.is_final
        if goes_on and not self._samples and not self._began_now(look):
            self._remember(look)
            await asyncio.sleep(FIRST_WINDOW_S)
            look = await in_thread(self._look)
        self._remember(look)
        self._event = self._compose(look)

    def _began_now(self, look: Look) -> bool:
        """Whether all that was counted lies within one window, before which there was nothing."""
        began_at = look.run.started_at if look.run is not None else None
        age_s = (now() - began_at).total_seconds() if began_at is not None else 0.0
        if age_s > WINDOW_S:
            return False
        self._samples.append(Sample(time.monotonic() - max(age_s, 0.001), LiveSums({}, {})))
        return True

    def _look(self) -> Look:
        live = self._lab.live.get(self._run_id)
        sums = live.sums() if live is not None else LiveSums({}, {})
        with self._lab.database.read() as session:
            run = runs.find(session, self._run_id)
            if run is None:
                return Look(None, [], None, sums)
            return Look(run, scenarios_of(session, run), planned_load(run), sums)

    def _remember(self, look: Look) -> None:
        sums = look.sums
        if not sums.scopes and self._samples:  # collected by now, and nothing counts any more
            sums = self._samples[-1].sums
        self._samples.append(Sample(time.monotonic(), sums))
        while len(self._samples) > 2 and self._samples[-1].at - self._samples[1].at >= WINDOW_S:
            self._samples.popleft()

    def _compose(self, look: Look) -> dict[str, Any]:
        at = now()
        event: dict[str, Any] = {"timestamp": at.isoformat()}
        run = look.run
        if run is None or look.load is None or run.state.is_final:
            return {**event, "overall": None, "scenarios": None, "is_complete": True}
        gauges = look.sums.gauges
        vus = int(gauges.get("vus", 0))
        progress = estimate_progress(run, at)
        return {
            **event,
            "overall": self._figures("", vus),
            "scenarios": [
                {
                    "name": s.name,
                    "scenario_tag": s.tag,
                    **self._figures(
                        s.key,
                        vus
                        if len(look.scenarios) == 1
                        else int(look.load.at(s.key, at.timestamp() * 1000)),
                    ),
                }
                for s in look.scenarios
            ],
            "test_progress": {
                "duration_seconds": round(progress.elapsed_s, 1),
                "total_duration_seconds": run.planned_duration_s,
                "progress_percentage": None
                if progress.percent is None
                else round(progress.percent, 1),
            },
            "resources": resources_of(gauges),
        }

    def _figures(self, key: str, vus: int) -> dict[str, float]:
        first, last = self._samples[0], self._samples[-1]
        grown = last.sums.scopes.get(key, ScopeSums()).since(
            first.sums.scopes.get(key, ScopeSums())
        )
        span_s = max(last.at - first.at, 0.001)
        return {
            "tps": round(grown.requests / span_s, 1),
            "vus": vus,
            "response_time": round(grown.answer_s / grown.answers * 1000, 2)
            if grown.answers
            else 0.0,
            "error_rate": round(grown.failed / grown.requests * 100, 2) if grown.requests else 0.0,
        }


class JobFeeds:
    """The feeds that are watched now."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._feeds: dict[uuid.UUID, JobFeed] = {}

    @property
    def watchers(self) -> int:
        """Streams that are open."""
        return sum(feed.watchers for feed in list(self._feeds.values()))

    def check_room(self) -> None:
        """Raises `Unavailable` when as many streams are open as the settings allow."""
        if self.watchers >= self._lab.settings.server.max_streams:
            raise Unavailable("Too many event streams are open; close one or try again later.")

    async def stream(
        self, run_id: uuid.UUID, include: Include, is_allowed: Callable[[], Awaitable[bool]]
    ) -> AsyncGenerator[bytes]:
        """Events until the run has ended, the server closes or the watcher may watch no more."""
        feed = self._feeds.setdefault(run_id, JobFeed(self._lab, run_id))
        try:
            with feed.watched():
                seen, checked_at = 0, time.monotonic()
                while not self._lab.closing.is_set():
                    if time.monotonic() - checked_at > RECHECK_S:
                        if not await is_allowed():
                            return
                        checked_at = time.monotonic()
                    found = await feed.next_event(seen)
                    if found is None:
                        continue
                    seen, event = found
                    yield unnamed_event(_part(event, include))
                    if event.get("is_complete"):
                        return
        finally:
            if feed.watchers == 0 and self._feeds.get(run_id) is feed:
                del self._feeds[run_id]


def _part(event: dict[str, Any], include: Include) -> dict[str, Any]:
    if event.get("is_complete"):
        return event
    wanted = {*ALWAYS, *PARTS[include]}
    return {name: value for name, value in event.items() if name in wanted}
