from __future__ import annotations

import uuid
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.metrics.finished import TIMELINE_METRICS, finished_timeline
from benchwright.metrics.gauge_names import gauge_of, is_gauge, name_gauge, split_gauge
from benchwright.metrics.gauges import MAX_GAUGES, GaugeNames, gauge_columns
from benchwright.metrics.live_run import LiveRun
from benchwright.metrics.queries import metric_series
from benchwright.metrics.schemas import Selection
from benchwright.metrics.sealing import seal
from benchwright.metrics.store import open_rows

START_MS = 1_800_000_000_250
WORDS = st.text("abcXYZ019_-", min_size=1, max_size=20)


@given(st.sampled_from(["reported.", "host_device_"]), WORDS, WORDS)
def test_a_gauge_is_found_again_by_metric_and_label(prefix: str, metric: str, thing: str) -> None:
    name = f"{prefix}{metric}:{thing}"
    found, labels = split_gauge(name)
    assert gauge_of(found, labels) == name
    assert is_gauge(name) and is_gauge(found)
    assert split_gauge(found) == (found, {})


def test_units_follow_from_names_except_of_what_is_reported() -> None:
    assert name_gauge("host_device_busy").unit == "ratio"
    assert name_gauge("host_device_wait_ms").unit == "ms"
    assert name_gauge("host_device_reads_per_s").unit == "/s"
    assert name_gauge("process_sent_bytes_per_s").unit == "bytes/s"
    assert name_gauge("reported.memory_bytes").unit == ""


def test_rows_grow_and_older_ones_stay_valid() -> None:
    names = GaugeNames()
    first = names.row({"vus": 1.0})
    second = names.row({"reported.loss": 0.5})
    columns = gauge_columns([first, second], names.names)
    assert set(columns) == {"vus", "reported.loss"}
    assert np.isnan(columns["vus"][1]) and columns["reported.loss"][1] == 0.5
    names.learn(f"reported.n{number}" for number in range(1000))
    assert len(names.names) == MAX_GAUGES


@pytest.mark.parametrize("points", [900, 3])
def test_devices_and_reports_read_the_same_live_and_finished(tmp_path: Path, points: int) -> None:
    run = LiveRun(uuid.UUID(int=1), tmp_path, {})
    for second in range(12):
        figures = {"host_cpu": 0.25, "host_device_busy:vda": second / 20}
        if second % 4 == 0:
            figures |= {"reported.rewards:1": -5.0 - second, "reported.global_step": 1e6 + second}
        run.record_telemetry(figures, START_MS + second * 1000)
    live = run.timeline()
    assert [m.metric for m in run.metrics] == sorted(
        ["host_cpu", "host_device_busy", "reported.global_step", "reported.rewards"]
    )
    rows = open_rows(tmp_path, TIMELINE_METRICS)
    assert rows is not None
    from_journal = finished_timeline(rows, points=points)
    run.close()
    seal(tmp_path)
    rows = open_rows(tmp_path, TIMELINE_METRICS)
    assert rows is not None
    from_file = finished_timeline(rows, points=points)
    assert from_file.gauges == from_journal.gauges
    if points == 900:
        assert from_file.gauges == live.gauges
        # What a workload reports stands at its second only; what is sampled, at each.
        assert live.gauges["reported.rewards:1"][:5] == [-5, None, None, None, -9]
        assert live.gauges["host_device_busy:vda"][:3] == [0, 0.05, 0.1]
        assert live.gauges["reported.global_step"][8] == 1_000_008
    shown = metric_series(rows, "host_device_busy", Selection())
    assert [one.labels for one in shown.series] == [{"device": "vda"}]
    assert shown.unit == "ratio"
