from __future__ import annotations

import datetime as dt

from benchwright.runs.event_lines import event_lines
from benchwright.runs.schemas import RunEventView

AT = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def event(seq: int, after_s: float, to_state: str | None, type_: str = "state") -> RunEventView:
    return RunEventView(
        seq=seq, at=AT + dt.timedelta(seconds=after_s), type=type_, from_state=None,
        to_state=to_state, message=f"message {seq}", data={},
    )  # fmt: skip


def test_each_state_says_how_long_it_lasted() -> None:
    lines = event_lines(
        [
            event(1, 0, "queued"),
            event(2, 1.5, "running"),
            event(3, 4, None, "stop"),
            event(4, 6, "stopped"),
        ]
    )
    assert [(line.word.text, line.after_s, line.lasted_s) for line in lines] == [
        ("Queued", 0, 1.5),
        ("Running", 1.5, 4.5),
        ("Stop asked for", 4, None),
        ("Stopped", 6, None),
    ]
    assert lines[2].message == "message 3"


def test_what_is_not_known_reads_as_it_is() -> None:
    (line,) = event_lines([event(1, 0, None, "disk_full")])
    assert line.word.text == "Disk full"
    assert event_lines([]) == []
