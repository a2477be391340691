"""Reports to a real MLflow server."""

from __future__ import annotations

import asyncio
import datetime as dt
import signal
import time
import uuid
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from benchwright.app import create_app
from benchwright.kit.db import now
from benchwright.lab import Lab
from benchwright.settings import Settings
from benchwright.tracking.client import MlflowClient
from benchwright.tracking.delivery import report_due
from tests.services.mlflow import MlflowServer, mlflow_server_in, require_mlflow
from tests.tracking.conftest import OpenLab, make_job, messages_of, report_of
from tests.tracking.gate import FOREVER, open_gate

# The server needs long to start on a machine that is busy.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

LONG_ENOUGH_S = 200.0


@pytest.fixture
def experiment() -> str:
    return f"Experiment {uuid.uuid4()}"


async def report(lab: Lab, after: dt.timedelta = dt.timedelta(0)) -> None:
    assert await report_due(lab, now() + after)


def check_complete(server: MlflowServer, experiment: str, public_id: uuid.UUID) -> dict[str, Any]:
    """There is one run, with everything."""
    (run,) = server.runs(experiment)
    data = run["data"]
    params = {each["key"]: each["value"] for each in data["params"]}
    metrics = {each["key"]: each["value"] for each in data["metrics"]}
    tags = {each["key"]: each["value"] for each in data["tags"]}
    assert params["parameters.rate"] == "0.1"
    assert params["config.algorithm.name"] == "ddpg"
    assert metrics["cost.mean"] == 0.75
    assert metrics["exit_code"] == 0
    assert tags["benchwright.run_id"] == str(public_id)
    assert tags["benchwright.state"] == "succeeded"
    assert run["info"]["run_name"] == "Train it"
    assert run["info"]["status"] == "FINISHED"
    assert run["info"]["end_time"] >= run["info"]["start_time"]
    files = server.files(run["info"]["run_id"])
    assert files == {
        "inputs/config.yaml": 36,
        f"logs/{public_id}.log": 450,
        "results/plots/a plot, 100 %.svg": 600,
        "results/result.json": 10,
    }
    return run


async def test_a_run_arrives_with_all_that_belongs_to_it(
    mlflow_server: MlflowServer, open_lab: OpenLab, experiment: str
) -> None:
    lab = open_lab(mlflow_server.url, experiment=experiment).lab
    job = make_job(lab)
    await report(lab)

    run = check_complete(mlflow_server, experiment, job)
    told = report_of(lab, job)
    assert (told.state, told.last_error, told.note) == ("reported", "", "")
    assert told.url == (
        f"{mlflow_server.url}/#/experiments/{mlflow_server.experiment(experiment)}"
        f"/runs/{run['info']['run_id']}"
    )
    assert messages_of(lab, job) == [f"Reported to MLflow as {run['info']['run_id']}."]
    assert not await report_due(lab)


async def test_wherever_it_breaks_off_one_run_is_there_in_the_end(
    mlflow_server: MlflowServer, open_lab: OpenLab, experiment: str
) -> None:
    async with open_gate(mlflow_server.port) as gate:
        lab = open_lab(gate.url, experiment=experiment).lab
        job = make_job(lab)
        later = dt.timedelta(0)
        for length in range(1, 100):
            gate.left = length
            await report(lab, later)
            if report_of(lab, job).state == "reported":
                break
            later += dt.timedelta(hours=2)
        assert 8 < length < 99
    check_complete(mlflow_server, experiment, job)


async def test_a_server_that_dies_with_a_report_is_told_the_rest_by_the_next(
    mlflow_server: MlflowServer, open_lab: OpenLab, experiment: str
) -> None:
    async with open_gate(mlflow_server.port) as gate:
        lab = open_lab(gate.url, experiment=experiment).lab
        job = make_job(lab)
        task = asyncio.create_task(report_due(lab))
        deadline = time.monotonic() + LONG_ENOUGH_S
        while gate.passed < 5 and time.monotonic() < deadline:  # noqa: ASYNC110 - a counter, no event
            await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        after = open_lab(gate.url, experiment=experiment).lab
        # Until its claim has run out nobody else takes it.
        assert not await report_due(after)
        await report(after, dt.timedelta(minutes=5))
    check_complete(mlflow_server, experiment, job)


