"""A disk that fills up while a run is under way: clear errors, nothing lost."""

from __future__ import annotations

import contextlib
import os
import platform
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.fixtures.served_lab import CountingTarget, ServedLab

pytestmark = [pytest.mark.k6, pytest.mark.slow, pytest.mark.timeout(180)]

DISK_BYTES = 32 * 1024 * 1024
FLOOR_BYTES = 10 * 1024 * 1024


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own with a few megabytes; only root on Linux can make one."""
    if platform.system() != "Linux" or os.geteuid() != 0:
        pytest.skip("only root on Linux can mount a small file system")
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(folder)]
    done = subprocess.run(mount, check=False, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"a small file system cannot be mounted here: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Takes every byte that is left."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"0" * 4096)
    return ballast


def wait_for_figures(lab: ServedLab, run_id: str) -> None:
    deadline = time.monotonic() + 60
    while not lab.get(f"/api/v1/runs/{run_id}/series")["times_ms"]:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_run_survives_a_full_disk(small_disk: Path, counting_target: CountingTarget) -> None:
    data_dir = small_disk / "data"
    data_dir.mkdir()
    lab = ServedLab(data_dir)
    lab.start(BENCHWRIGHT_RETENTION__MIN_FREE_BYTES=str(FLOOR_BYTES))
    try:
        load_test_id = lab.add_load_test(
            counting_target.url,
            executor="constant-arrival-rate",
            rate=20,
            duration="6s",
            pre_allocated_vus=3,
        )
        run_id = lab.start_run(load_test_id)
        lab.wait_for_run(run_id, lambda run: run["state"] == "running")
        wait_for_figures(lab, run_id)
        ballast = fill(small_disk)

        refused = httpx2.post(f"{lab.url}/api/v1/load-tests/{load_test_id}/runs", json={})
        assert refused.status_code == 503, refused.text
        assert "free" in refused.json()["detail"]
        assert lab.get("/health")["status"] == "ok"

        deadline = time.monotonic() + 60
        while counting_target.requests < 120 and time.monotonic() < deadline:
            time.sleep(0.2)
        wait_for_figures(lab, run_id)
        ballast.unlink()
        run = lab.wait_for_run(run_id, lambda run: run["ended_at"])
        assert run["state"] == "succeeded", run["reason"]
        assert lab.is_up
        assert lab.results(run_id)["", "http_reqs", "count"] == counting_target.requests
        timeline = lab.get(f"/api/v1/runs/{run_id}/series")
        assert timeline["times_ms"], "what was measured before the disk was full is kept"
    finally:
        lab.stop()
