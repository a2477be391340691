from __future__ import annotations

import json
import uuid
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.kit.errors import Gone, Unavailable
from benchwright.metrics import sample_intake, service
from benchwright.metrics.histogram import Histogram, observe
from benchwright.metrics.journal import JOURNAL_NAME, Journal
from benchwright.metrics.live import LiveRegistry
from benchwright.metrics.live_run import LiveRun
from benchwright.metrics.naming import MetricKind, MetricName
from benchwright.metrics.sample_frames import decode_samples, encode_samples, sampled_span
from benchwright.metrics.samples import SampleBatch, Sampled, SampleSeries, SampleTable
from benchwright.metrics.schemas import Selection, Timeline
from tests.metrics.lines import START_S, k6_request, k6_vus, points

RUN_ID = uuid.UUID(int=7)


def open_run(folder: Path) -> LiveRun:
    return LiveRun(RUN_ID, folder, {})


def ingest(run: LiveRun, *lines: str, after_s: float = 1) -> int:
    return run.ingest_points(points(*lines), int((START_S + after_s) * 1000))


def totals(timeline: Timeline) -> dict[str, float | int | None]:
    return timeline.totals.overall


def finish(run: LiveRun) -> Timeline:
    """Seals the run, and the timeline that its file gives."""
    registry = LiveRegistry()
    run.close()
    registry.close(RUN_ID, run.folder)
    return service.get_timeline(registry, RUN_ID, run.folder)


def test_raw_samples_of_k6_are_the_figures_of_a_load_test(tmp_path: Path) -> None:
    run = open_run(tmp_path)
    for second in range(3):
        requests = [k6_request(second + n / 100, 100.0 * (second + 1)) for n in range(20)]
        ingest(run, *requests, k6_request(second + 0.5, 900, ok=False), k6_vus(second, 4))
    live = run.timeline()
    assert live.overall["requests_per_s"] == [21, 21, 21]
    assert live.overall["failed_per_s"] == [1, 1, 1]
    assert live.overall["p50_ms"] == pytest.approx([100, 200, 300], rel=0.1)
    assert live.gauges["vus"] == [4, 4, 4]
    assert live.scenarios["default"]["requests_per_s"] == [21, 21, 21]
    assert live.times_ms == [(START_S + second) * 1000 for second in range(3)]
    assert (totals(live)["checks_passed"], totals(live)["checks_failed"]) == (60, 3)
    [failed, check] = sorted(run.failures.groups, key=lambda group: group.kind, reverse=True)
    assert (failed.name, failed.status, failed.count) == ("http://shop/items", 500, 3)
    assert (check.name, check.count) == ("it works", 3)
    assert [metric.metric for metric in run.metrics] == [
        "benchwright_checks", "http_req_duration", "http_reqs", "vus", "vus_max",
    ]  # fmt: skip

    stored = finish(run)
    assert stored.overall == live.overall
    assert totals(stored) == totals(live)
    assert stored.gauges["vus"] == [4, 4, 4]


def test_a_restart_loses_nothing(tmp_path: Path) -> None:
    run = open_run(tmp_path)
    ingest(run, k6_request(0, 100), k6_vus(0, 1))
    before = run.timeline()
    run.close()
    again = open_run(tmp_path)
    assert again.timeline().overall == before.overall
    ingest(again, k6_request(1, 100), "cpu,host=a usage=3 1750000001000000000")
    assert totals(finish(again))["requests"] == 2


def test_samples_count_when_they_happened_however_late_they_come(tmp_path: Path) -> None:
    run = open_run(tmp_path)
    ingest(run, *(k6_request(second, 10) for second in range(200)), after_s=200)
    ingest(run, k6_request(5, 10), k6_request(6, 10), after_s=201)
    stored = finish(run)
    assert stored.overall["requests_per_s"][4:8] == [1, 2, 2, 1]
    assert totals(stored)["requests"] == 202


def test_a_clock_that_is_ahead_moves_no_live_figure_far(tmp_path: Path) -> None:
    run = open_run(tmp_path)
    ingest(run, k6_request(500, 10), after_s=1)
    ingest(run, k6_request(2, 10), after_s=2)
    assert run.timeline().times_ms[-1] <= (START_S + 4) * 1000
    assert totals(run.timeline())["requests"] == 2