async def test_a_report_that_is_made_again_changes_nothing(
    mlflow_server: MlflowServer, open_lab: OpenLab, experiment: str
) -> None:
    lab = open_lab(mlflow_server.url, experiment=experiment).lab
    job = make_job(lab)
    await report(lab)
    before = check_complete(mlflow_server, experiment, job)
    with lab.database.write() as session:
        from benchwright.runs import service as runs
        from benchwright.tracking import repository, service

        run = runs.get_run(session, job)
        service.report_again(session, run, lab.settings.tracking)
        found = repository.find(session, run.id)
        assert found is not None
        # As after a restore of an old backup: the tag alone leads to it.
        found.mlflow_run_id = None
    await report(lab)
    after = check_complete(mlflow_server, experiment, job)
    assert after["info"]["run_id"] == before["info"]["run_id"]
    history = mlflow_server.call("runs/search", experiment_ids=[after["info"]["experiment_id"]])
    assert len(history["runs"]) == 1


async def test_results_go_into_the_run_that_the_workload_made(
    mlflow_server: MlflowServer, open_lab: OpenLab, experiment: str
) -> None:
    lab = open_lab(mlflow_server.url, experiment="never made").lab
    own = mlflow_server.call("experiments/create", name=experiment)["experiment_id"]
    made = mlflow_server.call("runs/create", experiment_id=own, run_name="mine", start_time=1)
    run_id = made["run"]["info"]["run_id"]
    params = [{"key": "config.algorithm.gamma", "value": "0.5"}]
    mlflow_server.call("runs/log-batch", run_id=run_id, params=params)
    mlflow_server.call("runs/update", run_id=run_id, status="FINISHED", end_time=5)
    job = make_job(lab, info={"mlflow_run_id": run_id, "mlflow_uri": mlflow_server.url + "/"})
    await report(lab)

    (run,) = mlflow_server.runs(experiment)
    metrics = {each["key"]: each["value"] for each in run["data"]["metrics"]}
    found = {each["key"]: each["value"] for each in run["data"]["params"]}
    assert metrics["benchwright/cost.mean"] == 0.75
    assert found["config.algorithm.gamma"] == "0.5"
    assert found["benchwright/config.algorithm.gamma"] == "0.9"
    assert run["info"]["run_name"] == "mine"
    assert run["info"]["end_time"] == 5
    assert "benchwright/results/result.json" in mlflow_server.files(run_id)
    told = report_of(lab, job)
    assert (told.by_workload, told.mlflow_run_id) == (True, run_id)
    assert mlflow_server.runs("never made") == []


@pytest.mark.parametrize(
    "info",
    [
        {"mlflow_uri": "file:/data/mlflow/mlruns", "mlflow_run_id": "ab12"},
        {"mlflow_run_id": "ab12"},
    ],
)
async def test_a_run_that_the_workload_made_elsewhere_is_left_alone(
    mlflow_server: MlflowServer, open_lab: OpenLab, experiment: str, info: dict[str, str]
) -> None:
    lab = open_lab(mlflow_server.url, experiment=experiment).lab
    job = make_job(lab, info=info)
    await report(lab)
    check_complete(mlflow_server, experiment, job)
    assert not report_of(lab, job).by_workload


async def test_an_experiment_that_was_deleted_is_told_of(
    mlflow_server: MlflowServer, open_lab: OpenLab, experiment: str
) -> None:
    made = mlflow_server.call("experiments/create", name=experiment)["experiment_id"]
    mlflow_server.call("experiments/delete", experiment_id=made)
    lab = open_lab(mlflow_server.url, experiment=experiment).lab
    job = make_job(lab)
    await report(lab)
    assert "was deleted there; restore it" in report_of(lab, job).last_error
    mlflow_server.call("experiments/restore", experiment_id=made)
    await report(lab, dt.timedelta(hours=1))
    check_complete(mlflow_server, experiment, job)


