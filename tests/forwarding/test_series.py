from __future__ import annotations

import struct
import uuid

import pytest

from benchwright.forwarding.seconds import Second, Totals
from benchwright.forwarding.series import (
    STALE,
    RunLabels,
    SeriesKey,
    encode,
    encode_end,
    labels_of,
    samples_of,
)
from benchwright.metrics.cells import Cell
from benchwright.metrics.remote_write import read_labels, read_value, split_push
from tests.forwarding.cells import START, cell
from tests.metrics import pushes

RUN = uuid.UUID(int=1)
LABELS = RunLabels(str(RUN), "Köln \udc80", "shop", {"s1": "Items", "s2": "Items", "s3": "Other"})


def values(second: Second) -> dict[str, float]:
    return {
        f"{key.metric}{key.quantile and ' ' + key.quantile}": value
        for key, value in samples_of(second)
    }


def test_a_second_has_totals_rates_percentiles_and_gauges() -> None:
    totals = Totals()
    totals.add(RUN, cell(START, 10, failed=1), ["s1"])
    found = values(totals.add(RUN, cell(START + 1, 20, vus=3, host_cpu=0.5), ["s1"]))
    for prefix in ("benchwright_run", "benchwright_scenario"):
        assert found[f"{prefix}_requests_total"] == 30
        assert found[f"{prefix}_failed_requests_total"] == 1
        assert found[f"{prefix}_requests_per_second"] == 20
        assert found[f"{prefix}_failed_requests_per_second"] == 0
        assert found[f"{prefix}_response_time_seconds_count"] == 30
        assert found[f"{prefix}_response_time_seconds_sum"] == pytest.approx(3)
        for quantile in ("0.5", "0.95", "0.99"):
            found_s = found[f"{prefix}_response_time_seconds {quantile}"]
            assert found_s == pytest.approx(0.1, rel=0.1)
    assert found["benchwright_run_vus"] == 3
    assert found["benchwright_run_host_cpu_ratio"] == 0.5


def test_a_second_without_requests_keeps_totals_and_has_no_percentiles() -> None:
    totals = Totals()
    totals.add(RUN, cell(START, 10), ["s1"])
    quiet = Cell(START + 1)
    quiet.scope(0)
    found = values(totals.add(RUN, quiet, ["s1", "s2"]))
    assert found["benchwright_scenario_requests_total"] == 0  # s2, the last one
    assert found["benchwright_run_requests_total"] == 10
    assert found["benchwright_run_requests_per_second"] == 0
    assert not any("response_time_seconds 0" in name for name in found)
    silent = values(totals.add(RUN, Cell(START + 2, gauges={"host_cpu": 0.1}), ["s1", "s2"]))
    assert silent == {"benchwright_run_host_cpu_ratio": 0.1}


def test_labels_are_sorted_and_tell_scenarios_of_one_name_apart() -> None:
    extra = {"site": "lab", "empty": ""}
    key = SeriesKey(RUN, "benchwright_scenario_requests_total", "s1", "")
    assert labels_of(key, LABELS, extra) == (
        ("__name__", "benchwright_scenario_requests_total"),
        ("project", "shop"),
        ("run", "Köln \udc80"),
        ("run_id", str(RUN)),
        ("scenario", "Items (s1)"),
        ("site", "lab"),
    )
    assert LABELS.scenario("s3") == "Other"
    assert LABELS.scenario("s9") == "s9"


def test_a_body_holds_each_series_once_with_its_samples_in_order() -> None:
    totals = Totals()
    seconds = [totals.add(RUN, cell(START + second), ["s1"]) for second in range(3)]
    stranger = Totals().add(uuid.UUID(int=2), cell(START), ["s1"])
    body, samples = encode([*seconds, stranger], {RUN: LABELS}, {})
    series = split_push(body)
    assert samples == 3 * 2 * 15
    assert len(series) == 2 * 15
    named = {read_labels(labels)[0]: encoded for labels, encoded in series}
    newest = read_value(named["benchwright_run_requests_total"])
    assert newest is not None
    assert (newest.timestamp_ms, newest.value) == ((START + 2) * 1000, 3)
    # As bytes of the protocol, written by hand: the samples of all three seconds, in order.
    written = b"".join(pushes.sample(n + 1, (START + n) * 1000) for n in range(3))
    assert written in named["benchwright_run_requests_total"]
    assert dict(read_labels(series[0][0])[1])["run"] == "Köln ?"


def test_the_end_of_a_series_is_the_mark_that_prometheus_knows() -> None:
    key = SeriesKey(RUN, "benchwright_run_vus", "", "")
    [(_, encoded)] = split_push(encode_end({key: START}, {RUN: LABELS}, {}))
    assert struct.pack("<Q", 0x7FF0000000000002) in encoded
    assert pushes.integer(2, (START + 1) * 1000) in encoded
    assert STALE != STALE  # noqa: PLR0124 - only NaN differs from itself
