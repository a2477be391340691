"""From the names that a sender uses to the names, kinds and units of Benchwright."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

K6_PREFIX = "k6_"


class MetricKind(StrEnum):
    """How values of a metric may be combined: only counters and histograms are ever added."""

    COUNTER = "counter"
    GAUGE = "gauge"
    RATIO = "ratio"
    HISTOGRAM = "histogram"


class MetricName(NamedTuple):
    """A metric as a user knows it; `unit` is `s`, `bytes`, `ratio` or empty."""

    metric: str
    kind: MetricKind
    unit: str


_COUNTER_ENDINGS = ("_total", "_count", "_sum", "_bucket")


def read_metric_name(sent: str, *, is_histogram: bool) -> MetricName:
    """What `sent` is called here: k6's prefix and suffixes go, other tools' names stay."""
    if not sent.startswith(K6_PREFIX):
        if is_histogram:
            return MetricName(sent, MetricKind.HISTOGRAM, _unit_of(sent))
        counts = sent.endswith(_COUNTER_ENDINGS)
        return MetricName(sent, MetricKind.COUNTER if counts else MetricKind.GAUGE, _unit_of(sent))
    name = sent.removeprefix(K6_PREFIX)
    if is_histogram:
        if name.endswith("_seconds"):
            return MetricName(name.removesuffix("_seconds"), MetricKind.HISTOGRAM, "s")
        return MetricName(name, MetricKind.HISTOGRAM, _unit_of(name))
    if name.endswith("_total"):
        name = name.removesuffix("_total")
        unit = "bytes" if name in {"data_sent", "data_received"} else ""
        return MetricName(name, MetricKind.COUNTER, unit)
    if name.endswith("_rate"):
        return MetricName(name.removesuffix("_rate"), MetricKind.RATIO, "ratio")
    return MetricName(name, MetricKind.GAUGE, _unit_of(name))


def _unit_of(name: str) -> str:
    base = name.removesuffix("_total")
    if base.endswith("_seconds"):
        return "s"
    return "bytes" if base.endswith("_bytes") else ""
