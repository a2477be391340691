"""A run whose host stays away is given up; its container goes when the host is seen again."""

from __future__ import annotations

import time

import pytest

from tests.executors.docker.test_crashes import DockerLab
from tests.fixtures.served_lab import ServedLab
from tests.services.docker import Daemon, Proxy

SCRIPT = """
echo '{"loss": 0.5}' > "$BENCHWRIGHT_RESULTS_DIR/result.json"
i=0; while true; do echo "line $i"; i=$((i+1)); sleep 0.2; done
"""
PATIENCE_S = 150
"""Targets that were away are cleaned up each minute."""


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_container_that_was_given_up_is_removed_without_a_restart(
    served_lab: ServedLab, docker_host: str, docker_line: Proxy
) -> None:
    lab, daemon = DockerLab(served_lab, docker_line.address), Daemon(docker_host)
    lab.start()
    try:
        run_id = lab.start_job(SCRIPT)
        served_lab.wait_for_run(run_id, lambda run: run["state"] == "running")
        wait_for_log(lab, run_id)
        docker_line.cut()
        served_lab.wait_for_run(run_id, lambda run: run["stale_since"])
        served_lab.post(f"/api/v1/runs/{run_id}/stop")
        served_lab.post(f"/api/v1/runs/{run_id}/give-up")
        run = served_lab.wait_for_run(run_id, lambda run: run["ended_at"])
        assert run["state"] == "lost"
        assert run["reason"].startswith("Given up by a user: local cannot be reached since ")
        assert served_lab.results(run_id)[("", "loss", "value")] == 0.5
        log = lab.log(run_id)
        assert "line 0" in log[:2]
        assert daemon.containers(lab.label), "nobody can remove it yet"
        docker_line.mend()
        deadline = time.monotonic() + PATIENCE_S
        while daemon.containers(lab.label):
            assert time.monotonic() < deadline
            time.sleep(0.2)
        assert lab.log(run_id) == log
    finally:
        daemon.remove_all(lab.label)


def wait_for_log(lab: DockerLab, run_id: str) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            if "line 3" in lab.log(run_id):
                return
        except FileNotFoundError:
            pass
        assert time.monotonic() < deadline
        time.sleep(0.05)
