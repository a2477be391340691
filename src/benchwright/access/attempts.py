"""A brake on guessing: failed sign-ins are counted by sender."""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable

from benchwright.kit.errors import Problem

MAX_FAILURES = 10
WINDOW_S = 60.0
MAX_SENDERS = 10_000


class TooManyAttempts(Problem):
    """The sender failed too often; `Retry-After` says when to try again."""

    status, kind, title = 429, "too-many-attempts", "Too many failed attempts"


class FailedAttempts:
    """Failures of the last minute, in memory; the senders that failed longest ago go first."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failures: OrderedDict[str, deque[float]] = OrderedDict()

    def check(self, sender: str) -> None:
        """Raises `TooManyAttempts` after ten failures within a minute."""
        with self._lock:
            times = self._recent(sender)
            if len(times) < MAX_FAILURES:
                return
            wait_s = math.ceil(WINDOW_S - (self._clock() - times[0]))
        problem = TooManyAttempts(f"Too many failed sign-ins; try again in {wait_s} s.")
        problem.headers["Retry-After"] = str(wait_s)
        raise problem

    def record(self, sender: str) -> None:
        """Counts one failure."""
        with self._lock:
            times = self._recent(sender)
            times.append(self._clock())
            self._failures[sender] = times
            self._failures.move_to_end(sender)
            while len(self._failures) > MAX_SENDERS:
                self._failures.popitem(last=False)

    def _recent(self, sender: str) -> deque[float]:
        times = self._failures.get(sender, deque(maxlen=MAX_FAILURES))
        while times and self._clock() - times[0] >= WINDOW_S:
            times.popleft()
        return times
