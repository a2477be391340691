"""The figures of a timeline and how they follow from counts and a histogram."""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchwright.metrics.histogram import Histogram


class Count(IntEnum):
    """What is counted per second; the position in a list of counts."""

    REQUESTS = 0
    FAILED = 1
    CHECKS_PASSED = 2
    CHECKS_FAILED = 3
    ITERATIONS = 4
    DROPPED_ITERATIONS = 5
    DATA_SENT = 6
    DATA_RECEIVED = 7


COUNTS = len(Count)

COUNT_NAMES = (
    "requests",
    "failed",
    "checks_passed",
    "checks_failed",
    "iterations",
    "dropped_iterations",
    "data_sent_bytes",
    "data_received_bytes",
)
"""What the totals are called, in the order of `Count`."""

RATE_NAMES = tuple(f"{name}_per_s" for name in COUNT_NAMES)
PERCENTILES = (0.5, 0.95, 0.99)
PERCENTILE_NAMES = ("p50_ms", "p95_ms", "p99_ms")
FIGURE_NAMES = RATE_NAMES + PERCENTILE_NAMES
"""The figures of one point, overall or of one scenario, in the order of their columns."""


def percentiles_ms(durations: Histogram | None) -> list[float]:
    """The percentiles of durations in seconds, in ms; NaN where there is none."""
    if durations is None or not durations.count:
        return [math.nan] * len(PERCENTILES)
    values = durations.quantiles(PERCENTILES)
    return [math.nan if value is None else value * 1000 for value in values]


def to_json(value: float) -> float | int | None:
    """A figure as JSON takes it: rounded to what is visible, null for NaN."""
    if not math.isfinite(value):
        return None
    rounded = round(value, 3)
    return int(rounded) if rounded == int(rounded) else rounded


def column(values: NDArray[np.floating[Any]]) -> list[float | int | None]:
    """A column of a timeline as JSON takes it."""
    rounded = np.round(values.astype(np.float64), 3)
    finite = np.isfinite(rounded)
    if finite.all() and (rounded == np.floor(rounded)).all():
        whole: list[float | int | None] = rounded.astype(np.int64).tolist()
        return whole
    if finite.all():
        fractions: list[float | int | None] = rounded.tolist()
        return fractions
    return [
        value if ok else None for value, ok in zip(rounded.tolist(), finite.tolist(), strict=True)
    ]


def totals_object(counts: Sequence[float], durations: Histogram | None) -> dict[str, Any]:
    """Totals with percentiles over the whole time; those are approximate."""
    totals: dict[str, Any] = {
        name: to_json(count) for name, count in zip(COUNT_NAMES, counts, strict=True)
    }
    return totals | {
        name: to_json(value)
        for name, value in zip(PERCENTILE_NAMES, percentiles_ms(durations), strict=True)
    }
