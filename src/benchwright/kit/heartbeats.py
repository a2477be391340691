"""When the loops of a server last did their work."""

from __future__ import annotations

import time
from collections.abc import Callable


class Heartbeats:
    """Noted by the loops themselves, read by whoever watches over the server."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._successes: dict[str, float] = {}
        self._failures: dict[str, int] = {}

    def succeeded(self, loop: str) -> None:
        """A round of the loop went well just now."""
        self._successes[loop] = self._clock()
        self._failures.setdefault(loop, 0)

    def failed(self, loop: str) -> None:
        """A round of the loop failed; it will be tried again."""
        self._failures[loop] = self._failures.get(loop, 0) + 1

    @property
    def last_successes(self) -> dict[str, float]:
        """By loop, as Unix time."""
        return dict(self._successes)

    @property
    def failures(self) -> dict[str, int]:
        """By loop, since the server started."""
        return dict(self._failures)
