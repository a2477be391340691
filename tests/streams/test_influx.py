from __future__ import annotations

import gzip
import zlib

import pytest

from benchwright.kit.errors import BadRequest, TooLarge
from benchwright.metrics.line_protocol import LineReader
from benchwright.streams import influx
from benchwright.streams.influx import complain, read_write, unit_of, unpack

NOW_NS = 1_750_000_000 * 10**9


def read(*lines: str) -> influx.Write:
    body = "\n".join(lines).encode()
    return read_write(body, LineReader(), default="db", now_ns=NOW_NS, unit_ns=1)


def test_a_body_is_unpacked() -> None:
    assert unpack(gzip.compress(b"m v=1"), "gzip", 100) == b"m v=1"
    assert unpack(b"m v=1", "identity", 100) == b"m v=1"


@pytest.mark.parametrize("size", [1001, 100_000_000])
def test_what_is_too_large_once_unpacked_takes_no_memory(size: int) -> None:
    packer = zlib.compressobj(9, wbits=zlib.MAX_WBITS | 16)
    bomb = b"".join(packer.compress(bytes(10**6)) for _ in range(size // 10**6))
    bomb += packer.compress(bytes(size % 10**6)) + packer.flush()
    with pytest.raises(TooLarge):
        unpack(bomb, "gzip", 1000)


@pytest.mark.parametrize(
    "body, encoding",
    [(b"no gzip", "gzip"), (gzip.compress(b"m v=1" * 50)[:-9], "gzip"), (b"", "deflate")],
)
def test_what_cannot_be_unpacked_is_refused(body: bytes, encoding: str) -> None:
    with pytest.raises(BadRequest):
        unpack(body, encoding, 1000)


def test_a_limit_is_reached_exactly() -> None:
    assert len(unpack(gzip.compress(bytes(1000)), "gzip", 1000)) == 1000


def test_points_of_times_that_cannot_be_are_left_out() -> None:
    write = read(f"m v=1 {NOW_NS}", f"m v=1 {NOW_NS + influx.MAX_AHEAD_NS + 1}", "m v=1 -1")
    assert len(write.points["db"]) == 1
    assert complain(write) == (
        "partial write: 2 points are from before 1970 or more than 10 minutes ahead of the "
        "server's clock dropped=2"
    )


def test_of_many_faults_the_first_are_named() -> None:
    lines = complain(read(*(f"bad{number}" for number in range(30)))).split("\n")
    assert len(lines) == 11
    assert lines[-1] == "and 20 more lines"


def test_too_many_lines_or_runs_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadRequest, match="20 runs"):
        read(*(f"m,run=r{number} v=1" for number in range(21)))
    monkeypatch.setattr(influx, "MAX_POINTS", 3)
    with pytest.raises(TooLarge):
        read(*["m v=1"] * 5)


def test_units_are_those_of_both_versions() -> None:
    assert [unit_of(name) for name in ("", "n", "us", "ms", "s", "h")] == [
        1, 1, 10**3, 10**6, 10**9, 3600 * 10**9,
    ]  # fmt: skip
    with pytest.raises(BadRequest):
        unit_of("day")
