from __future__ import annotations

import pytest

from benchwright.metrics.naming import MetricKind, MetricName, read_metric_name


@pytest.mark.parametrize(
    "sent,is_histogram,name",
    [
        ("k6_http_req_duration_seconds", True, MetricName("http_req_duration", MetricKind.HISTOGRAM, "s")),
        ("k6_my_trend", True, MetricName("my_trend", MetricKind.HISTOGRAM, "")),
        ("k6_http_reqs_total", False, MetricName("http_reqs", MetricKind.COUNTER, "")),
        ("k6_data_sent_total", False, MetricName("data_sent", MetricKind.COUNTER, "bytes")),
        ("k6_checks_rate", False, MetricName("checks", MetricKind.RATIO, "ratio")),
        ("k6_vus", False, MetricName("vus", MetricKind.GAUGE, "")),
        ("node_cpu_seconds_total", False, MetricName("node_cpu_seconds_total", MetricKind.COUNTER, "s")),
        ("process_resident_memory_bytes", False, MetricName("process_resident_memory_bytes", MetricKind.GAUGE, "bytes")),
        ("rpc_seconds", True, MetricName("rpc_seconds", MetricKind.HISTOGRAM, "s")),
    ],
)  # fmt: skip
def test_names_are_read(sent: str, is_histogram: bool, name: MetricName) -> None:
    assert read_metric_name(sent, is_histogram=is_histogram) == name
