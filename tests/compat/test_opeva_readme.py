"""The curl lines of the OPEVA backend's documentation, against a real server and real daemons."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.compat.opeva_docker import Daemon, daemons
from tests.fixtures.served_lab import ServedLab

__all__ = ["daemons"]

pytestmark = [pytest.mark.slow, pytest.mark.needs("curl")]

PATIENCE_S = 100

RUN_EXISTING = """curl -X POST http://<IP>:8000/run-simulation \\
  -H "Content-Type: application/json" \\
  -d '{
    "config_path": "configs/my_config.yaml",
    "target_host": "local"
}'"""
RUN_INLINE = """curl -X POST http://<IP>:8000/run-simulation \\
  -H "Content-Type: application/json" \\
  -d '{
    "config": { ... },
    "save_as": "generated_config.yaml",
    "target_host": "local"
}'"""
CREATE_CONFIG = """curl -X POST http://<IP>:8000/config/create \\
  -H "Content-Type: application/json" \\
  -d '{
    "file_name": "custom.yaml",
    "config": { ...config... }
}'"""
CREATE_DATASET = """curl -X POST http://<IP>:8000/dataset \\
  -H "Content-Type: application/json" \\
  -d '{
    "name": "dataset1",
    "schema": { ...schema contents... }
}'"""
STATUS = "curl http://<IP>:8000/status/{job_id}"
RESULT = "curl http://<IP>:8000/result/{job_id}"
PROGRESS = "curl http://<IP>:8000/progress/{job_id}"
LOGS = "curl http://<IP>:8000/logs/{job_id}"
LOG_FILE = "curl http://<IP>:8000/logs/file/{job_id}"
STOP = "curl -X POST http://<IP>:8000/stop/{job_id}"
JOBS = "curl http://<IP>:8000/jobs"
JOB_INFO = "curl http://<IP>:8000/job-info/{job_id}"
HOSTS = "curl http://<IP>:8000/hosts"
HEALTH = "curl http://<IP>:8000/health"
CONFIGS = "curl http://<IP>:8000/configs"
CONFIG = "curl http://<IP>:8000/config/custom.yaml"
DELETE_CONFIG = "curl -X DELETE http://<IP>:8000/config/custom.yaml"
DATASETS = "curl http://<IP>:8000/datasets"
DELETE_JOB = "curl -X DELETE http://<IP>:8000/job/{job_id}"
HEADQUARTERS = "curl http://<IP>:8000/api/icharging-headquarters"
LIVING_LAB = "curl http://<IP>:8000/api/living-lab"

DEMO = {"experiment": {"name": "Demo", "run_name": "Run1"}, "algorithm": {"name": "MADDPG"}}


