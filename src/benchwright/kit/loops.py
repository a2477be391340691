"""What the server's own loops did last."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from benchwright.kit.db import now


@dataclass(frozen=True)
class LoopState:
    """A loop; `error` is what went wrong since it last succeeded, `note` what it says itself."""

    name: str
    succeeded_at: dt.datetime | None = None
    failed_at: dt.datetime | None = None
    error: str = ""
    note: str = ""


class LoopLog:
    """Kept in memory: it tells of this process, and begins anew with it."""

    def __init__(self, clock: Callable[[], dt.datetime] = now) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._states: dict[str, LoopState] = {}

    def note_success(self, name: str, note: str = "") -> None:
        """A loop did what it is for."""
        with self._lock:
            state = self._states.get(name, LoopState(name))
            self._states[name] = replace(state, succeeded_at=self._clock(), error="", note=note)

    def note_failure(self, name: str, error: BaseException) -> None:
        """A loop could not do what it is for."""
        with self._lock:
            state = self._states.get(name, LoopState(name))
            text = f"{type(error).__name__}: {error}"[:500]
            self._states[name] = replace(state, failed_at=self._clock(), error=text)

    def view(self) -> list[LoopState]:
        """All loops by name."""
        with self._lock:
            return sorted(self._states.values(), key=lambda state: state.name)
