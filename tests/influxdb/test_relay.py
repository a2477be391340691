from __future__ import annotations

import asyncio
import gzip
from collections.abc import Callable
from functools import partial

import pytest

from benchwright.influxdb import relay as relay_module
from benchwright.influxdb.client import Away, InfluxClient, InfluxProblem, Refusal
from benchwright.influxdb.relay import SampleRelay

PATIENCE_S = 20.0


class FakeInflux(InfluxClient):
    """Takes lines, or raises what a test says; `refused` are bodies that it answers 400."""

    def __init__(self) -> None:
        self.url, self.database = "http://influx.test:8086", "k6"
        self.problem: InfluxProblem | None = None
        self.bodies: list[bytes] = []
        self.refused = b"nothing"
        self.looks = 0
        self.hangs = False

    async def ensure_database(self) -> None:
        self.looks += 1
        await self._answer()

    async def write(self, lines: bytes, *, is_packed: bool = False) -> None:
        assert is_packed
        await self._answer()
        body = gzip.decompress(lines)
        if self.refused in body:
            raise Refusal(400, "400: unable to parse")
        self.bodies.append(body)

    def has_looked(self, times: int) -> bool:
        return self.looks >= times

    def has_got(self, bodies: int) -> bool:
        return len(self.bodies) >= bodies

    async def _answer(self) -> None:
        if self.hangs:
            await asyncio.sleep(600)
        if self.problem is not None:
            raise self.problem


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay_module, "FIRST_PAUSE_S", 0.01)
    monkeypatch.setattr(relay_module, "LONGEST_PAUSE_S", 0.02)


@pytest.fixture
def influx() -> FakeInflux:
    return FakeInflux()


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110 - any condition, and nobody tells of it
            await asyncio.sleep(0.005)


async def test_samples_are_tagged_and_sent_in_their_order(influx: FakeInflux) -> None:
    relay = SampleRelay(influx, "job7")
    for body in (b"a value=1 1\n", b"", b"b,x=y value=2 2\n"):
        await relay.take(body)
    assert await relay.close() == []
    assert influx.bodies == [b"a,job_name=job7 value=1 1\n", b"b,job_name=job7,x=y value=2 2\n"]
    (note,) = relay.notes
    assert note.startswith("k6's samples also go to InfluxDB at http://influx.test:8086")


async def test_an_absence_is_bridged_and_told_once(influx: FakeInflux) -> None:
    relay = SampleRelay(influx, "j")
    await relay.take(b"a value=1 1\n")
    await until(lambda: influx.bodies)
    influx.problem = Away("it sleeps")
    await relay.take(b"b value=1 1\n")
    await until(partial(influx.has_looked, influx.looks + 4))
    influx.problem = None
    await until(lambda: len(influx.bodies) == 2)
    assert await relay.close() == []
    _, went, back = relay.notes
    assert "cannot take samples since" in went
    assert ": it sleeps. The run goes on without it" in went
    assert back.endswith("takes samples again: nothing is missing there.")


async def test_a_wrong_password_is_an_absence_too(influx: FakeInflux) -> None:
    influx.problem = Refusal(401, "401: authorization failed")
    relay = SampleRelay(influx, "j")
    await relay.take(b"a value=1 1\nb value=1 1\n")
    await until(lambda: relay.notes)
    (warning,) = await relay.close()
    assert "did not take everything: 2 samples from" in warning
    assert "401: authorization failed" in relay.notes[0]


async def test_what_is_too_much_goes_oldest_first(
    influx: FakeInflux, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_module, "MAX_WAITING_BYTES", 200)
    influx.problem = Away("it sleeps")
    relay = SampleRelay(influx, "j")
    await until(lambda: relay.notes)
    for number in range(10):
        await relay.take(f"m{number} value={number} {number}\n".encode())
    influx.problem = None
    await until(lambda: influx.bodies)
    (warning,) = await relay.close()
    lost = 10 - len(influx.bodies)
    assert 0 < lost < 10
    assert influx.bodies[-1].startswith(b"m9")
    assert f"{lost} samples from" in warning
    assert f"takes samples again: {lost} samples from" in relay.notes[-1]


async def test_faulty_lines_are_told_once_and_passed_over(influx: FakeInflux) -> None:
    influx.refused = b"bad"
    relay = SampleRelay(influx, "j")
    for body in (b"bad\n", b"good value=1 1\n", b"bad\nbad\n"):
        await relay.take(body)
    (warning,) = await relay.close()
    assert "up to 3 samples from" in warning
    assert len(influx.bodies) == 1
    assert [n for n in relay.notes if "refused some samples: 400: unable to parse" in n] == [
        relay.notes[-1]
    ]


async def test_the_end_does_not_wait_for_what_does_not_answer(influx: FakeInflux) -> None:
    relay = SampleRelay(influx, "j")
    await until(lambda: relay.notes)
    influx.hangs = True
    await relay.take(b"a value=1 1\n")
    async with asyncio.timeout(PATIENCE_S):
        (warning,) = await relay.close(patience_s=0.05)
    assert "1 samples from" in warning


async def test_a_database_that_comes_and_goes_does_not_fill_the_history(
    influx: FakeInflux, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_module, "MAX_NOTES", 3)
    relay = SampleRelay(influx, "j")
    for number in range(4):
        influx.problem = Away("it sleeps")
        await relay.take(b"a value=1 1\n")
        await until(partial(influx.has_looked, influx.looks + 2))
        influx.problem = None
        await until(partial(influx.has_got, number + 1))
    await relay.close()
    assert len(relay.notes) == 3
