from __future__ import annotations

import random
import uuid
from collections.abc import Container
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchwright.kit.errors import BadRequest, NotFound, Problem, TooLarge, Unavailable
from benchwright.metrics import deltas, sealing, store
from benchwright.metrics.duck import DUCK
from benchwright.metrics.finished import TIMELINE_METRICS, finished_timeline
from benchwright.metrics.heat_maps import heat_map
from benchwright.metrics.histogram import Histogram, observe
from benchwright.metrics.journal import JOURNAL_NAME, Journal
from benchwright.metrics.live_run import LiveRun
from benchwright.metrics.queries import metric_series
from benchwright.metrics.schemas import Selection
from benchwright.metrics.sealing import SERIES_NAME, seal
from benchwright.metrics.series_rows import SeriesRows
from benchwright.metrics.store import open_rows
from tests.metrics import pushes
from tests.metrics.pushes import Sender

START_MS = 1_800_000_000_250


def record(folder: Path, seconds: int = 30, scenarios: int = 2) -> tuple[LiveRun, Sender]:
    chance = random.Random(5)
    names = [f"s{number}" for number in range(1, scenarios + 1)]
    run, sender = LiveRun(uuid.UUID(int=1), folder, dict.fromkeys(names, "")), Sender()
    for second in range(seconds):
        for name in names:
            for _ in range(chance.randint(0, 12)):
                sender.request(chance.lognormvariate(-3, 1), name, ok=chance.random() < 0.9)
        sender.dropped["s1"] = second
        sender.vus = 1 + second % 7
        if second not in (9, 10):
            run.ingest(sender.body(), START_MS + second * 1000)
        run.record_telemetry({"host_cpu": second / 100}, START_MS + second * 1000 + 300)
    run.close()
    return run, sender


def rows_in(folder: Path, metrics: Container[str] | None = None) -> SeriesRows:
    rows = open_rows(folder, metrics)
    assert rows is not None
    return rows


def comparable(timeline: Any) -> dict[str, Any]:
    shown: dict[str, Any] = timeline.model_dump()
    del shown["cursor_ms"], shown["live"]
    return shown


@pytest.mark.parametrize("points", [900, 10, 1])
def test_live_journal_and_file_show_the_same(tmp_path: Path, points: int) -> None:
    run, _ = record(tmp_path)
    from_journal = finished_timeline(rows_in(tmp_path, TIMELINE_METRICS), points=points)
    seal(tmp_path)
    from_file = finished_timeline(rows_in(tmp_path), points=points)
    assert comparable(from_file) == comparable(from_journal)
    if points == 900:
        assert comparable(from_file) == comparable(run.timeline())


def test_percentiles_of_wide_steps_come_from_merged_histograms(tmp_path: Path) -> None:
    _, sender = record(tmp_path)
    seal(tmp_path)
    timeline = finished_timeline(rows_in(tmp_path), points=1)
    everything = observe([value for values in sender.durations_s.values() for value in values])
    assert timeline.step_s == 30
    assert timeline.overall["p95_ms"] == pytest.approx([everything.quantile(0.95) * 1000], rel=1e-3)  # type: ignore[operator]  # not empty
    assert timeline.totals.overall["requests"] == everything.count
    assert timeline.overall["requests_per_s"] == pytest.approx([everything.count / 30], rel=1e-3)


def test_a_range_and_a_scenario_narrow_the_timeline(tmp_path: Path) -> None:
    record(tmp_path)
    seal(tmp_path)
    rows = rows_in(tmp_path)
    whole = finished_timeline(rows)
    part = finished_timeline(rows, from_ms=START_MS + 5000, to_ms=START_MS + 8000, scenario="s2")
    assert part.times_ms == whole.times_ms[5:9]
    assert part.scenarios == {"s2": {k: v[5:9] for k, v in whole.scenarios["s2"].items()}}
    assert part.overall["requests_per_s"] == whole.overall["requests_per_s"][5:9]


def test_sealing_may_be_repeated_after_every_step_of_it(tmp_path: Path) -> None:
    record(tmp_path)
    journal = (tmp_path / JOURNAL_NAME).read_bytes()
    seal(tmp_path)
    once = comparable(finished_timeline(rows_in(tmp_path)))
    # As if the server had been killed between renaming the file and deleting the journal.
    (tmp_path / JOURNAL_NAME).write_bytes(journal)
    (tmp_path / f"{SERIES_NAME}.tmp").write_bytes(b"half a file")
    (tmp_path / f"{SERIES_NAME}.part0").write_bytes(b"half a part")
    seal(tmp_path)
    seal(tmp_path)
    assert comparable(finished_timeline(rows_in(tmp_path))) == once
    assert [path.name for path in tmp_path.iterdir()] == [SERIES_NAME]


