"""The values of a run's gauges, in rows that grow with the gauges that come."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from benchwright.metrics.gauge_names import GAUGE_NAMES

MAX_GAUGES = 128
"""Different gauges of one run that are shown over time."""

GaugeRow = NDArray[np.float64]


class GaugeNames:
    """The places of gauges in rows; it only grows, so that older rows stay valid."""

    def __init__(self) -> None:
        self.names: list[str] = list(GAUGE_NAMES)
        self._known = set(self.names)

    def learn(self, names: Iterable[str]) -> None:
        """Gives new gauges a place, as long as there are any."""
        for name in names:
            if name not in self._known and len(self.names) < MAX_GAUGES:
                self._known.add(name)
                self.names.append(name)

    def row(self, gauges: Mapping[str, float]) -> GaugeRow:
        """The values by place; NaN where there is none."""
        self.learn(gauges)
        return np.array([gauges.get(name, math.nan) for name in self.names], np.float64)


def gauge_columns(rows: Iterable[GaugeRow], names: list[str]) -> dict[str, GaugeRow]:
    """A column by name for rows that may be of different lengths; those without a value are left out."""
    kept = list(rows)
    table = np.full((len(kept), len(names)), math.nan)
    for place, row in enumerate(kept):
        table[place, : len(row)] = row
    return {
        name: table[:, place]
        for place, name in enumerate(names)
        if not np.isnan(table[:, place]).all()
    }
