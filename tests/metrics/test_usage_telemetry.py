from __future__ import annotations

import asyncio
import uuid
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.executors.port import Usage
from benchwright.metrics import telemetry, usage_telemetry
from benchwright.metrics.live_run import LiveRun
from benchwright.metrics.telemetry import TelemetrySampler
from benchwright.metrics.usage_telemetry import UsageSampler, usage_figures

AMOUNTS = st.floats(0, 1e18)
MAYBE = st.none() | AMOUNTS
USAGES = st.builds(
    Usage, AMOUNTS, AMOUNTS, st.integers(0, 1024), MAYBE, MAYBE, MAYBE, MAYBE, MAYBE
)  # fmt: skip


def test_rates_follow_from_two_looks() -> None:
    before = Usage(10, 100, 4, processes=2, read_bytes=0, received_bytes=50)
    after = Usage(12, 300, 4, processes=3, read_bytes=4096, received_bytes=150, sent_bytes=7)
    assert usage_figures(None, before, 0) == {"process_memory_bytes": 100, "process_count": 2}
    assert usage_figures(before, after, 2.0) == {
        "process_memory_bytes": 300,
        "process_count": 3,
        "process_cpu": 0.25,
        "process_read_bytes_per_s": 2048,
        "process_received_bytes_per_s": 50,
    }
    # A container that was started again has used less than before.
    assert "process_cpu" not in usage_figures(after, before, 1.0)


@given(st.none() | USAGES, USAGES, st.floats(-1, 1e6))
def test_figures_are_never_negative(before: Usage | None, after: Usage, elapsed_s: float) -> None:
    figures = usage_figures(before, after, elapsed_s)
    assert all(value >= 0 for value in figures.values())
    assert figures.get("process_cpu", 0) <= 1


async def test_a_slow_target_is_not_asked_twice_at_once() -> None:
    asked, answer = [], asyncio.Event()

    async def read() -> Usage | None:
        asked.append(1)
        await answer.wait()
        return Usage(1, 2, 1)

    sampler = UsageSampler()
    sampler.ask()  # nobody to ask
    sampler.reader = read
    for _ in range(5):
        sampler.ask()
        await asyncio.sleep(0)
    assert len(asked) == 1
    assert sampler.sample() == {}
    answer.set()
    for _ in range(10):
        await asyncio.sleep(0)
    assert sampler.sample() == {"process_memory_bytes": 2}
    answer.clear()
    sampler.ask()
    await asyncio.sleep(0)
    await sampler.stop()
    assert len(asked) == 2


async def test_a_target_that_fails_or_knows_nothing_takes_nothing_with_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(usage_telemetry, "TIMEOUT_S", 0.001)
    sampler, asked = UsageSampler(), []

    async def read() -> Usage | None:
        asked.append(1)
        if len(asked) == 1:
            raise OSError("away")
        if len(asked) == 2:
            return None
        await asyncio.Event().wait()
        return None

    sampler.reader = read
    while len(asked) < 4:
        sampler.ask()
        await asyncio.sleep(0)
    assert sampler.sample() == {}
    await sampler.stop()


async def test_a_run_elsewhere_has_its_own_figures_and_none_of_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telemetry, "INTERVAL_S", 0.01)
    run = LiveRun(uuid.uuid4(), tmp_path, {})
    looks = 0

    async def read() -> Usage | None:
        nonlocal looks
        looks += 1
        return Usage(looks / 1000, 5000, 1, sent_bytes=looks)

    sampler = TelemetrySampler(run, is_here=False, read_report=lambda: {"reported.loss": 0.5})
    sampler.watch([], read)
    sampler.start()
    cursor_ms = 0
    while "process_sent_bytes_per_s" not in run.timeline().gauges:
        assert await run.wait(cursor_ms, 60)
        cursor_ms = run.cursor_ms
    await sampler.stop()
    gauges = run.timeline().gauges
    assert not [name for name in gauges if name.startswith("host_")]
    assert gauges["reported.loss"][0] == 0.5
    assert "process_memory_bytes" in gauges
    run.close()
