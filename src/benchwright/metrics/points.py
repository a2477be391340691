"""The newest points of a live run, encoded once for everybody who watches."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from benchwright.metrics.wakeup import Wakeup

KEPT_POINTS = 180
"""Who is further behind is told to load the timeline anew."""


class EncodedPoint(NamedTuple):
    """One second as JSON; a later one of the same time replaces it.

    Cursors grow with each publication, also of a second that was published before.
    """

    cursor_ms: int
    time_ms: int
    data: bytes


class Batch(NamedTuple):
    """What a watcher has not seen; `skipped` says that older points are no longer held."""

    points: tuple[EncodedPoint, ...]
    cursor_ms: int
    skipped: bool


class PointLog:
    """Written by one thread at a time, read without a lock; watchers hold only a cursor."""

    def __init__(self) -> None:
        self._points: tuple[EncodedPoint, ...] = ()
        self._wakeup = Wakeup()

    @property
    def cursor_ms(self) -> int:
        """The cursor of the newest point; 0 before the first."""
        points = self._points
        return points[-1].cursor_ms if points else 0

    def publish(self, time_ms: int, point: Mapping[str, Any], at_ms: int) -> None:
        """Adds a point; `notify` wakes the watchers, outside of the writer's lock."""
        data = json.dumps(point, separators=(",", ":")).encode()
        encoded = EncodedPoint(max(at_ms, self.cursor_ms + 1), time_ms, data)
        # A new tuple each time: watchers read the old or the new one, never one that changes.
        self._points = (*self._points[1 - KEPT_POINTS :], encoded)

    def notify(self) -> None:
        """Wakes all watchers; from any thread."""
        self._wakeup.notify()

    def since(self, after_ms: int) -> Batch:
        """The newest version of each point that was published after a cursor, in time order."""
        points = self._points
        fresh = {p.time_ms: p for p in points if p.cursor_ms > after_ms}
        skipped = len(points) == KEPT_POINTS and points[0].cursor_ms > after_ms
        ordered = tuple(sorted(fresh.values(), key=lambda point: point.time_ms))
        return Batch(ordered, max([after_ms, *(p.cursor_ms for p in points[-1:])]), skipped)

    async def wait(self, after_ms: int, ended: Callable[[], bool], timeout_s: float) -> bool:
        """Waits for a point after the cursor or the end; false if there was neither in time."""
        return await self._wakeup.wait_until(
            lambda: ended() or self.cursor_ms > after_ms, timeout_s
        )
