"""Wakes all watchers of a run with one primitive."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Wakeup:
    """Any thread calls `notify`; any number of coroutines of one event loop wait.

    Watchers share one event, which is replaced each time it fires: a notification costs the same
    for one watcher or two hundred, and nobody holds a queue.
    """

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._event = asyncio.Event()

    def notify(self) -> None:
        """Wakes everybody who waits now; from any thread."""
        loop = self._loop
        if loop is None:
            return
        try:
            loop.call_soon_threadsafe(self._fire)
        except RuntimeError:
            # The loop was closed, and its watchers went with it.
            self._loop = None

    async def wait_until(self, ready: Callable[[], bool], timeout_s: float) -> bool:
        """Whether `ready()` held before the time was over; it is asked after each wake-up."""
        # The loop is named before `ready` is asked: a notification after that is not lost.
        self._loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(timeout_s):
                while not ready():
                    await self._event.wait()
        except TimeoutError:
            return ready()
        return True

    def _fire(self) -> None:
        event, self._event = self._event, asyncio.Event()
        event.set()
