"""The path of a sparkline: a row of values as a small line without axes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from benchwright.web.scales import path_of, segments_of

MARGIN = 2.0
"""Room for the width of the line and the dot at its end."""


class Sparkline:
    """A line in a box of `width` × `height`; `None` and what is not finite leave a gap."""

    def __init__(self, values: Iterable[float | None], width: float, height: float) -> None:
        points = _thin(list(values), max(int(width), 2))
        known = [value for _, value in points if value is not None]
        low, high = (min(known), max(known)) if known else (0.0, 0.0)
        # Half of each first: the difference of two large numbers may be too large for a float.
        span = high / 2 - low / 2
        last = max((place for place, _ in points), default=0) or 1

        def place_of(place: int, value: float | None) -> tuple[float, float | None]:
            x = round(MARGIN + place / last * (width - 2 * MARGIN), 1)
            if value is None:
                return x, None
            share = (value / 2 - low / 2) / span if span else 0.5
            return x, round(height - MARGIN - share * (height - 2 * MARGIN), 1)

        self.segments = segments_of(place_of(*point) for point in points)

    @property
    def path(self) -> str:
        """What `d` of an SVG path takes."""
        return path_of(self.segments)

    @property
    def end(self) -> tuple[float, float] | None:
        """Where the last known value stands."""
        return self.segments[-1][-1] if self.segments else None


def _thin(values: Sequence[float | None], columns: int) -> list[tuple[int, float | None]]:
    """Each value with its place; of too many, the extremes of each column, so that peaks stay."""
    cleaned = [v if v is not None and math.isfinite(v) else None for v in values]
    if len(cleaned) <= 2 * columns:
        return list(enumerate(cleaned))
    thinned: list[tuple[int, float | None]] = []
    for column in range(columns):
        first, end = (len(cleaned) * c // columns for c in (column, column + 1))
        known = [(v, place) for place, v in enumerate(cleaned[first:end], first) if v is not None]
        if known:
            thinned += sorted((place, value) for value, place in {min(known), max(known)})
        else:
            thinned.append((first, None))
    return thinned
