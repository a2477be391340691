"""Docker's log stream in any pieces, cut anywhere, resumed from anywhere: each line once."""

from __future__ import annotations

import datetime as dt
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.executors.docker.frames import (
    GAP,
    MAX_LINE_BYTES,
    BrokenStream,
    FrameReader,
    StreamCursor,
)
from benchwright.executors.log_times import RECORD

PART_BYTES = 5
START_NS = 1_795_000_000_000_000_000
MARGIN_NS = 2_000_000_000

Message = tuple[int, int, bytes]
"""Stream, time and text."""


def stamp(time_ns: int) -> bytes:
    seconds, rest = divmod(time_ns, 1_000_000_000)
    at = dt.datetime.fromtimestamp(seconds, dt.UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{rest:09d}Z".encode()


def frame(message: Message) -> bytes:
    stream, time_ns, text = message
    payload = stamp(time_ns) + b" " + text
    return struct.pack(">BxxxL", stream, len(payload)) + payload


class Host:
    """A daemon that keeps messages in the order in which they were written down."""

    def __init__(self, messages: list[Message]) -> None:
        self.messages = messages

    def logs(self, since: int) -> bytes:
        return b"".join(frame(m) for m in self.messages if m[1] >= since)


@st.composite
def histories(draw: st.DrawFn) -> list[Message]:
    """Times rise within a stream; between the two they may cross by up to a second."""
    clocks = {1: START_NS, 2: START_NS}
    messages: list[Message] = []
    for _ in range(draw(st.integers(0, 25))):
        stream = draw(st.sampled_from([1, 2]))
        step = draw(st.sampled_from([0, 0, 1, 1000, 400_000_000]))
        ahead = max(clocks.values()) - 900_000_000
        clocks[stream] = max(clocks[stream] + step, ahead)
        text = draw(st.binary(max_size=12)).replace(b"\n", b"") + b"\n"
        text = draw(st.sampled_from([text, text, text[:-1][:PART_BYTES], b"p" * PART_BYTES]))
        messages.append((stream, clocks[stream], text))
    return messages


def lines_of(messages: list[Message]) -> tuple[list[bytes], list[tuple[int, int]]]:
    """What a reader that is never cut gives."""
    reader = FrameReader(part_bytes=PART_BYTES)
    reader.feed(b"".join(map(frame, messages)))
    reader.finish()
    lines, times = reader.take()
    return lines.splitlines(keepends=True), list(RECORD.iter_unpack(times))


@given(histories(), st.lists(st.integers(0, 2000), max_size=6), st.booleans())
def test_cut_and_resumed_anywhere_each_line_comes_once(
    messages: list[Message], cuts: list[int], restarts: bool
) -> None:
    host, reader = Host(messages), FrameReader(part_bytes=PART_BYTES)
    lines = times = b""
    for cut in [*cuts, None]:
        since = reader.resume(MARGIN_NS)
        reader.feed(host.logs(since)[:cut])
        if cut is None:
            reader.finish()
        new_lines, new_times = reader.take()
        lines, times = lines + new_lines, times + new_times
        if restarts:
            kept = {n: cursor.to_json() for n, cursor in reader.cursors.items()}
            reader = FrameReader(
                {n: StreamCursor.from_json(value) for n, value in kept.items()},
                part_bytes=PART_BYTES,
            )
    whole_lines, whole_times = lines_of(messages)
    assert GAP not in lines
    assert list(RECORD.iter_unpack(times)) == whole_times
    assert lines == b"".join(whole_lines)
    assert lines.count(b"\n") == len(whole_times)


@given(histories(), st.integers(1, 50))
def test_pieces_of_any_size_give_the_same(messages: list[Message], size: int) -> None:
    raw, reader = b"".join(map(frame, messages)), FrameReader(part_bytes=PART_BYTES)
    for place in range(0, len(raw), size):
        reader.feed(raw[place : place + size])
    reader.finish()
    assert reader.take()[0] == b"".join(lines_of(messages)[0])
    assert not reader.is_within_frame


def test_what_the_host_did_not_keep_shows_as_a_gap() -> None:
    messages = [(1, START_NS + n, f"line {n}\n".encode()) for n in range(10)]
    reader = FrameReader(part_bytes=PART_BYTES)
    reader.feed(b"".join(map(frame, messages[:3])))
    reader.take()
    since = reader.resume(MARGIN_NS)
    reader.feed(Host(messages[6:]).logs(since))
    assert reader.take()[0] == GAP + b"line 6\nline 7\nline 8\nline 9\n"


def test_a_long_line_that_came_in_parts_is_one_line() -> None:
    parts = [(1, START_NS, b"a" * 16384), (2, START_NS + 1, b"err\n"), (1, START_NS, b"b\n")]
    lines, times = lines_of(parts)
    assert lines == [b"err\n", b"a" * 16384 + b"b\n"]
    assert times == [(START_NS + 1, 2), (START_NS, 1)]


def test_a_line_without_end_does_not_fill_the_memory() -> None:
    reader = FrameReader(part_bytes=PART_BYTES)
    for _ in range(2 * MAX_LINE_BYTES // 16384):
        reader.feed(frame((1, START_NS, b"x" * 16384)))
    lines, _ = reader.take()
    assert lines.count(b"\n") == 2
    assert len(lines) == 2 * MAX_LINE_BYTES + 2


def test_other_forms_of_a_time_are_read() -> None:
    reader = FrameReader(part_bytes=PART_BYTES)
    for text in (b"2026-11-26T18:41:14Z a\n", b"2026-11-26T20:41:14.5+02:00 b\n"):
        reader.feed(struct.pack(">BxxxL", 1, len(text)) + text)
    lines, times = reader.take()
    assert lines == b"a\nb\n"
    (first, _), (second, _) = RECORD.iter_unpack(times)
    assert second - first == 500_000_000


@pytest.mark.parametrize(
    "raw",
    [b"plain text of a terminal\r\n", struct.pack(">BxxxL", 3, 4) + b"oops",
     struct.pack(">BxxxL", 1, 12) + b"no time here"],
)  # fmt: skip
def test_what_is_no_log_is_refused(raw: bytes) -> None:
    with pytest.raises(BrokenStream):
        FrameReader(part_bytes=PART_BYTES).feed(raw)
