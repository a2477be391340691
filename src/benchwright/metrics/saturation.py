"""Whether the load generator or its machine was too busy for its figures to be trusted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

BUSY_SHARE = 0.8
"""Above this share of all processors measured times include waiting for a processor."""

BUSY_SECONDS = 5
BUSY_SHARE_OF_RUN = 0.2

_SUBJECTS = {"host_cpu": "The machine", "process_cpu": "The load generator"}


@dataclass
class _Busy:
    samples: int = 0
    busy: int = 0
    streak: int = 0
    longest: int = 0
    maximum: float = 0.0
    total: float = 0.0

    def observe(self, share: float) -> None:
        self.samples += 1
        self.total += share
        self.maximum = max(self.maximum, share)
        self.streak = self.streak + 1 if share > BUSY_SHARE else 0
        self.busy += share > BUSY_SHARE
        self.longest = max(self.longest, self.streak)

    @property
    def is_saturated(self) -> bool:
        return self.longest >= BUSY_SECONDS or self.busy > BUSY_SHARE_OF_RUN * self.samples


@dataclass
class Saturation:
    """Judges telemetry samples, one a second, as they come in."""

    _busy: dict[str, _Busy] = field(default_factory=lambda: {name: _Busy() for name in _SUBJECTS})

    def observe(self, figures: Mapping[str, float]) -> None:
        """Takes in one sample; shares are 0..1 of all processors."""
        for name, busy in self._busy.items():
            if name in figures:
                busy.observe(figures[name])

    @property
    def is_saturated(self) -> bool:
        """Above 80 % for five seconds in a row, or for more than a fifth of the run."""
        return any(busy.is_saturated for busy in self._busy.values())

    @property
    def host_cpu_max(self) -> float | None:
        """Highest share (0..1) of all processors that the machine was busy."""
        busy = self._busy["host_cpu"]
        return busy.maximum if busy.samples else None

    def figures(self) -> dict[str, dict[str, Any]]:
        """What the judgement follows from, by subject."""
        return {
            name: {
                "cpu_max": round(busy.maximum, 3),
                "cpu_mean": round(busy.total / busy.samples, 3),
                "seconds_above": busy.busy,
                "longest_streak_s": busy.longest,
                "sampled_s": busy.samples,
                "limit": BUSY_SHARE,
                "saturated": busy.is_saturated,
            }
            for name, busy in self._busy.items()
            if busy.samples
        }

    def warnings(self) -> list[str]:
        """A sentence for each subject that was saturated."""
        return [
            f"{_SUBJECTS[name]} was busy: above {BUSY_SHARE:.0%} of all processors for "
            f"{busy.busy} of {busy.samples} s (up to {busy.maximum:.0%}). "
            "Measured times include waiting for a processor; generate less load or use a "
            "larger machine."
            for name, busy in self._busy.items()
            if busy.is_saturated
        ]
