"""The names of gauges: those that every run may have, and those that its machine or workload names.

A gauge that there is once for each of several things is called `metric:thing`; stored series have
the thing as a label.
"""

from __future__ import annotations

from collections.abc import Mapping

from benchwright.metrics.naming import MetricKind, MetricName

GAUGE_NAMES = (
    "vus",
    "vus_max",
    "host_cpu",
    "host_memory_bytes",
    "process_cpu",
    "process_memory_bytes",
    "host_disk_read_bytes_per_s",
    "host_disk_written_bytes_per_s",
    "host_network_received_bytes_per_s",
    "host_network_sent_bytes_per_s",
    "process_read_bytes_per_s",
    "process_written_bytes_per_s",
    "process_received_bytes_per_s",
    "process_sent_bytes_per_s",
)
"""Figures that belong to the run as a whole; shares are 0..1 of all processors."""

DEVICE_PREFIX = "host_device_"
REPORTED_PREFIX = "reported."

_UNITS = {
    "cpu": "ratio",
    "busy": "ratio",
    "bytes": "bytes",
    "bytes_per_s": "bytes/s",
    "_per_s": "/s",
    "_ms": "ms",
}


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
