"""Jobs as they are told of, in every state."""

from __future__ import annotations

import json
import os
import threading
import uuid
from typing import Any

import pytest

from benchwright.compat.opeva.facts import TRACKED
from benchwright.compat.opeva.keeping import TrackKeeper
from benchwright.compat.opeva.words import docker_word, status_word
from benchwright.runs.state import RunState
from tests.compat.opeva_backend import CONFIG, WAY, Backend

NOBODY = "0f8fad5b-d9cb-469f-a165-70867728950e"
STRANGE_IDS = (
    "1",
    NOBODY,
    NOBODY.upper(),
    NOBODY.replace("-", ""),
    "..%2f..%2fetc",
    "%00",
    "x" * 3000,
)
HANDLE = {"name": "n", "id": "c0ffee" * 10}
QUEUED = {"status": "pending", "message": "Result not ready yet."}
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def keeper_of(backend: Backend) -> TrackKeeper:
    keeper: TrackKeeper = backend.app.state.opeva_keeper
    return keeper


def test_a_simulation_is_queued_as_documented(backend: Backend) -> None:
    job = backend.start(save_as="generated_config.yaml")
    job_id = job["job_id"]
    assert job == {
        "job_id": str(uuid.UUID(job_id)), "container_id": None, "status": "queued",
        "host": "local", "job_name": "Demo_exp-Run_1",
    }  # fmt: skip
    assert backend.ok("GET", "/config/generated_config.yaml") == {"config": CONFIG}
    run = backend.run(job_id)
    assert (run.kind, run.name, run.target) == ("job", "Demo_exp-Run_1", "docker:local")
    assert run.spec["image"] == "calof/opeva_simulator:latest"
    assert run.spec["command"] == [
        "--config", "/data/configs/generated_config.yaml", "--job_id", "${{ run.id }}",
    ]  # fmt: skip
    assert run.spec["container_name"] == f"opeva_sim_{job_id}_Demo_exp-Run_1"
    assert run.spec["environment"] == {"MLFLOW_TRACKING_URI": "http://mlflow:5000"}
    info = backend.ok("GET", f"/job-info/{job_id}")
    assert info.pop("started_at").endswith("Z")
    assert info == {
        "job_id": job_id, "job_name": "Demo_exp-Run_1",
        "config_path": "configs/generated_config.yaml", "target_host": "local",
        "container_id": None, "container_name": f"opeva_sim_{job_id}_Demo_exp-Run_1",
        "experiment_name": "Demo exp", "run_name": "Run/1",
    }  # fmt: skip


@ON_SQLITE
def test_a_config_without_a_name_is_called_after_its_job(backend: Backend) -> None:
    job_id = backend.start(config={"a": 1})["job_id"]
    assert backend.ok("GET", f"/config/{job_id}.yaml") == {"config": {"a": 1}}
    info = backend.ok("GET", f"/job-info/{job_id}")
    assert (info["experiment_name"], info["run_name"]) == ("UnnamedExperiment", "UnnamedRun")
    assert info["job_name"] == "UnnamedExperiment-UnnamedRun"


@ON_SQLITE
@pytest.mark.parametrize("path", ["configs/my_config.yaml", "my_config.yaml", "my_config"])
def test_an_existing_config_counts_before_the_one_that_is_sent(backend: Backend, path: str) -> None:
    backend.write("configs/my_config.yaml", "experiment: {name: Kept, run_name: One}\n")
    job = backend.start(config_path=path, config={"experiment": {"name": "Sent"}})
    assert job["job_name"] == "Kept-One"
    assert backend.ok("GET", "/configs") == ["my_config.yaml"]


@ON_SQLITE
def test_what_cannot_be_started_says_why(backend: Backend) -> None:
    path = "/run-simulation"
    backend.fails(400, "Missing config or config_path", "POST", path, json={})
    backend.fails(400, "Missing config or config_path", "POST", path, json={"target_host": "local"})
    backend.fails(400, "Invalid host: gpu", "POST", path, json={"config": {}, "target_host": "gpu"})
    missing = {"config_path": "configs/none.yaml"}
    backend.fails(404, "Config none.yaml not found", "POST", path, json=missing)
    backend.write("configs/broken.yaml", "a: [1\n")
    assert backend.client.post(path, json={"config_path": "broken.yaml"}).status_code == 400
    assert backend.ok("GET", "/jobs") == []


