"""Rules that stop a run while it is under way, judged over the last seconds only.

k6's own thresholds are cumulative: after ten good minutes they notice a broken target late.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from benchwright.metrics.histogram import Histogram, merge

Measure = Literal["error_rate", "p50_ms", "p95_ms", "p99_ms"]

MAX_WINDOW_S = 300
METHOD = "windowed auto-stop"
METHOD_VERSION = "1"

_SHARES: dict[str, float] = {"p50_ms": 0.5, "p95_ms": 0.95, "p99_ms": 0.99}


@dataclass(frozen=True)
class AutoStopRule:
    """Stop when `measure` over the last `window_s` seconds is above a limit.

    `above` is a share (0..1) for `error_rate` and milliseconds otherwise. The first `delay_s`
    seconds of figures never count, and fewer than `min_requests` requests prove nothing.
    """

    measure: Measure
    above: float
    window_s: int = 10
    delay_s: int = 0
    scenario: str | None = None
    min_requests: int = 10

    def __post_init__(self) -> None:
        if not 1 <= self.window_s <= MAX_WINDOW_S:
            raise ValueError(f"window_s must be 1 to {MAX_WINDOW_S} seconds")
        if self.delay_s < 0 or self.min_requests < 1 or not self.above >= 0:
            raise ValueError("delay_s, above and min_requests must not be negative")


class SecondSample(NamedTuple):
    """What one scope did in one second."""

    second: int
    requests: float
    failed: float
    durations: Histogram | None


@dataclass(frozen=True)
class Breach:
    """A rule that was broken, with what it was judged by."""

    rule: AutoStopRule
    value: float
    requests: float
    failed: float
    second: int
    scenario_name: str | None = field(default=None, compare=False)

    @property
    def reason(self) -> str:
        """One sentence for people."""
        rule = self.rule
        where = f" in scenario {self.scenario_name or rule.scenario}" if rule.scenario else ""
        if rule.measure == "error_rate":
            return (
                f"{self.value:.1%} of the requests of the last {rule.window_s} s failed{where} "
                f"({self.failed:.0f} of {self.requests:.0f}); the limit is {rule.above:.1%}."
            )
        return (
            f"The {rule.measure.removesuffix('_ms')} of the last {rule.window_s} s was "
            f"{self.value:.0f} ms{where} ({self.requests:.0f} requests); "
            f"the limit is {rule.above:.0f} ms."
        )

    @property
    def inputs(self) -> Mapping[str, Any]:
        """Everything that the judgement followed from, for the record."""
        return {
            "method": METHOD,
            "method_version": METHOD_VERSION,
            "measure": self.rule.measure,
            "above": self.rule.above,
            "window_s": self.rule.window_s,
            "delay_s": self.rule.delay_s,
            "min_requests": self.rule.min_requests,
            "scenario": self.rule.scenario,
            "value": self.value,
            "requests": self.requests,
            "failed": self.failed,
            "at_ms": self.second * 1000,
            "reason": self.reason,
        }


def judge(rule: AutoStopRule, samples: Sequence[SecondSample], first_second: int) -> Breach | None:
    """The breach of a rule by the newest `window_s` seconds of ascending samples.

    Nothing is judged before the delay and one whole window have passed since `first_second`.
    """
    if not samples:
        return None
    now = samples[-1].second
    start = now - rule.window_s + 1
    if start < first_second + rule.delay_s:
        return None
    window = [sample for sample in samples if sample.second >= start]
    requests = sum(sample.requests for sample in window)
    failed = sum(sample.failed for sample in window)
    if requests < rule.min_requests:
        return None
    value = _measure(rule.measure, window, requests, failed)
    if value is None or not value > rule.above:
        return None
    return Breach(rule, value, requests, failed, now)


def _measure(
    measure: Measure, window: Sequence[SecondSample], requests: float, failed: float
) -> float | None:
    if measure == "error_rate":
        return failed / requests
    durations = merge(sample.durations for sample in window if sample.durations is not None)
    value = durations.quantile(_SHARES[measure])
    return None if value is None or math.isinf(value) else value * 1000
