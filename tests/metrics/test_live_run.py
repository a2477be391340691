from __future__ import annotations

import asyncio
import json
import uuid
from pathlib import Path
from typing import Any

import pytest

from benchwright.kit.errors import BadRequest, Gone, Unavailable
from benchwright.metrics import journal as journal_module
from benchwright.metrics.live_run import LiveRun
from benchwright.metrics.points import KEPT_POINTS
from benchwright.metrics.rules import AutoStopRule
from benchwright.metrics.slots import MAX_LIVE_SCENARIOS
from tests.metrics import pushes
from tests.metrics.pushes import Sender

START_MS = 1_800_000_000_250


def open_run(folder: Path, *rules: AutoStopRule, scenarios: int = 1) -> LiveRun:
    names = {f"s{number}": f"Scenario {number}" for number in range(1, scenarios + 1)}
    return LiveRun(uuid.UUID(int=1), folder, names, rules)


def newest(run: LiveRun) -> dict[str, Any]:
    point: dict[str, Any] = json.loads(run.points_since(0).points[-1].data)
    return point


def test_a_second_shows_what_it_added(tmp_path: Path) -> None:
    run, sender = open_run(tmp_path), Sender()
    for second in range(3):
        for _ in range(10 * (second + 1)):
            sender.request(0.1 * (second + 1))
        sender.request(0.1 * (second + 1), ok=False)
        run.ingest(sender.body(), START_MS + second * 1000)
        point = newest(run)
        figures = point["overall"]
        assert figures["requests_per_s"] == 10 * (second + 1) + 1
        assert figures["failed_per_s"] == 1
        assert figures["checks_passed_per_s"] == 10 * (second + 1)
        assert figures["checks_failed_per_s"] == 1
        assert figures["p95_ms"] == pytest.approx(100 * (second + 1), rel=0.1)
        assert point["scenarios"]["s1"] == figures
        assert point["time_ms"] == (START_MS // 1000 + second) * 1000
        assert point["gauges"]["vus"] == 1
    assert newest(run)["totals"]["requests"] == 63
    assert newest(run)["totals"]["failed"] == 3


def test_a_lost_push_costs_resolution_but_no_totals(tmp_path: Path) -> None:
    run, sender = open_run(tmp_path), Sender()
    for second in range(10):
        for _ in range(5):
            sender.request(0.1)
        if second not in (4, 5, 6):
            run.ingest(sender.body(), START_MS + second * 1000)
    timeline = run.timeline()
    assert timeline.totals.overall["requests"] == 50
    assert timeline.overall["requests_per_s"] == [5] * 7
    assert len(timeline.times_ms) == 7


def test_several_senders_add_up(tmp_path: Path) -> None:
    run = open_run(tmp_path)
    senders = [Sender() for _ in range(3)]
    for second in range(5):
        for number, sender in enumerate(senders):
            for _ in range(4):
                sender.request(0.1)
            run.ingest(sender.body(), START_MS + second * 1000 + number * 300, f"pod-{number}")
    timeline = run.timeline()
    assert timeline.totals.overall["requests"] == 60
    assert timeline.overall["requests_per_s"] == [12] * 5
    assert timeline.gauges["vus"][-1] == 3


def test_a_sender_that_began_anew_adds_to_what_was(tmp_path: Path) -> None:
    run, sender = open_run(tmp_path), Sender()
    for _ in range(7):
        sender.request(0.1)
    run.ingest(sender.body(), START_MS)
    anew = Sender()
    anew.request(0.2)
    run.ingest(anew.body(), START_MS + 1000)
    assert run.timeline().totals.overall["requests"] == 8
    assert run.timeline().overall["p50_ms"] == pytest.approx([100, 200], rel=0.1)


def test_the_journal_of_a_former_server_is_taken_up(tmp_path: Path) -> None:
    run, sender = open_run(tmp_path), Sender()
    for second in range(20):
        sender.request(0.1)
        sender.request(0.3, ok=False)
        run.ingest(sender.body(), START_MS + second * 1000)
        run.record_telemetry({"host_cpu": 0.9}, START_MS + second * 1000 + 100)
    # Not closed: the server was killed.
    again = open_run(tmp_path)
    assert again.timeline().model_dump() == run.timeline().model_dump()
    assert again.points_since(0) == run.points_since(0)
    assert again.saturation.is_saturated
    sender.request(0.1)
    again.ingest(sender.body(), START_MS + 20_000)
    assert again.timeline().totals.overall["requests"] == 41


def test_the_last_second_counts_when_its_push_comes_early(tmp_path: Path) -> None:
    run, sender = open_run(tmp_path), Sender()
    sender.request(0.1)
    run.ingest(sender.body(), START_MS)
    sender.request(0.1)
    run.ingest(sender.body(), START_MS + 50)
    run.close()
    assert run.timeline().overall["requests_per_s"] == [2]


def test_only_a_push_that_can_be_read_changes_anything(tmp_path: Path) -> None:
    run, sender = open_run(tmp_path), Sender()
    sender.request(0.1)
    run.ingest(sender.body(), START_MS)
    broken = pushes.push(
        [
            pushes.series("k6_http_reqs_total", 99, scenario="s1"),
            pushes.field(1, pushes.labels_of("k6_vus", {}) + b"\x12\x7f"),
        ]
    )
    with pytest.raises(BadRequest):
        run.ingest(broken, START_MS + 1000)
    assert run.timeline().totals.overall["requests"] == 1
    assert open_run(tmp_path).timeline().totals.overall["requests"] == 1


def test_a_full_disk_is_told_while_figures_stay_live(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, sender = open_run(tmp_path), Sender()
    sender.request(0.1)

    def refuse(*_: object) -> None:
        raise Unavailable("The disk is full.")

    monkeypatch.setattr(journal_module.Journal, "append_push", refuse)
    monkeypatch.setattr(journal_module.Journal, "append_telemetry", refuse)
    for second in range(2):
        with pytest.raises(Unavailable):
            run.ingest(sender.body(), START_MS + second * 1000)
    run.record_telemetry({"host_cpu": 0.1}, START_MS)
    assert run.warnings == ["The disk is full."]
    monkeypatch.undo()
    sender.request(0.1)
    run.ingest(sender.body(), START_MS + 2000)
    assert run.timeline().totals.overall["requests"] == 2
    assert open_run(tmp_path).timeline().totals.overall["requests"] == 2


def test_after_the_end_nothing_is_taken_in(tmp_path: Path) -> None:
    run = open_run(tmp_path)
    run.close()
    run.close()
    with pytest.raises(Gone):
        run.ingest(Sender().body(), START_MS)
    run.record_telemetry({"host_cpu": 0.1}, START_MS)


def test_many_scenarios_count_but_only_some_are_shown(tmp_path: Path) -> None:
    run, sender = open_run(tmp_path), Sender()
    for number in range(1, 301):
        sender.request(0.1, scenario=f"s{number}")
    run.ingest(sender.body(), START_MS)
    timeline = run.timeline()
    assert timeline.totals.overall["requests"] == 300
    assert len(timeline.scenarios) == MAX_LIVE_SCENARIOS
    assert timeline.scenarios_hidden == 300 - MAX_LIVE_SCENARIOS
    assert newest(run)["scenarios_hidden"] == 300 - MAX_LIVE_SCENARIOS


def test_a_long_run_is_kept_in_wider_steps_without_losing_counts(tmp_path: Path) -> None:
    run, sender = open_run(tmp_path), Sender()
    for second in range(1500):
        sender.request(0.1 if second % 2 else 0.2)
        run.ingest(sender.body(), START_MS + second * 1000)
    everything = run.timeline(points=2000)
    assert everything.step_s == 10
    assert everything.overall["requests_per_s"] == pytest.approx([1] * 150)
    assert everything.overall["p50_ms"][75] == pytest.approx(150, rel=0.1)
    recent = run.timeline(from_ms=START_MS + 1_000_000, points=600)
    assert recent.step_s == 1
    assert len(recent.times_ms) == 500
    coarse = run.timeline(points=30)
    assert coarse.step_s == 60
    assert coarse.totals.overall["requests"] == 1500


def test_telemetry_alone_makes_points(tmp_path: Path) -> None:
    run = open_run(tmp_path)
    for second in range(4):
        run.record_telemetry({"host_cpu": 0.5, "process_threads": 9}, START_MS + second * 1000)
    timeline = run.timeline()
    assert timeline.gauges["host_cpu"] == [0.5] * 4
    assert timeline.overall["requests_per_s"] == [None] * 4
    assert run.dropped_iterations is None
    run.ingest(Sender().body(), START_MS + 4000)
    assert run.dropped_iterations == 0


def test_an_auto_stop_rule_is_broken_once_with_its_figures(tmp_path: Path) -> None:
    rule = AutoStopRule("error_rate", 0.5, window_s=3, min_requests=5)
    run, sender = open_run(tmp_path, rule), Sender()
    for second in range(10):
        for _ in range(10):
            sender.request(0.1, ok=second < 5)
        run.ingest(sender.body(), START_MS + second * 1000)
        assert (run.breach is not None) == (second >= 6)
    assert run.breach is not None
    assert run.breach.inputs["failed"] == 20
    assert run.breach.inputs["requests"] == 30
    again = open_run(tmp_path, rule)
    assert again.breach == run.breach


def test_a_rule_of_a_scenario_looks_at_nothing_else(tmp_path: Path) -> None:
    rule = AutoStopRule("p95_ms", 1000, window_s=1, scenario="s2")
    run, sender = open_run(tmp_path, rule, scenarios=2), Sender()
    for second in range(4):
        for _ in range(20):
            sender.request(3.0, "s1")
            sender.request(3.0 if second == 3 else 0.1, "s2")
        run.ingest(sender.body(), START_MS + second * 1000)
        assert (run.breach is not None) == (second == 3)


def test_a_reader_that_fell_behind_gets_the_newest_and_is_told(tmp_path: Path) -> None:
    run, sender = open_run(tmp_path), Sender()
    for second in range(KEPT_POINTS + 20):
        sender.request(0.1)
        run.ingest(sender.body(), START_MS + second * 1000)
    batch = run.points_since(START_MS)
    assert batch.skipped
    assert len(batch.points) == KEPT_POINTS
    assert batch.cursor_ms == run.cursor_ms
    assert run.points_since(batch.cursor_ms) == ((), batch.cursor_ms, False)
    close_by = run.points_since(batch.points[-3].cursor_ms)
    assert [point.time_ms for point in close_by.points] == [
        point.time_ms for point in batch.points[-2:]
    ]
    assert not close_by.skipped


def test_of_a_second_that_was_published_twice_only_the_newest_is_read(tmp_path: Path) -> None:
    run, sender = open_run(tmp_path), Sender()
    sender.request(0.1)
    run.ingest(sender.body(), START_MS, "a")
    run.ingest(sender.body(), START_MS + 100, "b")
    (point,) = run.points_since(0).points
    assert json.loads(point.data)["overall"]["requests_per_s"] == 2


async def test_watchers_wake_at_once_and_share_the_encoded_point(tmp_path: Path) -> None:
    run, sender = open_run(tmp_path), Sender()
    sender.request(0.1)
    watchers = [asyncio.create_task(run.wait(0, 5)) for _ in range(50)]
    await asyncio.sleep(0)
    await asyncio.to_thread(run.ingest, sender.body(), START_MS)
    assert all(await asyncio.gather(*watchers))
    assert run.points_since(0).points[0].data is run.points_since(0).points[0].data
    assert await run.wait(run.cursor_ms, 0.01) is False
    run.close()
    assert await run.wait(run.cursor_ms, 5) is True


def test_sums_grow_by_what_was_measured_between(tmp_path: Path) -> None:
    run, sender = open_run(tmp_path, scenarios=2), Sender()
    assert run.sums().scopes[""].requests == 0
    sender.request(0.1)
    sender.request(0.3, "s2", ok=False)
    run.ingest(sender.body(), START_MS)
    before = run.sums()
    assert before.scopes[""][:3] == (2, 1, 2)
    assert before.scopes[""].answer_s == pytest.approx(0.4)
    assert before.scopes["s1"][:2] == (1, 0)
    assert before.gauges["vus"] == 1
    for second in range(1, 20):  # seconds that are folded away count on
        sender.request(0.2)
        run.ingest(sender.body(), START_MS + second * 1000)
    # A sender that is late has not lost its virtual users.
    run.record_telemetry({"host_cpu": 0.5}, START_MS + 30_000)
    assert run.sums().gauges == {"host_cpu": 0.5, "vus": 1}
    grown = run.sums().scopes["s1"].since(before.scopes["s1"])
    assert grown[:3] == (19, 0, 19)
    assert grown.answer_s == pytest.approx(19 * 0.2)
