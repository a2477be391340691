"""Which second a push belongs to."""

from __future__ import annotations

from typing import NamedTuple

MAX_INSTANCES = 1_000

SILENCE_MS = 2_500
"""Without a push for so long, telemetry has seconds of its own."""


class Place(NamedTuple):
    """The second (Unix time) of a push and how many seconds its figures span."""

    second: int
    span_s: int


class SecondGrid:
    """Gives each push of a sender its own second, although pushes come a little early or late.

    Rounding is centred on the phase of the sender's first push: one that pushes every second
    fills every second once, with half a second of tolerance, wherever in the second it pushes.
    The answer depends on nothing but the order and times of the calls, so a replay repeats it.
    """

    def __init__(self) -> None:
        self._phase_ms: dict[str, int] = {}
        self._last: dict[str, int] = {}

    def place(self, instance: str, received_ms: int) -> Place:
        """The place of a push; a clock that was set back never leads to an earlier second."""
        if instance not in self._phase_ms:
            if len(self._phase_ms) >= MAX_INSTANCES:
                instance = next(iter(self._phase_ms))
            else:
                self._phase_ms[instance] = received_ms % 1000 - 500
        second = (received_ms - self._phase_ms[instance]) // 1000
        last = self._last.get(instance)
        if last is None:
            span_s = 1
        else:
            second = max(second, last)
            span_s = max(second - last, 1)
        self._last[instance] = second
        return Place(second, span_s)
