"""The gauges of a run: those that every run may have, and those that its machine or workload names.

A gauge that there is once for each of several things is called `metric:thing`; stored series have
the thing as a label.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from benchwright.metrics.figures import GAUGE_NAMES
from benchwright.metrics.naming import MetricKind, MetricName

DEVICE_PREFIX = "host_device_"
REPORTED_PREFIX = "reported."
MAX_GAUGES = 128
"""Different gauges of one run that are shown over time."""

_UNITS = {
    "cpu": "ratio",
    "busy": "ratio",
    "bytes": "bytes",
    "bytes_per_s": "bytes/s",
    "_per_s": "/s",
    "_ms": "ms",
}

GaugeRow = NDArray[np.float64]


def is_gauge(name: str) -> bool:
    """Whether a figure is one that timelines show."""
    return name in GAUGE_NAMES or name.startswith((DEVICE_PREFIX, REPORTED_PREFIX))


def split_gauge(name: str) -> tuple[str, dict[str, str]]:
    """The metric of a gauge and its labels."""
    metric, _, thing = name.partition(":")
    if not thing:
        return metric, {}
    return metric, {"device" if metric.startswith(DEVICE_PREFIX) else "item": thing}


def name_gauge(metric: str) -> MetricName:
    """The metric with its unit; of what a workload reports nobody knows that, whatever it is called."""
    unit = ""
    if not metric.startswith(REPORTED_PREFIX):
        unit = next((unit for end, unit in _UNITS.items() if metric.endswith(end)), "")
    return MetricName(metric, MetricKind.GAUGE, unit)


def gauge_of(metric: str, labels: Mapping[str, str]) -> str:
    """The gauge that a stored series holds the values of; the opposite of `split_gauge`."""
    if metric in GAUGE_NAMES:
        return metric
    thing = labels.get("device" if metric.startswith(DEVICE_PREFIX) else "item")
    return f"{metric}:{thing}" if thing else metric


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
