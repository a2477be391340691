"""Answers that many ask for at once, and that may be a moment old."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

HELD_S = 1.0
HELD_PER_EFFORT = 10
"""What took a second to make is held for ten: asking never takes more than a tenth of the time."""


K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Recent(Generic[K, V]):
    """Makes each answer once for all who ask in the meantime; keeps the last few."""

    def __init__(self, capacity: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._capacity = capacity
        self._clock = clock
        self._lock = threading.Lock()
        self._held: OrderedDict[K, tuple[float, V]] = OrderedDict()

    def get(self, key: K, make: Callable[[], V]) -> V:
        """The answer, made anew when the one that is held is too old."""
        # One at a time: what is made here needs the same processor and the same connection.
        with self._lock:
            started = self._clock()
            found = self._held.get(key)
            if found is not None and started < found[0]:
                return found[1]
            self._drop_old(started)
            value = make()
            ended = self._clock()
            held_s = max(HELD_S, (ended - started) * HELD_PER_EFFORT)
            self._held[key] = (ended + held_s, value)
            self._held.move_to_end(key)
            while len(self._held) > self._capacity:
                self._held.popitem(last=False)
            return value

    def _drop_old(self, at: float) -> None:
        for key in [key for key, (until, _) in self._held.items() if until <= at]:
            del self._held[key]
