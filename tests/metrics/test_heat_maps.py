from __future__ import annotations

import random
import uuid
from pathlib import Path

import pytest

from benchwright.metrics.heat_maps import LIVE_STEPS, HeatLog, empty_heat_map, heat_map
from benchwright.metrics.histogram import observe
from benchwright.metrics.live_run import LiveRun
from benchwright.metrics.schemas import HeatMap, Selection
from benchwright.metrics.sealing import seal
from benchwright.metrics.store import open_rows
from tests.metrics.pushes import Sender

START_MS = 1_800_000_000_250


def counts_by_value(shown: HeatMap) -> dict[tuple[int, float], float]:
    """Counts by time and upper bound: rows that nothing fell into may be there or not."""
    return {
        (shown.times_ms[place], round(shown.upper[row], 6)): count
        for place, row, count in shown.cells
    }


@pytest.mark.parametrize("points", [900, 10, 1])
def test_a_live_heat_map_is_that_of_the_finished_run(tmp_path: Path, points: int) -> None:
    chance = random.Random(7)
    run, sender = LiveRun(uuid.UUID(int=1), tmp_path, {"s1": ""}), Sender()
    for second in range(30):
        for _ in range(chance.randint(1, 12)):
            sender.request(chance.lognormvariate(-3, 1))
        run.ingest(sender.body(), START_MS + second * 1000)
    live = run.heat_map(Selection(points=points))
    run.close()
    assert run.heat_map(Selection(points=points)) == live
    seal(tmp_path)
    rows = open_rows(tmp_path)
    assert rows is not None
    finished = heat_map(rows, "http_req_duration", Selection(points=points))
    if points != 10:  # a finished run's steps are round: 5 s rather than 3 s
        assert counts_by_value(live) == pytest.approx(counts_by_value(finished))
    assert sum(n for *_, n in live.cells) == sum(n for *_, n in finished.cells)
    assert len(live.times_ms) <= points
    assert (live.unit, live.metric) == (finished.unit, finished.metric)


def test_a_long_run_is_seen_in_wider_steps() -> None:
    log = HeatLog()
    for second in range(LIVE_STEPS * 3):
        log.fold(1_000 + second, observe([0.1]))
    shown = log.heat_map(Selection(points=5000))
    assert shown.step_s == 4
    assert len(shown.times_ms) == LIVE_STEPS * 3 // 4
    assert {count for *_, count in shown.cells} == {4}


def test_a_part_of_the_time_can_be_asked_for() -> None:
    log = HeatLog()
    for second in range(100):
        log.fold(1_000 + second, observe([0.1]))
    shown = log.heat_map(Selection(from_ms=1_010_000, to_ms=1_019_999, points=5))
    assert shown.step_s == 2
    assert shown.times_ms == [1_010_000, 1_012_000, 1_014_000, 1_016_000, 1_018_000]


def test_before_the_first_request_there_is_an_empty_one() -> None:
    assert HeatLog().heat_map(Selection()) == empty_heat_map()
    assert empty_heat_map().cells == []


def test_rows_are_few_however_far_values_lie_apart() -> None:
    log = HeatLog()
    log.fold(0, observe([10.0**power for power in range(-9, 9)] + [-1.0, 0.0]))
    shown = log.heat_map(Selection())
    assert len(shown.lower) <= 60
    assert shown.lower == sorted(shown.lower)
    assert sum(count for *_, count in shown.cells) == 20
