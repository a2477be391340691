from __future__ import annotations

import datetime as dt
import json
import os
import uuid
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.runs import progress_board
from benchwright.runs.folder import RunFolder
from benchwright.runs.progress import refine_progress
from benchwright.runs.progress_board import ProgressBoard, Told
from benchwright.runs.schemas import ProgressView

RUN = uuid.UUID(int=7)
START_S = 1_700_000_000.0


class Desk:
    """A board, and a workload that writes at times of a test's choice."""

    def __init__(self, data_dir: Path) -> None:
        self.board = ProgressBoard(data_dir)
        self.path = RunFolder.of(data_dir, RUN).progress
        self.path.parent.mkdir(parents=True)

    def write(self, content: str | bytes, at_s: float = 0.0) -> None:
        raw = content.encode() if isinstance(content, str) else content
        self.path.write_bytes(raw)
        os.utime(self.path, (START_S + at_s, START_S + at_s))

    def tell(self, at_s: float, **report: Any) -> Told | None:
        self.write(json.dumps(report), at_s)
        return self.board.look(RUN)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_half_written_report_keeps_the_one_before(desk: Desk) -> None:
    assert desk.board.look(RUN) is None
    first = desk.tell(1, percent=10)
    assert first is not None and first.progress.share == 0.1
    desk.write('{"percent": 2', 2)
    assert desk.board.look(RUN) is first
    # The rest comes within the same tick of the clock.
    desk.write('{"percent": 20}', 2)
    second = desk.board.look(RUN)
    assert second is not None and second.progress.share == 0.2
    assert desk.board.look(RUN) is second
    desk.write(b"x" * 10_000_000, 3)
    assert desk.board.look(RUN) is second
    desk.path.unlink()
    assert desk.board.look(RUN) is second


def test_only_a_file_of_the_run_itself_is_read(desk: Desk, tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_text('{"percent": 99}')
    desk.path.symlink_to(other)
    assert desk.board.look(RUN) is None
    desk.path.unlink()
    os.mkfifo(desk.path)
    assert desk.board.look(RUN) is None
    desk.path.unlink()
    desk.path.mkdir()
    assert desk.board.look(RUN) is None
    desk.path.rmdir()
    desk.path.parent.rmdir()
    desk.path.parent.symlink_to(tmp_path)
    (tmp_path / "progress.json").write_text('{"percent": 99}')
    assert desk.board.look(RUN) is None


def test_what_remains_follows_from_the_recent_speed(desk: Desk) -> None:
    for second in range(40):  # slow at first: 0.1 % a second
        desk.tell(second, percent=second * 0.1)
    for second in range(1, 41):  # then 1 % a second
        told = desk.tell(39 + second, percent=3.9 + second)
    assert told is not None
    assert told.share_per_s == pytest.approx(0.01, rel=0.01)
    now_s = START_S + 79
    assert told.remaining_s(now_s) == pytest.approx(56.1, rel=0.02)
    # It is counted down until the next report is due, and no further.
    assert told.remaining_s(now_s + 0.5) == pytest.approx(55.6, rel=0.02)
    assert told.remaining_s(now_s + 5000) == pytest.approx(55.1, rel=0.02)


def test_one_that_begins_anew_or_stands_still_has_no_speed(desk: Desk) -> None:
    desk.tell(0, percent=10)
    desk.tell(10, percent=20)
    again = desk.tell(20, percent=5)
    assert again is not None and again.remaining_s(START_S) is None
    still = desk.tell(30, percent=5)
    assert still is not None and still.share_per_s is None
    unknown = desk.tell(40, episode=3)
    assert unknown is not None and unknown.remaining_s(START_S) is None


@given(st.lists(st.tuples(st.floats(0, 1e6), st.floats(-10, 200)), max_size=60))
def test_no_order_of_reports_gives_nonsense(reports: list[tuple[float, float]]) -> None:
    from collections import deque

    from benchwright.runs.workload_progress import read_progress

    kept: deque[tuple[float, float]] = deque(maxlen=progress_board.MAX_REPORTS)
    for at_s, percent in reports:
        progress = read_progress(json.dumps({"percent": percent}).encode())
        assert progress is not None
        told = progress_board._tell(kept, progress, at_s)
        left = told.remaining_s(at_s + 1)
        assert left is None or left >= 0


def test_new_numbers_are_told_once(desk: Desk) -> None:
    numbers = desk.board.reader(RUN)
    assert numbers() == {}
    desk.tell(1, percent=10, rewards=[1, 2])
    assert numbers() == {"reported.percent": 10, "reported.rewards:1": 1, "reported.rewards:2": 2}
    assert numbers() == {}
    desk.tell(2, percent=10, rewards=[1, 2])
    assert numbers() != {}


def test_old_runs_are_forgotten(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress_board, "MAX_RUNS", 3)
    told = desk.tell(1, percent=1)
    for number in range(100, 110):
        desk.board.look(uuid.UUID(int=number))
    assert desk.board.look(RUN) is not told


def test_a_view_takes_on_what_the_workload_says(desk: Desk) -> None:
    at = dt.datetime.fromtimestamp(START_S + 10, dt.UTC)
    view = ProgressView(percent=None, elapsed_s=10, remaining_s=None)
    assert refine_progress(view, None, at) is view
    unknown = refine_progress(view, desk.tell(1, episode=4, stage="training"), at)
    assert (unknown.percent, unknown.remaining_s) == (None, None)
    assert (unknown.stage, unknown.facts) == ("training", ["episode 4"])
    # Without a second report, the speed since the start has to do.
    once = refine_progress(view, desk.tell(2, percent=25), at)
    assert (once.percent, once.remaining_s) == (25, 30)
    done = refine_progress(view, desk.tell(3, percent=100), at)
    assert done.percent == 99.9  # it is not over until it has ended