@ON_SQLITE
def test_unknown_keys_and_missing_ones_are_passed_over(backend: Backend) -> None:
    body = {"config": CONFIG, "image_tag": "v2", "config_path": None, "save_as": None}
    assert backend.ok("POST", "/run-simulation", json=body)["host"] == "local"


@ON_SQLITE
@pytest.mark.parametrize(
    "config",
    [
        {"experiment": None}, {"experiment": []}, {"experiment": {"name": {"a": 1}}},
        {"experiment": {"name": "x" * 100_000, "run_name": "é✓\n"}}, {"experiment": {"name": " "}},
        {"simulator": {"dataset_path": "/data/datasets/../../etc"}}, {"simulator": []},
        {"a": {"b": [[[[]]]]}}, {},
    ],
)  # fmt: skip
def test_odd_configs_are_names_too(backend: Backend, config: Any) -> None:
    job = backend.start(config=config)
    assert set(job["job_name"]) <= set(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-"
    )
    assert len(job["job_name"]) <= 150


@ON_SQLITE
def test_a_dataset_that_the_config_names_travels_with_the_job(backend: Backend) -> None:
    assert backend.run(backend.start()["job_id"]).spec["datasets"] == []
    backend.ok("POST", "/dataset", json={"name": "d", "schema": {}})
    assert backend.run(backend.start()["job_id"]).spec["datasets"] == ["d"]


def test_the_words_of_every_state(backend: Backend) -> None:
    job_id = backend.start()["job_id"]

    def told() -> tuple[str, str, str | None]:
        status = backend.ok("GET", f"/status/{job_id}")
        assert status["job_id"] == job_id
        (listed,) = backend.ok("GET", "/jobs")
        assert (listed["job_id"], listed["status"]) == (job_id, status["status"])
        return status["status"], status["state"], status["docker_status"]

    assert told() == ("queued", "queued", None)
    backend.move(job_id, RunState.LAUNCHING, handle=HANDLE)
    assert told() == ("queued", "launching", "created")
    backend.move(job_id, RunState.RUNNING)
    assert told() == ("running", "running", "running")
    backend.move(job_id, RunState.COLLECTING, exit_code=0)
    assert told() == ("running", "collecting", "exited")
    backend.move(job_id, RunState.SUCCEEDED)
    assert told() == ("finished", "succeeded", "exited")
    status = backend.ok("GET", f"/status/{job_id}")
    assert (status["exit_code"], status["reason"]) == (0, "Because the test says so")


@pytest.mark.parametrize("state", list(RunState))
def test_every_state_has_a_documented_word(state: RunState) -> None:
    assert status_word(state) in {"queued", "running", "finished", "failed", "stopped"}
    for code in (None, 0, 1):
        word = docker_word(state, has_container=True, exit_code=code)
        assert word in {"created", "running", "exited", "not_found"}


@ON_SQLITE
def test_results_and_progress_are_what_the_simulation_wrote(backend: Backend) -> None:
    job_id = backend.start()["job_id"]
    assert backend.ok("GET", f"/result/{job_id}") == QUEUED
    assert backend.ok("GET", f"/progress/{job_id}") == {"progress": "No updates yet."}
    backend.write(f"jobs/{job_id}/progress/progress.json", {"percent": 45, "stage": "training"})
    assert backend.ok("GET", f"/progress/{job_id}") == {"percent": 45, "stage": "training"}
    path = f"jobs/{job_id}/results/result.json"
    backend.write(path, '{"b": {"cost": NaN, "peak": 1e999, "half": "\\ud800"}, "a": [Infinity')
    assert backend.ok("GET", f"/result/{job_id}") == QUEUED  # it is being written
    backend.write(path, '{"b": {"cost": NaN, "peak": 1e999, "half": "\\ud800"}, "a": [Infinity]}')
    answer = backend.client.get(f"/result/{job_id}")
    assert json.loads(answer.content) == {
        "b": {"cost": None, "peak": None, "half": "\ud800"}, "a": [None],
    }  # fmt: skip
    backend.write(path, "[" + "1," * 9_000_000 + "1]")
    assert backend.client.get(f"/result/{job_id}").status_code == 413
    backend.write(f"jobs/{job_id}/job_info.json", {"a": "x" * 1_000_000})
    assert "a" not in backend.ok("GET", f"/job-info/{job_id}")
    for hostile in ("[" * 100_000, "\0", "9" * 5000):
        backend.write(path, hostile)
        assert backend.client.get(f"/result/{job_id}").status_code == 200


