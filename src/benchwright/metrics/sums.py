"""What a live run has counted so far: two of these make the figures of the time between."""

from __future__ import annotations

from typing import NamedTuple


class ScopeSums(NamedTuple):
    """Of the whole run or of one scenario; `answer_s` is the sum of all response times."""

    requests: float = 0.0
    failed: float = 0.0
    answers: float = 0.0
    answer_s: float = 0.0

    def since(self, earlier: ScopeSums) -> ScopeSums:
        """What came in since then."""
        return ScopeSums(*(now - then for now, then in zip(self, earlier, strict=True)))


class LiveSums(NamedTuple):
    """By scenario key, the whole run under the empty one."""

    scopes: dict[str, ScopeSums]
    gauges: dict[str, float]