def test_other_measurements_are_gauges_by_field(tmp_path: Path) -> None:
    run, registry = open_run(tmp_path), LiveRegistry()
    ingest(run, 'cpu,host=a,cpu=cpu0 usage_user=1.5,usage_idle=98i,note="x" 1750000000000000000')
    ingest(run, "cpu,cpu=cpu0,host=a usage_user=2.5 1750000000500000000")
    ingest(run, "cpu,cpu=cpu0,host=b usage_user=7 1750000001000000000", "load value=3")
    assert [metric.metric for metric in run.metrics] == ["cpu.usage_idle", "cpu.usage_user", "load"]
    assert not run.has_figures
    finish(run)
    series = service.get_metric_series(registry, RUN_ID, tmp_path, "cpu.usage_user", Selection())
    assert [(one.labels["host"], one.columns["value"]) for one in series.series] == [
        ("a", [2.5, None]), ("b", [None, 7]),
    ]  # fmt: skip


def test_a_journal_of_a_run_under_way_answers_too(tmp_path: Path) -> None:
    run, registry = open_run(tmp_path), LiveRegistry()
    ingest(run, "cpu,host=a usage=1 1750000000000000000", "cpu,host=a usage=2 1750000600000000000")
    series = service.get_metric_series(registry, RUN_ID, tmp_path, "cpu.usage", Selection())
    assert series.series[0].columns["value"] == [1, 2]
    run.close()


def test_series_are_refused_when_there_are_too_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sample_intake, "MAX_SERIES", 3)
    run = open_run(tmp_path)
    lines = [f"m,n={number} v=1 1750000000000000000" for number in range(5)]
    assert ingest(run, *lines) == 2
    assert ingest(run, *lines) == 2  # those that are known go on
    finish(run)
    series = service.get_metric_series(LiveRegistry(), RUN_ID, tmp_path, "m.v", Selection())
    assert len(series.series) == 3


def test_what_the_disk_does_not_take_is_not_taken_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = open_run(tmp_path)

    def refuse(journal: Journal, received_ms: int, payload: bytes) -> None:
        raise Unavailable("The disk is full.")

    with monkeypatch.context() as patched:
        patched.setattr(Journal, "append_samples", refuse)
        with pytest.raises(Unavailable):
            ingest(run, k6_request(0, 10))
    assert not run.has_figures
    ingest(run, k6_request(0, 10))
    assert totals(finish(run))["requests"] == 1


def test_after_the_end_nothing_is_taken_in(tmp_path: Path) -> None:
    run = open_run(tmp_path)
    run.close()
    with pytest.raises(Gone):
        ingest(run, k6_request(0, 10))
    assert (tmp_path / JOURNAL_NAME).exists()


NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
SAMPLED = st.one_of(NUMBERS, st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=4).map(observe))


@given(
    rows=st.dictionaries(st.integers(-(2**40), 2**40), st.lists(SAMPLED, max_size=4), max_size=4)
)
def test_a_frame_holds_what_was_written(rows: dict[int, list[Sampled]]) -> None:
    series = [
        SampleSeries(number, MetricName("m", MetricKind.GAUGE, ""), {"n": f"{number}"})
        for number in range(4)
    ]
    seconds = {
        second: dict(zip(series, values, strict=False)) for second, values in sorted(rows.items())
    }
    payload = encode_samples(SampleBatch(seconds, series))
    frame = decode_samples(payload)
    assert [(s.number, s.labels) for s in frame.fresh] == [(s.number, s.labels) for s in series]
    found = {(second, number): value for number, second, value in frame.rows}
    assert found == {
        (second, one.number): value for second, row in seconds.items() for one, value in row.items()
    }
    assert sampled_span(payload) == (min(rows, default=0), max(rows, default=0))


@pytest.mark.parametrize("payload", [b"", b"x" * 28, json.dumps([]).encode() * 20])
def test_a_frame_without_sense_is_no_frame(payload: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        decode_samples(payload)


def test_values_of_one_second_become_one(tmp_path: Path) -> None:
    table = SampleTable(10)
    batch = table.bring_together(
        points(
            "iterations value=1 1750000000000000000",
            "iterations value=2 1750000000900000000",
            "vus value=3 1750000000000000000",
            "vus value=4 1750000000900000000",
            "iteration_duration value=1000 1750000000000000000",
            "iteration_duration value=3000 1750000000900000000",
        )
    )
    [(second, row)] = batch.seconds.items()
    assert second == START_S
    by_name = {series.name.metric: value for series, value in row.items()}
    durations = by_name.pop("iteration_duration")
    assert isinstance(durations, Histogram)
    assert (durations.count, durations.sum) == (2, 4.0)
    assert by_name == {"iterations": 3, "vus": 4}
