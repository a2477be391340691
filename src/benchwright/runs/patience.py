"""How long is waited for a run, and how often something of it is tried again."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from benchwright.runs.models import Run

MAX_PAUSE_S = 30.0


@dataclass(frozen=True)
class Patience:
    """Without `max_collect_retries`, collecting is tried until it succeeds."""

    warn_after_s: float | None = None
    collect_delay_s: float = 0.0
    max_collect_retries: int | None = None

    def collect_from(self, run: Run) -> dt.datetime | None:
        """Before this time nothing is collected; None where nothing has to be waited for."""
        delayed = None
        if self.collect_delay_s and run.workload_ended_at is not None and not run.collect_attempts:
            delayed = run.workload_ended_at + dt.timedelta(seconds=self.collect_delay_s)
        return max((t for t in (delayed, run.collect_again_at) if t is not None), default=None)

    def is_over(self, attempts: int) -> bool:
        """Whether so many failed attempts to collect are enough."""
        return self.max_collect_retries is not None and attempts > self.max_collect_retries


def pause_after(attempts: int) -> dt.timedelta:
    """The pause before the next attempt, twice as long each time up to a limit."""
    return dt.timedelta(seconds=min(2.0 ** min(attempts - 1, 10), MAX_PAUSE_S))
