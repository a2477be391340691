"""The server is killed as by `kill -9` at every named point of a container's run.

Afterwards exactly one container ran, its log is whole, and the outcome is the workload's own.
"""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.fixtures.served_lab import ServedLab
from tests.runs.test_crashes import POINTS
from tests.services.docker import IMAGE, Daemon

SCRIPT = """
echo began >> "$BENCHWRIGHT_RESULTS_DIR/starts"
i=0; while [ $i -lt 40 ]; do echo "line $i"; i=$((i+1)); sleep 0.02; done
exit ${EXIT:-0}
"""
LINES = [f"line {number}" for number in range(40)]


class DockerLab:
    """A server whose host `local` is the first daemon."""

    def __init__(self, served: ServedLab, address: str) -> None:
        self.served = served
        self.daemon = Daemon(address)
        self._environment = {
            "BENCHWRIGHT_HOSTS__LOCAL_ADDRESS": address,
            "BENCHWRIGHT_HOSTS__LOCAL_SHARED_PATH": str(served.data_dir),
            "BENCHWRIGHT_HOSTS__NETWORK": "none",
            "BENCHWRIGHT_HOSTS__CAPACITY": "20",
        }

    @property
    def label(self) -> str:
        path = self.served.data_dir / ".benchwright" / "instance.json"
        return f"benchwright.instance={json.loads(path.read_text())['instance_id']}"

    def start(self, **environment: str) -> None:
        self.served.start(**self._environment, **environment)

    def start_job(self, script: str = SCRIPT, **plan: Any) -> str:
        given = {"name": "a job", "image": IMAGE, "pull": "never", "command": ["sh", "-c", script]}
        body = {"plan": {**given, "host": "local", **plan}}
        deadline = time.monotonic() + 60
        while not self.served.get("/api/v1/hosts/local")["seen_at"]:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        started = self.served.post("/api/v1/projects/default/job-runs", body)
        return str(started["runs"][0]["public_id"])

    def log(self, run_id: str) -> list[str]:
        path = self.served.data_dir / "jobs" / run_id / "logs" / f"{run_id}.log"
        return path.read_text().splitlines()

    def starts(self, run_id: str) -> int:
        path = self.served.data_dir / "jobs" / run_id / "results" / "starts"
        return path.read_text().count("began\n")

    def wait_until_clean(self) -> None:
        """The state comes first, cleaning up after it."""
        deadline = time.monotonic() + 60
        while self.daemon.containers(self.label):
            assert time.monotonic() < deadline
            time.sleep(0.1)


@pytest.fixture
def docker_lab(served_lab: ServedLab, docker_host: str) -> Iterator[DockerLab]:
    lab = DockerLab(served_lab, docker_host)
    yield lab
    lab.daemon.remove_all(lab.label)


@pytest.mark.slow
@pytest.mark.parametrize("point", POINTS)
def test_a_crash_loses_nothing_and_doubles_nothing(point: str, docker_lab: DockerLab) -> None:
    docker_lab.start(BENCHWRIGHT_CRASH_AT=point)
    served = docker_lab.served
    run_id = docker_lab.start_job()
    assert served.wait_for_death() == -signal.SIGKILL
    docker_lab.start()
    run = served.wait_for_run(run_id, lambda run: run["ended_at"])
    assert (run["state"], run["exit_code"]) == ("succeeded", 0), run["reason"]
    assert docker_lab.starts(run_id) == 1
    assert docker_lab.log(run_id) == LINES
    history = served.get(f"/api/v1/runs/{run_id}/history")
    states = [event["to_state"] for event in history if event["type"] == "state"]
    assert states == ["queued", "launching", "running", "collecting", "succeeded"]
    docker_lab.wait_until_clean()


@pytest.mark.slow
def test_a_server_that_is_killed_mid_run_follows_the_log_on(docker_lab: DockerLab) -> None:
    docker_lab.start()
    served = docker_lab.served
    run_id = docker_lab.start_job(
        SCRIPT.replace("sleep 0.02", "sleep 0.1"), environment={"EXIT": "3"}
    )
    log = served.data_dir / "jobs" / run_id / "logs" / f"{run_id}.log"
    deadline = time.monotonic() + 60
    while not (log.exists() and log.stat().st_size):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    served.kill()
    docker_lab.start()
    run = served.wait_for_run(run_id, lambda run: run["ended_at"])
    assert (run["state"], run["exit_code"]) == ("failed", 3)
    assert docker_lab.log(run_id) == LINES
    assert docker_lab.starts(run_id) == 1
    docker_lab.wait_until_clean()


@pytest.mark.slow
def test_a_command_that_is_not_there_fails_with_its_reason(docker_lab: DockerLab) -> None:
    docker_lab.start()
    run_id = docker_lab.start_job("", command=["/no/such/program"])
    run = docker_lab.served.wait_for_run(run_id, lambda run: run["ended_at"])
    assert run["state"] == "failed"
    assert "not found" in run["reason"]
    no_image = docker_lab.start_job(image="127.0.0.1:9/nowhere:1", pull="missing")
    run = docker_lab.served.wait_for_run(no_image, lambda run: run["ended_at"])
    assert run["state"] == "failed"
    assert "registry cannot be reached from the host" in run["reason"]
    docker_lab.wait_until_clean()
