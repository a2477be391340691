"""What changed since the run before, in words, and whether that is good."""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

from benchwright.runs.schemas import RunSummary
from benchwright.web import figures

TINY_SHARE = 0.03
"""Two runs of the same hardly differ by less for no reason: it is shown, and not coloured."""
TINY_RATE_POINTS = 0.1
NO_BREAK = figures.NO_BREAK

Tone = Literal["", "good", "bad"]


class Delta(NamedTuple):
    """A change as it reads, and whether it is for the better."""

    text: str
    tone: Tone = ""


class RunDeltas(NamedTuple):
    """What changed in each of the three figures of a run."""

    requests_per_s: Delta | None = None
    response_time_p95_ms: Delta | None = None
    error_rate: Delta | None = None


def share_of_change(
    now: float | None, before: float | None, *, lower_is_better: bool
) -> Delta | None:
    """The change in percent; none where one of the two is missing or there was nothing."""
    if now is None or before is None or before <= 0:
        return None
    change = now / before - 1
    tone: Tone = ""
    if abs(change) >= TINY_SHARE:
        tone = "good" if (change < 0) is lower_is_better else "bad"
    return Delta(_percent(change), tone)


def points_of_change(now: float | None, before: float | None) -> Delta | None:
    """The change of a share in percentage points: of nothing there is no percentage."""
    if now is None or before is None:
        return None
    points = (now - before) * 100
    if abs(points) < 0.005:
        return Delta(f"±0{NO_BREAK}pp") if now or before else None
    tone: Tone = ""
    if abs(points) >= TINY_RATE_POINTS:
        tone = "bad" if points > 0 else "good"
    return Delta(f"{_sign(points)}{figures.significant(abs(points), 2)}{NO_BREAK}pp", tone)


def deltas_of(run: RunSummary) -> RunDeltas:
    """What changed since the run before; without colour where the two did not do the same."""
    before = run.before
    if before is None:
        return RunDeltas()
    found = RunDeltas(
        share_of_change(run.requests_per_s, before.requests_per_s, lower_is_better=False),
        share_of_change(
            run.response_time_p95_ms, before.response_time_p95_ms, lower_is_better=True
        ),
        points_of_change(run.error_rate, before.error_rate),
    )
    if before.same_workload:
        return found
    return RunDeltas(*(delta and delta._replace(tone="") for delta in found))


def _percent(change: float) -> str:
    percent = change * 100
    if abs(percent) < 0.5:
        return f"±0{NO_BREAK}%"
    if percent > 900:
        return f"×{NO_BREAK}{figures.significant(change + 1, 2)}"
    return f"{_sign(percent)}{math.floor(abs(percent) + 0.5)}{NO_BREAK}%"


def _sign(value: float) -> str:
    return "+" if value > 0 else "\N{MINUS SIGN}"