@ON_SQLITE
def test_links_that_a_container_left_are_not_followed(backend: Backend) -> None:
    job_id = backend.start()["job_id"]
    secret = backend.write("secret.json", {"secret": 1})
    folder = backend.data_dir / "jobs" / job_id
    for name in (
        "results/result.json",
        "progress/progress.json",
        f"logs/{job_id}.log",
        "job_info.json",
    ):
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.unlink(missing_ok=True)
        place.symlink_to(secret)
    os.mkfifo(folder / "logs" / "pipe.log")
    for path in ("result", "progress", "job-info", "logs"):
        answer = backend.client.get(f"/{path}/{job_id}")
        assert answer.status_code == 200
        assert "secret" not in answer.text
    assert backend.client.get(f"/file-logs/{job_id}").status_code == 404
    other = backend.start()["job_id"]
    (backend.data_dir / "jobs" / other).symlink_to(folder)
    assert backend.client.get(f"/logs/{other}").status_code == 200


@ON_SQLITE
def test_logs_of_the_container_and_of_the_simulation(backend: Backend) -> None:
    job_id = backend.start()["job_id"]
    answer = backend.client.get(f"/logs/{job_id}")
    assert answer.text == "Log not found for container ID: None\n"
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    detail = f"Log folder not found for job {job_id}"
    backend.fails(404, detail, "GET", f"/file-logs/{job_id}")
    (backend.data_dir / "jobs" / job_id / "logs").mkdir(parents=True)
    detail = f"Log file not found for job {job_id}"
    backend.fails(404, detail, "GET", f"/logs/file/{job_id}")

    older = backend.write(f"jobs/{job_id}/logs/older.log", "older\n")
    os.utime(older, (1, 1))
    backend.write(f"jobs/{job_id}/logs/mlflow-run.log", "the simulation's\n")
    for path in ("logs", "file-logs", "logs/file"):
        assert backend.client.get(f"/{path}/{job_id}").text == "the simulation's\n"
    backend.write(f"jobs/{job_id}/logs/{job_id}.log", "")
    assert backend.client.get(f"/logs/{job_id}").text == "the simulation's\n"
    backend.write(f"jobs/{job_id}/logs/{job_id}.log", "printed\n")
    assert backend.client.get(f"/logs/{job_id}").text == "printed\n"
    for path in ("file-logs", "logs/file"):
        assert backend.client.get(f"/{path}/{job_id}").text == "the simulation's\n"


@ON_SQLITE
def test_a_log_that_grows_is_given_as_far_as_it_is_written(backend: Backend) -> None:
    job_id = backend.start()["job_id"]
    place = backend.write(f"jobs/{job_id}/logs/{job_id}.log", "x" * 3_000_000)
    ended = threading.Event()

    def grow() -> None:
        with place.open("a") as file:
            while not ended.is_set():
                file.write("y" * 100_000)
                file.flush()

    writer = threading.Thread(target=grow)
    writer.start()
    try:
        text = backend.client.get(f"/logs/{job_id}").text
    finally:
        ended.set()
        writer.join()
    assert text.startswith("x" * 3_000_000)
    assert set(text) <= {"x", "y"}


@ON_SQLITE
def test_what_the_simulation_adds_to_its_metadata_is_told(backend: Backend) -> None:
    job_id = backend.start()["job_id"]
    backend.write(f"jobs/{job_id}/job_info.json", {"job_name": "Own", "mlflow_run_id": "abc"})
    info = backend.ok("GET", f"/job-info/{job_id}")
    assert (info["job_name"], info["mlflow_run_id"], info["job_id"]) == ("Own", "abc", job_id)
    (job,) = backend.ok("GET", "/jobs")
    assert job["job_info"] == info
    backend.write(f"jobs/{job_id}/job_info.json", "broken")
    assert backend.ok("GET", f"/job-info/{job_id}")["job_name"] == "Demo_exp-Run_1"


