"""A log that is cut back after a crash and never grows beyond its cap."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.executors.line_log import LineLog, LogPlace
from benchwright.executors.log_times import RECORD, pack_times, read_times

batches = st.lists(st.integers(1, 40), min_size=0, max_size=30)


def batch(first: int, count: int) -> tuple[bytes, bytes]:
    numbers = range(first, first + count)
    lines = b"".join(b"line %06d\n" % number for number in numbers)
    return lines, pack_times((number, 1) for number in numbers)


def check(path: Path, place: LogPlace, count: int, cap: int) -> None:
    lines = path.read_bytes().splitlines()
    times = read_times(path, 1, 10_000)
    assert len(lines) == len(times)
    kept = [int(line.split()[1]) for line in lines if line.startswith(b"line")]
    noted = [time.time_ns for line, time in zip(lines, times, strict=True) if line.startswith(b"line")]  # fmt: skip
    assert kept == noted, "each line has its own time"
    assert kept == sorted(set(kept)) and (not count or kept[-1] == count - 1)
    assert len(kept) + place.dropped_lines == count
    assert path.stat().st_size <= cap + 200
    if place.dropped_bytes:
        (note,) = [line for line in lines if line.startswith(b"---")]
        assert b"%d bytes" % (12 * place.dropped_lines) in note
    else:
        assert kept == list(range(count))


@given(batches, st.integers(200, 4000), st.data())
def test_crashes_at_any_place_lose_and_double_nothing(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], cap: int, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("log")
    path, spool = folder / "run.log", folder / "spool"
    log, kept, count = LineLog(path, spool, cap, LogPlace()), LogPlace(), 0
    for size in sizes:
        log.write(*batch(count, size))
        if data.draw(st.booleans()):  # killed before the place was kept: the batch comes again
            log = LineLog(path, spool, cap, LogPlace.from_json(kept.to_json()))
            assert log.is_intact
            log.write(*batch(count, size))
        count += size
        kept = copy.deepcopy(log.place)
        log.tidy()
    if data.draw(st.booleans()):  # killed while it was closed
        log.close()
        log = LineLog(path, spool, cap, LogPlace.from_json(kept.to_json()))
    log.close()
    log.close()
    check(path, log.place, count, cap)


def test_a_log_that_a_power_cut_shortened_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "run.log"
    log = LineLog(path, tmp_path / "spool", 10_000, LogPlace())
    log.write(*batch(0, 10))
    path.write_bytes(b"line 000000\n")
    assert not LineLog(path, tmp_path / "spool", 10_000, log.place).is_intact


def test_times_are_read_by_line(tmp_path: Path) -> None:
    path = tmp_path / "run.log"
    LineLog(path, tmp_path / "spool", 10_000, LogPlace()).write(
        b"a\nb\nc\n", pack_times([(5, 1), (6, 2), (7, 0)])
    )
    assert [(t.time_ns, t.is_stderr) for t in read_times(path, 2, 5)] == [(6, True), (7, False)]
    assert read_times(path, 9, 5) == read_times(tmp_path / "none", 1, 5) == []
    times = path.with_name("run.log.times")
    times.write_bytes(times.read_bytes()[: 2 * RECORD.size + 3])
    assert len(read_times(path, 1, 5)) == 2
