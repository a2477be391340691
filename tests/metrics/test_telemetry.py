from __future__ import annotations

import asyncio
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchwright.metrics import telemetry
from benchwright.metrics.live_run import LiveRun
from benchwright.metrics.telemetry import HostSampler, ProcessSampler, TelemetrySampler


@pytest.fixture
def busy() -> Iterator[subprocess.Popen[bytes]]:
    """A process that does nothing, with a child that uses a processor."""
    child = "print(1, flush=True)\nwhile True: pass"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    process = subprocess.Popen(
        [sys.executable, "-c", parent], stdout=subprocess.PIPE, start_new_session=True
    )
    assert process.stdout is not None
    process.stdout.readline()
    yield process
    import os
    import signal

    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()


async def test_a_tree_of_processes_is_sampled(busy: subprocess.Popen[bytes]) -> None:
    sampler = ProcessSampler([busy.pid, 2**30])
    sampler.sample()
    deadline = time.monotonic() + 30
    # The child can use one of the processors; a loaded machine may let it wait.
    while True:
        await asyncio.sleep(0.1)
        sample = sampler.sample()
        if sample["process_cpu"] > 0.02 or time.monotonic() > deadline:
            break
    assert sample["process_threads"] >= 2
    assert sample["process_memory_bytes"] > 10_000_000
    assert 0.02 < sample["process_cpu"] <= 1


def test_processes_that_ended_are_forgotten(busy: subprocess.Popen[bytes]) -> None:
    sampler = ProcessSampler([busy.pid])
    assert sampler.sample()["process_threads"] >= 1
    busy.kill()
    busy.wait()
    # The child is still there, its parent is not.
    assert sampler.sample()["process_threads"] == 1
    assert "process_threads" not in ProcessSampler([busy.pid]).sample()


async def test_the_host_is_sampled() -> None:
    sampler = HostSampler()
    await asyncio.sleep(0.05)
    sample = sampler.sample()
    assert 0 <= sample["host_cpu"] <= 1
    assert sample["host_memory_bytes"] > 0
    assert sample["host_network_sent_bytes_per_s"] >= 0


async def test_a_run_gets_samples_until_it_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telemetry, "INTERVAL_S", 0.01)
    run = LiveRun(uuid.uuid4(), tmp_path, {})
    sampler = TelemetrySampler(run)
    sampler.start()
    sampler.start()
    assert await run.wait(0, 60)
    assert run.timeline().gauges["host_memory_bytes"]
    await sampler.stop()
    await sampler.stop()
    cursor_ms = run.cursor_ms
    await asyncio.sleep(0.05)
    assert run.cursor_ms == cursor_ms
    sampler.start()
    run.close()
    await asyncio.sleep(0.05)
    await sampler.stop()
