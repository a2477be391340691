"""Which series a field of a point belongs to: k6's own measurements are known, others are gauges."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from benchwright.metrics.naming import MetricKind, MetricName, read_metric_name

VALUE_FIELD = "value"
UNUSED_K6_TAGS = frozenset({"url", "vu", "iter", "ip"})
"""Tags that differ with almost every request; `name` says what is asked for."""

_MS = 0.001
_K6_COUNTERS = {
    "http_reqs": "k6_http_reqs_total",
    "iterations": "k6_iterations_total",
    "dropped_iterations": "k6_dropped_iterations_total",
    "data_sent": "k6_data_sent_total",
    "data_received": "k6_data_received_total",
    "ws_sessions": "k6_ws_sessions_total",
    "ws_msgs_sent": "k6_ws_msgs_sent_total",
    "ws_msgs_received": "k6_ws_msgs_received_total",
}
_K6_GAUGES = {"vus": "k6_vus", "vus_max": "k6_vus_max"}
_K6_TIMES = (
    "http_req_duration", "http_req_blocked", "http_req_connecting", "http_req_tls_handshaking",
    "http_req_sending", "http_req_waiting", "http_req_receiving", "iteration_duration",
    "group_duration", "grpc_req_duration", "ws_connecting", "ws_session_duration", "ws_ping",
)  # fmt: skip
_K6_CHECKS = "checks"
CHECKS_NAME = "k6_benchwright_checks_total"
_K6_FAILED = "http_req_failed"
"""What `http_reqs` says too, by its tags, and in a form that can be added up."""


class Naming(NamedTuple):
    """What becomes of a field: `sent` is the name that live figures know, if they need it."""

    name: MetricName
    labels: dict[str, str]
    sent: str = ""
    scale: float = 1.0
    is_check: bool = False


def name_series(measurement: str, tags: Mapping[str, str], field: str) -> Naming | None:
    """The series of a field, or nothing where another series says the same."""
    if field == VALUE_FIELD:
        if (sent := _K6_COUNTERS.get(measurement) or _K6_GAUGES.get(measurement)) is not None:
            return Naming(read_metric_name(sent, is_histogram=False), _k6_labels(tags), sent)
        if measurement in _K6_TIMES:
            sent = f"k6_{measurement}_seconds"
            name = read_metric_name(sent, is_histogram=True)
            return Naming(name, _k6_labels(tags), sent, _MS)
        if measurement == _K6_CHECKS and "check" in tags:
            name = read_metric_name(CHECKS_NAME, is_histogram=False)
            return Naming(name, _k6_labels(tags), CHECKS_NAME, is_check=True)
        if measurement == _K6_FAILED:
            return None
        return Naming(MetricName(measurement, MetricKind.GAUGE, _unit(measurement)), dict(tags))
    name = MetricName(f"{measurement}.{field}", MetricKind.GAUGE, _unit(field))
    return Naming(name, dict(tags))


def _k6_labels(tags: Mapping[str, str]) -> dict[str, str]:
    return {key: text for key, text in tags.items() if key not in UNUSED_K6_TAGS}


def _unit(name: str) -> str:
    if name.endswith("_bytes"):
        return "bytes"
    return "s" if name.endswith("_seconds") else ""