class Shell:
    """Types the lines of the documentation, as they stand there but for what is in brackets."""

    def __init__(self, lab: ServedLab) -> None:
        self.lab = lab

    def text(self, line: str, *, job_id: str = "", body: object = None) -> str:
        command = line.replace("http://<IP>:8000", self.lab.url.rstrip("/"))
        command = command.replace("{job_id}", job_id)
        command = re.sub(r"\{ \.\.\.[^}]*\}", lambda _: json.dumps(body), command)
        told = subprocess.run(
            ["sh", "-c", command.replace("curl ", "curl -sS ", 1)],
            capture_output=True, text=True, timeout=60, check=True,
        )  # fmt: skip
        return told.stdout

    def __call__(self, line: str, **more: Any) -> Any:
        return json.loads(self.text(line, **more))

    def wait(self, job_id: str, ready: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        deadline = time.monotonic() + PATIENCE_S
        while True:
            status: dict[str, Any] = self(STATUS, job_id=job_id)
            if ready(status):
                return status
            assert time.monotonic() < deadline, status
            time.sleep(0.1)

    def wait_for(self, job_id: str, word: str) -> dict[str, Any]:
        return self.wait(job_id, lambda status: status["status"] == word)


def settings_of(daemon: Daemon, data_dir: Path) -> dict[str, str]:
    return {
        "DOCKER_HOST": daemon.address,
        "BENCHWRIGHT_HOSTS__LOCAL_SHARED_PATH": str(data_dir),
        "BENCHWRIGHT_HOSTS__CAPACITY": "4",
        "BENCHWRIGHT_COMPAT__OPEVA__IMAGE": daemon.image,
    }


@pytest.fixture
def shell(served_lab: ServedLab, daemons: list[Daemon]) -> Shell:
    served_lab.data_dir.chmod(0o755)
    served_lab.start(**settings_of(daemons[0], served_lab.data_dir))
    return Shell(served_lab)


def folder_of(shell: Shell, job_id: str) -> Path:
    return shell.lab.data_dir / "jobs" / job_id


def test_the_documented_walk(shell: Shell, daemons: list[Daemon]) -> None:
    assert shell(HEALTH)["status"] == "ok"
    assert shell(HOSTS) == {"available_hosts": [{"name": "local", "host": "local"}]}
    saved = shell(CREATE_CONFIG, body=DEMO)
    assert saved == {"message": "Config saved", "file": "custom.yaml"}
    assert shell(CONFIGS) == ["custom.yaml"]
    assert shell(CONFIG) == {"config": DEMO}
    made = shell(CREATE_DATASET, body={"buildings": {}})
    assert made == {"message": "Dataset created", "name": "dataset1"}
    assert shell(DATASETS) == ["dataset1"]
    (shell.lab.data_dir / "configs" / "custom.yaml").rename(
        shell.lab.data_dir / "configs" / "my_config.yaml"
    )

    job = shell(RUN_EXISTING)
    job_id, container_id = job["job_id"], job["container_id"]
    assert job == {
        "job_id": job_id, "container_id": container_id, "status": "launched",
        "host": "local", "job_name": "Demo-Run1",
    }  # fmt: skip
    assert re.fullmatch("[0-9a-f]{64}", container_id)
    name = f"opeva_sim_{job_id}_Demo-Run1"
    tracked = json.loads((shell.lab.data_dir / "job_track.json").read_text())
    known = {
        "container_id": container_id, "container_name": name, "job_name": "Demo-Run1",
        "config_path": "configs/my_config.yaml", "target_host": "local",
        "experiment_name": "Demo", "run_name": "Run1",
    }  # fmt: skip
    assert tracked == {job_id: known}
    status = shell.wait_for(job_id, "finished")
    assert (status["docker_status"], status["exit_code"]) == ("exited", 0)
    assert shell(RESULT, job_id=job_id) == {
        "Building_1": {"cost_total": 0.9, "peak": None},
        "District": {"cost_total": 1.1, "peak": 2},
    }
    assert shell(PROGRESS, job_id=job_id) == {"percent": 100, "stage": "complete"}
    printed, logged = shell.text(LOGS, job_id=job_id), shell.text(LOG_FILE, job_id=job_id)
    assert f"simulation of {job_id} is complete" in printed
    assert f"simulation of {job_id} is complete" in logged
    assert ("printed only" in printed, "printed only" in logged) == (True, False)
    assert ("logged only" in printed, "logged only" in logged) == (False, True)
    info = shell(JOB_INFO, job_id=job_id)
    assert {k: info[k] for k in known} == known
    assert (info["job_id"], info["mlflow_run_id"]) == (job_id, job_id.replace("-", ""))
    assert info["mlflow_uri"] == "file:/data/mlflow/mlruns"
    (listed,) = shell(JOBS)
    assert listed == {"job_id": job_id, "status": "finished", "job_info": info}
    assert daemons[0].containers(job_id) == []

    run = shell.lab.get(f"/api/v1/runs/{job_id}")
    assert (run["state"], run["kind"]) == ("succeeded", "job")
    assert shell.lab.results(job_id)["District", "cost_total", "value"] == 1.1

    assert shell(DELETE_JOB, job_id=job_id) == {"message": f"Job {job_id} deleted successfully"}
    assert not folder_of(shell, job_id).exists()
    assert json.loads((shell.lab.data_dir / "job_track.json").read_text()) == {}
    assert shell(JOBS) == []
    shell(CREATE_CONFIG, body=DEMO)
    assert shell(DELETE_CONFIG) == {"message": "Config custom.yaml deleted successfully"}
    for line in (HEADQUARTERS, LIVING_LAB):  # no MongoDB is set up here
        assert "detail" in shell(line)
    assert shell.lab.stop() == 0


def test_a_simulation_that_fails_says_so(shell: Shell) -> None:
    job = shell(RUN_INLINE, body=DEMO | {"must_fail": True})
    status = shell.wait_for(job["job_id"], "failed")
    assert (status["exit_code"], status["docker_status"]) == (3, "exited")
    assert "no solar data" in status["reason"]
    result = shell(RESULT, job_id=job["job_id"])
    assert result == {"status": "failed", "error": "no solar data"}
    assert shell(PROGRESS, job_id=job["job_id"])["percent"] == 80
    assert shell(CONFIGS) == ["generated_config.yaml"]


def test_a_simulation_is_watched_and_stopped(shell: Shell, daemons: list[Daemon]) -> None:
    job_id = shell(RUN_INLINE, body=DEMO | {"wait_for_go": True})["job_id"]
    status = shell.wait_for(job_id, "running")
    assert status["docker_status"] == "running"
    deadline = time.monotonic() + PATIENCE_S
    while "printed only" not in shell.text(LOGS, job_id=job_id):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert shell(PROGRESS, job_id=job_id) == {"percent": 45, "stage": "training"}
    assert shell(RESULT, job_id=job_id)["status"] == "pending"
    started = time.monotonic()
    assert shell(STOP, job_id=job_id) == {"message": "stopped"}
    assert time.monotonic() - started < 30
    assert shell.wait(job_id, lambda s: s["status"] != "running")["status"] == "stopped"
    assert "asked to stop" in shell.text(LOGS, job_id=job_id)
    assert shell(STOP, job_id=job_id) == {"message": "not_found"}
    assert daemons[0].containers(job_id) == []


def test_a_container_that_somebody_removed(shell: Shell, daemons: list[Daemon]) -> None:
    job = shell(RUN_INLINE, body=DEMO | {"wait_for_go": True})
    shell.wait_for(job["job_id"], "running")
    daemons[0].call("DELETE", f"/containers/{job['container_id']}?force=1")
    status = shell.wait_for(job["job_id"], "failed")
    assert (status["state"], status["docker_status"]) == ("lost", "not_found")
    assert "removed" in status["reason"]
    assert shell(DELETE_JOB, job_id=job["job_id"])["message"].endswith("deleted successfully")


def test_a_host_that_shares_everything_keeps_the_servers_own_data_back(
    served_lab: ServedLab, daemons: list[Daemon]
) -> None:
    served_lab.data_dir.chmod(0o755)
    environment = settings_of(daemons[0], served_lab.data_dir)
    served_lab.start(**environment, BENCHWRIGHT_HOSTS__LOCAL_SHARES_EVERYTHING="true")
    shell = Shell(served_lab)
    (served_lab.data_dir / "beside.txt").write_text("seen")
    job_id = shell(RUN_INLINE, body=DEMO)["job_id"]
    assert shell.wait(job_id, lambda s: s["exit_code"] is not None)["exit_code"] == 0
    assert "beside: seen" in shell.text(LOGS, job_id=job_id)


def test_an_image_that_is_not_there(served_lab: ServedLab, daemons: list[Daemon]) -> None:
    environment = settings_of(daemons[0], served_lab.data_dir)
    environment["BENCHWRIGHT_COMPAT__OPEVA__IMAGE"] = "127.0.0.1:9/no/such_image:latest"
    served_lab.start(**environment)
    shell = Shell(served_lab)
    answer = shell(RUN_INLINE, body=DEMO)
    job_id = answer["job_id"]
    if "detail" not in answer:  # the daemon took its time to find out
        assert (answer["status"], answer["container_id"]) == ("queued", None)
    status = shell.wait_for(job_id, "failed")
    assert "no/such_image" in status["reason"]
    assert answer.get("detail", status["reason"]) == status["reason"]
    (listed,) = shell(JOBS)
    assert (listed["status"], listed["job_info"]["container_id"]) == ("failed", None)
    assert shell.text(LOGS, job_id=job_id) == "Log not found for container ID: None\n"


def test_a_job_outlives_the_server(shell: Shell, daemons: list[Daemon]) -> None:
    job_id = shell(RUN_INLINE, body=DEMO | {"wait_for_go": True})["job_id"]
    shell.wait_for(job_id, "running")
    shell.lab.kill()
    (container,) = daemons[0].containers(job_id)
    shell.lab.start(**settings_of(daemons[0], shell.lab.data_dir))
    assert shell(STATUS, job_id=job_id)["status"] == "running"
    assert list(json.loads((shell.lab.data_dir / "job_track.json").read_text())) == [job_id]
    (again,) = daemons[0].containers(job_id)
    assert again["Id"] == container["Id"]
    (folder_of(shell, job_id) / "go").touch()
    shell.wait_for(job_id, "finished")
    printed = shell.text(LOGS, job_id=job_id)
    assert printed.count(f"simulation of {job_id} starts") == 1
    assert printed.count(f"simulation of {job_id} is complete") == 1
    assert "mlflow_run_id" in shell(JOB_INFO, job_id=job_id)


def test_a_folder_with_a_running_container_is_taken_over(
    served_lab: ServedLab, daemons: list[Daemon]
) -> None:
    """As an OPEVA backend leaves it: one job that runs, one that has ended, one that is gone."""
    folder = served_lab.data_dir
    folder.chmod(0o755)
    ids = [f"{n:08}-d9cb-469f-a165-{os.urandom(6).hex()}" for n in range(3)]
    running, ended, gone = ids
    (folder / "configs").mkdir()
    (folder / "configs/wait.yaml").write_text("wait_for_go: true\n")
    (folder / "configs/demo.yaml").write_text("experiment: {name: Demo, run_name: Run1}\n")
    track: dict[str, Any] = {}
    for job_id, config in ((running, "wait"), (ended, "demo"), (gone, "demo")):
        track[job_id] = {
            "container_id": "0" * 64, "container_name": f"opeva_sim_{job_id}_Demo-Run1",
            "job_name": "Demo-Run1", "config_path": f"configs/{config}.yaml",
            "target_host": "local", "experiment_name": "Demo", "run_name": "Run1",
        }  # fmt: skip
        (folder / "jobs" / job_id).mkdir(parents=True)
        info = {"job_id": job_id, "job_name": "Demo-Run1"}
        (folder / "jobs" / job_id / "job_info.json").write_text(json.dumps(info))
    for job_id, config in ((running, "wait.yaml"), (ended, "demo.yaml")):
        track[job_id]["container_id"] = daemons[0].run(job_id, config, str(folder))
    (folder / "job_track.json").write_text(json.dumps(track))
    daemons[0].call("POST", f"/containers/{track[ended]['container_id']}/wait")

    served_lab.start(**settings_of(daemons[0], folder))
    shell = Shell(served_lab)
    deadline = time.monotonic() + PATIENCE_S
    while len(shell(JOBS)) < 3:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    words = {job["job_id"]: job["status"] for job in shell(JOBS)}
    assert words == {running: "running", ended: "finished", gone: "failed"}
    assert shell(STATUS, job_id=gone)["state"] == "lost"
    assert shell(RESULT, job_id=ended)["District"]["cost_total"] == 1.1
    assert "printed only" in shell.text(LOGS, job_id=ended)
    assert "logged only" in shell.text(LOG_FILE, job_id=ended)
    for job_id in (running, ended):
        info = shell(JOB_INFO, job_id=job_id)
        assert info["container_id"] == track[job_id]["container_id"]
        assert info["mlflow_run_id"] == job_id.replace("-", "")

    (folder_of(shell, running) / "go").touch()
    shell.wait_for(running, "finished")
    printed = shell.text(LOGS, job_id=running)
    assert printed.count(f"simulation of {running} starts") == 1
    assert printed.count("printed only") == 1
    assert shell(RESULT, job_id=running)["Building_1"]["cost_total"] == 0.9
    assert len(daemons[0].containers(ended)) == 1  # it was not ours to remove
    assert json.loads((folder / "job_track.json").read_text()) == track
    served_lab.stop()
    served_lab.start(**settings_of(daemons[0], folder))
    assert {job["job_id"]: job["status"] for job in shell(JOBS)} == words | {running: "finished"}
