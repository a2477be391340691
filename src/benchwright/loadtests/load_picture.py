"""The load over time as lines to be drawn: one picture for each unit that loads are counted in."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from benchwright.loadtests.profile import LoadUnit, Point, ScenarioProfile
from benchwright.web.scales import round_up

WIDTH = 1000
HEIGHT = 100
SERIES = 8
"""Scenarios that charts tell apart by colour, as those of a run do."""

MAX_POINTS = 2000


@dataclass(frozen=True)
class Line:
    """The load of a scenario and of all before it, as points of an SVG polygon.

    `color` is its place in the palette. Drawn from the last to the first, each shows its share.
    """

    name: str
    color: int
    points: str
    is_limit: bool
    """Whether it only ends at the latest there, as a number of iterations decides."""


@dataclass(frozen=True)
class Picture:
    """All loads of one unit. `total` is the outline of their sum, `peak` its highest point."""

    # Lists are drawn as they are: the highest line comes first.

    unit: LoadUnit
    lines: list[Line]
    total: str
    peak: float
    top: float
    length_s: float
    hidden: int
    """How many scenarios are only part of the total."""


def draw_loads(profiles: Sequence[ScenarioProfile | None]) -> list[Picture]:
    """Pictures on one time axis; None stands for a scenario whose load is not known yet."""
    known = [(index, profile) for index, profile in enumerate(profiles) if profile is not None]
    length_s = max((profile.points[-1][0] for _, profile in known), default=0.0)
    pictures = []
    units: tuple[LoadUnit, ...] = ("iterations/s", "vus")
    for unit in units:
        mine = [(index, profile) for index, profile in known if profile.unit == unit]
        if mine:
            pictures.append(_draw(unit, mine, length_s or 1.0))
    return pictures


def total_load(profiles: Iterable[ScenarioProfile]) -> list[Point]:
    """The corners of the sum of all loads; where it jumps, two points have the same time."""
    jumps: dict[float, float] = defaultdict(float)
    slopes: dict[float, float] = defaultdict(float)
    for profile in profiles:
        jumps[profile.points[0][0]] += profile.points[0][1]
        for (begin, low), (end, high) in pairwise(profile.points):
            if end > begin:
                slope = (high - low) / (end - begin)
                slopes[begin] += slope
                slopes[end] -= slope
            else:
                jumps[begin] += high - low
        jumps[profile.points[-1][0]] -= profile.points[-1][1]
    corners: list[Point] = []
    at = level = slope = 0.0
    for time in sorted({*jumps, *slopes}):
        level += slope * (time - at)
        corners.append((time, _clean(level)))
        if jump := jumps.get(time):
            level += jump
            corners.append((time, _clean(level)))
        slope += slopes.get(time, 0.0)
        at = time
    return corners


def _draw(unit: LoadUnit, profiles: list[tuple[int, ScenarioProfile]], length_s: float) -> Picture:
    total = total_load(profile for _, profile in profiles)
    peak = max(load for _, load in total)
    top = round_up(peak)
    shown = [(index, profile) for index, profile in profiles if index < SERIES]
    lines = [
        Line(
            name=profile.name,
            color=index + 1,
            points=_points(total_load(p for _, p in shown[: place + 1]), length_s, top),
            is_limit=profile.is_limit,
        )
        for place, (index, profile) in enumerate(shown)
    ]
    return Picture(
        unit=unit,
        lines=lines[::-1],
        total=_points(total, length_s, top),
        peak=peak,
        top=top,
        length_s=length_s,
        hidden=len(profiles) - len(shown),
    )


def _points(points: list[Point], length_s: float, top: float) -> str:
    return " ".join(
        f"{WIDTH * time / length_s:.1f},{HEIGHT * (1 - load / top):.2f}"
        for time, load in _thinned(points)
    )


def _thinned(points: list[Point]) -> list[Point]:
    step = math.ceil(len(points) / MAX_POINTS)
    return points if step <= 1 else [*points[::step], points[-1]]


def _clean(level: float) -> float:
    # Sums of many slopes leave a trace where nothing should be.
    return 0.0 if abs(level) < 1e-9 else level