def test_many_parts_become_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record(tmp_path)
    expected = comparable(finished_timeline(rows_in(tmp_path, TIMELINE_METRICS)))
    monkeypatch.setattr(sealing, "PART_ROWS", 7)
    seal(tmp_path)
    assert comparable(finished_timeline(rows_in(tmp_path))) == expected
    assert [path.name for path in tmp_path.iterdir()] == [SERIES_NAME]


def test_a_process_of_its_own_writes_the_same(tmp_path: Path) -> None:
    record(tmp_path, seconds=5)
    expected = comparable(finished_timeline(rows_in(tmp_path, TIMELINE_METRICS)))
    seal(tmp_path, apart=True)
    assert comparable(finished_timeline(rows_in(tmp_path))) == expected
    assert [path.name for path in tmp_path.iterdir()] == [SERIES_NAME]


def test_a_process_of_its_own_that_fails_leaves_the_journal(tmp_path: Path) -> None:
    record(tmp_path, seconds=2)
    (tmp_path / f"{SERIES_NAME}.part0").mkdir()
    with pytest.raises(Unavailable, match="could not be written"):
        seal(tmp_path, apart=True)
    assert (tmp_path / JOURNAL_NAME).exists()
    assert not (tmp_path / SERIES_NAME).exists()


def test_long_runs_are_stored_in_wider_steps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, _ = record(tmp_path)
    monkeypatch.setattr(deltas, "MAX_STEPS", 10)
    monkeypatch.setattr(sealing, "choose_step_s", lambda path: deltas.choose_step_s(path, 10))
    seal(tmp_path)
    rows = rows_in(tmp_path)
    assert rows.extent.step_s == 3
    timeline = finished_timeline(rows)
    assert timeline.step_s == 3
    assert comparable(timeline)["totals"] == comparable(run.timeline())["totals"]


def test_metrics_are_told_with_kind_and_unit(tmp_path: Path) -> None:
    run, _ = record(tmp_path)
    seal(tmp_path)
    names = {series.name.metric: series.name for series in rows_in(tmp_path).catalogue}
    assert {name.metric for name in run.metrics} | {"host_cpu"} == set(names)
    assert names["http_req_duration"][1:] == ("histogram", "s")
    assert names["host_cpu"][1:] == ("gauge", "ratio")


def test_series_of_a_metric_are_shown_apart_or_added_up(tmp_path: Path) -> None:
    _, sender = record(tmp_path)
    seal(tmp_path)
    rows = rows_in(tmp_path)
    apart = metric_series(rows, "http_reqs", Selection())
    assert len(apart.series) == 4
    added = metric_series(rows, "http_reqs", Selection(by=["scenario"], points=1))
    totals = {s.labels["scenario"]: s.columns["value"] for s in added.series}
    for name in ("s1", "s2"):
        counted = sum(len(sender.durations_s.get((name, ok), ())) for ok in ("true", "false"))
        assert totals[name] == [counted]
    narrowed = metric_series(rows, "http_reqs", Selection(labels={"scenario": "s1"}, by=[]))
    assert [series.labels for series in narrowed.series] == [{}]


def test_a_histogram_has_its_exact_mean(tmp_path: Path) -> None:
    _, sender = record(tmp_path)
    seal(tmp_path)
    shown = metric_series(rows_in(tmp_path), "http_req_waiting", Selection(by=[], points=1))
    values = [value for durations in sender.durations_s.values() for value in durations]
    assert shown.unit == "ms"
    assert shown.series[0].columns["mean"] == pytest.approx([1000 * sum(values) / len(values)], rel=1e-3)  # fmt: skip
    assert shown.series[0].columns["p99"] == pytest.approx([observe(values).quantile(0.99) * 1000], rel=1e-3)  # type: ignore[operator]  # not empty  # fmt: skip


