"""Where the parts of a small chart of single values stand: values in, positions out.

Across, positions are shares of the width, so that a browser draws it as wide as it likes and its
text keeps its size; down, they are pixels.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from benchwright.web.scales import round_values

HEIGHT = 150
TOP, BOTTOM = 36, 10
"""Above is room for what a value says."""
LEFT_SHARE, RIGHT_SHARE = 0.02, 0.98
MAX_TICKS = 4
SMALLEST = 1e-300
"""What is below has no quarter that a float can hold."""


class Spot(NamedTuple):
    """A value's place; `place` is that in what was given."""

    place: int
    x: str
    y: float


class Link(NamedTuple):
    """A line between neighbours."""

    x1: str
    y1: float
    x2: str
    y2: float


class Tick(NamedTuple):
    """A line of the grid at a round value."""

    value: float
    y: float


class HistoryChart(NamedTuple):
    """All that is drawn; without any value there are no ticks either."""

    spots: list[Spot]
    links: list[Link]
    ticks: list[Tick]
    limit_y: float | None
    breaks: list[str]
    """Between which neighbours the plan changed, as positions across."""
    height: int = HEIGHT
    top: int = TOP
    bottom: int = HEIGHT - BOTTOM


def lay_out(
    values: Sequence[float | None], *, breaks: Sequence[int] = (), limit: float | None = None
) -> HistoryChart:
    """Places values from old to new; `None` is a gap, `breaks` are before which nothing compares.

    The scale begins at 0 and holds the limit too: what is small must look small.
    """
    known = [v for v in values if v is not None and math.isfinite(v)]
    across = [_share(i, len(values)) for i in range(len(values))]
    marks = [
        _percent((across[i - 1] + across[i]) / 2)
        for i in sorted(set(breaks))
        if 0 < i < len(values)
    ]
    if not known:
        return HistoryChart([], [], [], None, marks)
    highest = max([*known, limit] if limit is not None else known)
    ticks = round_values(highest, MAX_TICKS, beyond=False)
    top = max(highest, ticks[-1])

    def down(value: float) -> float:
        share = max(value, 0.0) / top if top > 0 else 0.0
        return round(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM), 1)

    spots = [
        Spot(i, _percent(across[i]), down(v))
        for i, v in enumerate(values)
        if v is not None and math.isfinite(v)
    ]
    cut = set(breaks)
    links = [
        Link(one.x, one.y, two.x, two.y)
        for one, two in pairwise(spots)
        # A gap is no reason to break the line, another plan is.
        if not any(one.place < at <= two.place for at in cut)
    ]
    return HistoryChart(
        spots,
        links,
        [Tick(tick, down(tick)) for tick in ticks],
        down(limit) if limit is not None else None,
        marks,
    )


def _share(index: int, count: int) -> float:
    if count == 1:
        return 0.5
    return LEFT_SHARE + (RIGHT_SHARE - LEFT_SHARE) * index / (count - 1)


def _percent(share: float) -> str:
    return f"{share * 100:.2f}%"
