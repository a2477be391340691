"""What came in from load generators since the server started."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field


@dataclass
class Taken:
    """What one protocol brought."""

    pushes: int = 0
    samples: int = 0
    bytes: int = 0


@dataclass
class Refused:
    """What was not taken, for one reason; samples only where they could be told apart."""

    pushes: int = 0
    samples: int = 0


@dataclass
class IngestCounts:
    """Counted by worker threads, read by whoever watches over the server."""

    taken: dict[str, Taken] = field(default_factory=dict)
    """By protocol."""
    refused: dict[tuple[str, str], Refused] = field(default_factory=dict)
    """By protocol and kind of problem."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, protocol: str, *, samples: int, size_bytes: int) -> None:
        """Counts a push that was taken in."""
        with self._lock:
            taken = self.taken.setdefault(protocol, Taken())
            taken.pushes += 1
            taken.samples += samples
            taken.bytes += size_bytes

    def refuse(self, protocol: str, reason: str, *, pushes: int = 1, samples: int = 0) -> None:
        """Counts a push, or samples of one, that were refused; `reason` is a problem's kind."""
        with self._lock:
            refused = self.refused.setdefault((protocol, reason), Refused())
            refused.pushes += pushes
            refused.samples += samples