@pytest.mark.parametrize("job_id", STRANGE_IDS)
@ON_SQLITE
def test_unknown_jobs(backend: Backend, job_id: str) -> None:
    for method, path in (
        ("GET", "status"), ("GET", "logs"), ("GET", "file-logs"), ("GET", "logs/file"),
        ("POST", "stop"), ("DELETE", "job"),
    ):  # fmt: skip
        if "%2f" in job_id:  # more than one part of an address
            assert backend.client.request(method, f"/{path}/{job_id}").status_code == 404
        else:
            backend.fails(404, "Job not found", method, f"/{path}/{job_id}")
    if "%2f" not in job_id:
        backend.fails(404, "Job info not found", "GET", f"/job-info/{job_id}")
        assert backend.ok("GET", f"/result/{job_id}") == QUEUED
        assert backend.ok("GET", f"/progress/{job_id}") == {"progress": "No updates yet."}


def test_stopping_answers_at_once(backend: Backend) -> None:
    job_id = backend.start()["job_id"]
    assert backend.ok("POST", f"/stop/{job_id}") == {"message": "stopped"}
    assert backend.ok("POST", f"/stop/{job_id}") == {"message": "stopped"}
    assert backend.run(job_id).stop_reason == "user"
    backend.move(job_id, RunState.STOPPED)
    assert backend.ok("GET", f"/status/{job_id}")["status"] == "stopped"
    assert backend.ok("POST", f"/stop/{job_id}") == {"message": "not_found"}


def test_deleting_takes_the_folder_and_the_line_in_the_file(backend: Backend) -> None:
    kept, job_id = (backend.start()["job_id"] for _ in range(2))
    for each in (kept, job_id):
        backend.write(f"jobs/{each}/results/result.json", {"a": 1})
        backend.move(each, *WAY, RunState.SUCCEEDED, handle=HANDLE)
    keeper_of(backend).look()
    assert set(backend.tracked()) == {kept, job_id}
    message = {"message": f"Job {job_id} deleted successfully"}
    assert backend.ok("DELETE", f"/job/{job_id}") == message
    assert not (backend.data_dir / "jobs" / job_id).exists()
    assert set(backend.tracked()) == {kept}
    assert [job["job_id"] for job in backend.ok("GET", "/jobs")] == [kept]
    backend.fails(404, "Job not found", "DELETE", f"/job/{job_id}")


@ON_SQLITE
def test_a_job_that_runs_is_not_deleted(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    from benchwright.compat.opeva import jobs

    monkeypatch.setattr(jobs, "STOP_PATIENCE_S", 0.0)
    job_id = backend.start()["job_id"]
    detail = "The run has not ended; stop it first."
    backend.fails(409, detail, "DELETE", f"/job/{job_id}")
    backend.ok("POST", f"/stop/{job_id}")
    backend.fails(409, detail, "DELETE", f"/job/{job_id}")
    backend.move(job_id, RunState.STOPPED)
    assert backend.client.delete(f"/job/{job_id}").status_code == 200


@ON_SQLITE
def test_deleting_waits_for_a_job_that_was_told_to_stop(backend: Backend) -> None:
    job_id = backend.start()["job_id"]
    backend.ok("POST", f"/stop/{job_id}")
    ender = threading.Timer(0.5, backend.move, (job_id, RunState.STOPPED))
    ender.start()
    assert backend.client.delete(f"/job/{job_id}").status_code == 200
    ender.join()


def test_only_jobs_of_this_interface_are_listed(backend: Backend) -> None:
    plan = {"name": "other", "image": "busybox", "command": ["true"], "host": "local"}
    answer = backend.client.post("/api/v1/projects/default/jobs", json={"plan": plan})
    ids = [backend.start()["job_id"] for _ in range(3)]
    assert answer.status_code < 500
    assert [job["job_id"] for job in backend.ok("GET", "/jobs")] == ids


def test_the_file_follows_the_jobs(backend: Backend) -> None:
    first, second = backend.start()["job_id"], backend.start()["job_id"]
    keeper = keeper_of(backend)
    keeper.look()
    assert not (backend.data_dir / "job_track.json").exists()
    backend.move(second, RunState.LAUNCHING, handle=HANDLE)
    keeper.look()
    assert list(backend.tracked()) == [second]
    entry = backend.tracked()[second]
    assert list(entry) == list(TRACKED)
    assert entry["container_id"] == HANDLE["id"]
    assert entry["container_name"] == f"opeva_sim_{second}_Demo_exp-Run_1"
    backend.move(first, RunState.LAUNCHING, handle=HANDLE)
    third = backend.start()["job_id"]
    keeper.look()
    assert list(backend.tracked()) == [second, first]
    backend.move(third, RunState.STOPPED)
    keeper.look()
    assert third not in backend.tracked()