def test_gauges_are_never_added_up(tmp_path: Path) -> None:
    journal = Journal(tmp_path / JOURNAL_NAME)
    parts = [pushes.series("k6_checks_rate", 0.5, check=name) for name in "ab"]
    journal.append_push(START_MS, "", pushes.push(parts))
    journal.close()
    with pytest.raises(BadRequest, match="ratio"):
        metric_series(rows_in(tmp_path, ["checks"]), "checks", Selection(by=[]))
    shown = metric_series(rows_in(tmp_path, ["checks"]), "checks", Selection())
    assert [series.columns["value"] for series in shown.series] == [[0.5], [0.5]]


def test_a_heat_map_counts_every_value_in_its_range(tmp_path: Path) -> None:
    _, sender = record(tmp_path)
    seal(tmp_path)
    shown = heat_map(rows_in(tmp_path), "http_req_duration", Selection(points=5))
    values = [value for durations in sender.durations_s.values() for value in durations]
    assert sum(count for _, _, count in shown.cells) == len(values)
    for place, (lower, upper) in enumerate(zip(shown.lower, shown.upper, strict=True)):
        counted = sum(count for _, row, count in shown.cells if row == place)
        assert counted == sum(lower < value * 1000 <= upper for value in values)
    assert len(shown.lower) <= 60
    with pytest.raises(BadRequest, match="counter"):
        heat_map(rows_in(tmp_path), "http_reqs", Selection())


def test_negative_values_and_zeros_survive_the_file(tmp_path: Path) -> None:
    values = [-5.0, -0.25, 0.0, 0.0, 3.0, 1e6]
    journal = Journal(tmp_path / JOURNAL_NAME)
    for second, schema in enumerate((3, 5)):
        body = pushes.push([pushes.series("k6_balance", observe(values * (second + 1), schema))])
        journal.append_push(START_MS + second * 1000, "", body)
    journal.close()
    seal(tmp_path)
    rows = rows_in(tmp_path)
    table = rows.merge_histograms([(0, 0)], *rows.extent.clamp(None, None), 1).table
    assert table.count.sum() == len(values) * 2
    shown = metric_series(rows, "balance", Selection(points=1))
    assert shown.series[0].columns["p50"] == pytest.approx([0], abs=1e-6)
    assert np.all(np.diff(heat_map(rows, "balance", Selection()).lower) > 0)


def test_labels_are_kept_as_they_are(tmp_path: Path) -> None:
    hostile = {"name": "GET /'\"; DROP TABLE x --</script>\u2028", "größe": "µ"}
    journal = Journal(tmp_path / JOURNAL_NAME)
    body = pushes.push([pushes.series("k6_http_reqs_total", 1, 0, **hostile)])
    journal.append_push(START_MS, "pod 'x'", body)
    journal.close()
    seal(tmp_path)
    (series,) = rows_in(tmp_path).catalogue
    assert series.labels == {**hostile, "instance": "pod 'x'"}
    shown = metric_series(rows_in(tmp_path), "http_reqs", Selection(labels=hostile))
    assert len(shown.series) == 1


def test_unknown_metrics_and_runs_without_figures_are_told(tmp_path: Path) -> None:
    assert open_rows(tmp_path) is None
    record(tmp_path, seconds=2)
    with pytest.raises(NotFound):
        metric_series(rows_in(tmp_path), "no_such", Selection())


def test_a_foreign_file_is_refused(tmp_path: Path) -> None:
    DUCK.copy("SELECT 1 AS series_id, 'a' AS metric, 'gauge' AS kind, '' AS unit, '{}' AS labels", tmp_path / SERIES_NAME)  # fmt: skip
    with pytest.raises(Problem, match="not written by Benchwright"):
        open_rows(tmp_path)


def test_a_running_run_is_not_asked_too_much(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(tmp_path, seconds=5)
    monkeypatch.setattr(store, "MAX_JOURNAL_ROWS", 3)
    with pytest.raises(TooLarge):
        open_rows(tmp_path, ["http_reqs"])


def test_a_series_of_changing_shape_is_no_fault(tmp_path: Path) -> None:
    journal = Journal(tmp_path / JOURNAL_NAME)
    values: list[float | Histogram] = [1.0, observe([1.0]), 3.0, Histogram()]
    for second, value in enumerate(values):
        body = pushes.push([pushes.series("k6_odd_total", value)])
        journal.append_push(START_MS + second * 1000, "", body)
    journal.close()
    seal(tmp_path)
    shown = metric_series(rows_in(tmp_path), "odd", Selection())
    assert shown.series[0].columns["value"] == [1, 2]