async def test_more_than_one_batch_holds_arrives(
    mlflow_server: MlflowServer, open_lab: OpenLab, experiment: str
) -> None:
    lab = open_lab(mlflow_server.url, experiment=experiment).lab
    make_job(lab, parameters={f"p{n:03}": "x" * 600 for n in range(250)})
    await report(lab)
    (run,) = mlflow_server.runs(experiment)
    names = [each["key"] for each in run["data"]["params"]]
    assert len([name for name in names if name.startswith("parameters.p")]) == 250


async def test_several_make_one_experiment(
    mlflow_server: MlflowServer, open_lab: OpenLab, experiment: str
) -> None:
    lab = open_lab(mlflow_server.url).lab
    async with MlflowClient(lab.settings.tracking, []) as client:
        ids = await asyncio.gather(*(client.ensure_experiment(experiment) for _ in range(4)))
    assert len(set(ids)) == 1


async def test_a_server_that_refuses_us_and_then_is_killed_has_one_run_in_the_end(
    open_lab: OpenLab, tmp_path: Path, experiment: str
) -> None:
    require_mlflow()
    auth = ("reporter", "a long password")
    with mlflow_server_in(tmp_path / "mlflow", auth=auth) as server:
        async with open_gate(server.port) as gate:
            given = {"username": "reporter", "password": "not this one", "experiment": experiment}
            lab = open_lab(gate.url, **given).lab
            job = make_job(lab)
            await report(lab)
            assert "it refuses our user or token; correct" in report_of(lab, job).last_error
            assert "not this one" not in repr(report_of(lab, job))
            right = open_lab(gate.url, **{**given, "password": auth[1]}).lab
            gate.left = 6
            await report(right, dt.timedelta(hours=1))
            assert report_of(right, job).mlflow_run_id is not None
            server.stop(signal.SIGKILL)
            gate.left = FOREVER
            await report(right, dt.timedelta(hours=2))
            assert report_of(right, job).state == "pending"
            with mlflow_server_in(tmp_path / "mlflow", auth=auth, port=server.port) as again:
                await report(right, dt.timedelta(hours=4))
                check_complete(again, experiment, job)


def test_a_run_that_ends_is_reported_by_the_server(
    mlflow_server: MlflowServer, tmp_path: Path, experiment: str
) -> None:
    tracking = {
        "mlflow_url": mlflow_server.url, "experiment": experiment, "kinds": ["push"],
        "interval_s": 0.2, "timeout_s": 60, "mlflow_ui_url": "https://ml.example",
    }  # fmt: skip
    settings = Settings.model_validate({"data_dir": tmp_path / "data", "tracking": tracking})
    with TestClient(create_app(settings), base_url="http://127.0.0.1:8000") as client:
        lines = "".join(f"load value={n} {int(time.time()) - 9 + n}000000000\n" for n in range(9))
        assert client.post("/write?db=plant", content=lines).status_code == 204
        (run,) = client.get("/api/v1/runs").json()["items"]
        api = f"/api/v1/runs/{run['public_id']}"
        assert client.get(f"{api}/mlflow").status_code == 404
        assert client.post(f"{api}/mlflow").status_code == 409
        assert client.post(f"{api}/stop").is_success
        deadline = time.monotonic() + LONG_ENOUGH_S
        found: dict[str, Any] = {}
        while found.get("state") != "reported" and time.monotonic() < deadline:
            found = client.get(f"{api}/mlflow").json()
            time.sleep(0.1)
        assert found["state"] == "reported", found
        page = client.get(
            f"/p/default/runs/{run['public_id']}", headers={"Accept": "text/html"}
        ).text
        assert f'href="{found["url"]}"' in page
        assert found["url"].startswith("https://ml.example/#/experiments/")
        assert client.post(f"{api}/mlflow").status_code == 202
    (told,) = mlflow_server.runs(experiment)
    metrics = {each["key"]: each["value"] for each in told["data"]["metrics"]}
    assert metrics["series/load.max"] == 8
    assert told["info"]["status"] == "FINISHED"
