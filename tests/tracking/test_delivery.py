"""Reports while the server is away, or is no MLflow; with a real one: test_mlflow.py."""

from __future__ import annotations

import datetime as dt

import pytest

from benchwright.kit.db import now
from benchwright.runs import service as runs
from benchwright.runs.folder import RunFolder
from benchwright.setting_groups import TrackingSettings
from benchwright.tracking import service as tracking
from benchwright.tracking.contents import read_report
from benchwright.tracking.delivery import is_same_server, pause_after, report_due
from tests.fixtures.odd_runs import make_odd_runs
from tests.fixtures.peers import Peer, write_answer
from tests.tracking.conftest import OpenLab, make_job, messages_of, report_of

BY_NAME = "/api/2.0/mlflow/experiments/get-by-name"
DAY = dt.timedelta(days=1)


async def test_a_server_that_is_away_is_tried_again_with_growing_pauses(open_lab: OpenLab) -> None:
    lab = open_lab().lab
    job = make_job(lab)
    at = now()
    pauses = []
    for _ in range(4):
        assert await report_due(lab, at)
        assert not await report_due(lab, at)
        report = report_of(lab, job)
        assert report.next_attempt_at is not None
        pauses.append((report.next_attempt_at - at).total_seconds())
        at = report.next_attempt_at
    assert pauses == pytest.approx([10, 20, 40, 80], rel=0.11)
    assert report.state == "pending"
    assert "the connection was refused" in report.last_error
    # The history says it once, not at each attempt.
    (message,) = messages_of(lab, job)
    assert message.endswith("It is tried again.")


async def test_after_days_a_report_is_given_up(open_lab: OpenLab) -> None:
    lab = open_lab(give_up_after_days=2).lab
    job = make_job(lab)
    await report_due(lab, now())
    await report_due(lab, now() + 2 * DAY)
    assert report_of(lab, job).state == "given up"
    assert "given up after 2 days" in messages_of(lab, job)[-1]
    assert not await report_due(lab, now() + 3 * DAY)


async def test_what_is_no_mlflow_is_told_of(open_lab: OpenLab, peer: Peer) -> None:
    peer.serve(BY_NAME, "<p>It works!</p>")
    lab = open_lab(f"http://127.0.0.1:{peer.port}").lab
    job = make_job(lab)
    await report_due(lab)
    assert "does not answer as an MLflow server does" in report_of(lab, job).last_error


async def test_credentials_stay_where_they_are_meant_to_go(open_lab: OpenLab, peer: Peer) -> None:
    peer.answers[BY_NAME] = write_answer(status=302, location="/elsewhere")
    lab = open_lab(f"http://127.0.0.1:{peer.port}", token="hush-hush").lab
    job = make_job(lab)
    await report_due(lab)
    assert peer.paths == [f"{BY_NAME}?experiment_name=Default"]
    assert peer.requests[0].headers["authorization"] == "Bearer hush-hush"
    assert "status 302" in report_of(lab, job).last_error
    assert "hush" not in repr(report_of(lab, job))


async def test_link_local_addresses_are_not_contacted(open_lab: OpenLab) -> None:
    lab = open_lab("http://169.254.169.254").lab
    job = make_job(lab)
    await report_due(lab)
    assert "169.254.169.254" in report_of(lab, job).last_error


async def test_runs_of_another_machine_are_left_to_it(open_lab: OpenLab) -> None:
    lab = open_lab().lab
    make_odd_runs(open_lab(), ("very_short",))  # of an installation elsewhere
    assert not await report_due(lab)


def test_what_is_told_of_a_job(open_lab: OpenLab) -> None:
    lab = open_lab(upload_artifacts_max_bytes=500).lab
    report = read_report(lab, make_job(lab))
    assert report is not None
    params = dict(report.params)
    assert params["image"] == "trainer:1"
    assert params["command"] == "--epochs '3 or so'"
    assert params["parameters.deep.list"] == "[1, 2]"
    assert params["config.algorithm.gamma"] == "0.9"
    assert "hush" not in repr(report)
    metrics = {metric.name: metric.value for metric in report.metrics}
    assert metrics["cost.mean"] == 0.75
    assert metrics["odd name ___.value"] == 2.0
    assert (report.status, report.experiment) == ("FINISHED", "Default")
    assert [file.path for file in report.files] == [
        "results/result.json",
        "inputs/config.yaml",
        "logs/" + report.tags["benchwright.run_id"] + ".log",
    ]
    assert report.notes == ["1 file, because of the limit of their size"]


def test_figures_over_time_are_told_in_short(open_lab: OpenLab) -> None:
    installation = open_lab()
    run_id = make_odd_runs(installation, ("stopped_early",))["stopped_early"]
    with installation.lab.database.write() as session:
        run = runs.get_run(session, run_id)
        tracking.report_again(session, run, installation.lab.settings.tracking)
    report = read_report(installation.lab, run_id)
    assert report is not None
    metrics = {metric.name: metric.value for metric in report.metrics}
    assert metrics["series/host_cpu.mean"] == pytest.approx(0.4, abs=0.01)
    assert metrics["series/requests_per_s.max"] >= metrics["series/requests_per_s.min"]
    assert metrics["Browse/http_req_duration.p95"] > 0
    assert report.status == "KILLED"
    assert dict(report.params)["scenarios.0.executor"] == "constant-arrival-rate"


def test_links_in_a_runs_folder_are_not_followed(open_lab: OpenLab) -> None:
    lab = open_lab().lab
    job = make_job(lab)
    secret = lab.settings.private_dir / "key"
    folder = RunFolder.of(lab.settings.data_dir, job)
    for path in (folder.root / "job_info.json", folder.inputs / "config.yaml"):
        path.unlink()
        path.symlink_to(secret)
    report = read_report(lab, job)
    assert report is not None
    assert secret.read_text(errors="replace")[:20] not in repr(report)
    assert not any(name.startswith("config.") for name, _ in report.params)


@pytest.mark.parametrize(
    "info, expected",
    [
        ({"mlflow_run_id": "ab12", "mlflow_uri": "http://x"}, "ab12"),
        ({"mlflow_run_id": "../../x"}, None),
        ({"mlflow_run_id": 5}, None),
        ({}, None),
    ],
)
def test_the_run_that_a_workload_made_is_known(
    open_lab: OpenLab, info: dict[str, str], expected: str | None
) -> None:
    lab = open_lab().lab
    report = read_report(lab, make_job(lab, info=info))
    assert report is not None
    assert report.workload_run_id == expected


@pytest.mark.parametrize(
    "uri, same",
    [
        (None, True),
        ("http://MLFLOW:5000", True),
        ("http://mlflow:5000/", True),
        ("https://mlflow:5000", False),
        ("http://mlflow", False),
        ("file:/data/mlflow/mlruns", False),
        ("http://[", False),
    ],
)
def test_which_addresses_are_the_same_server(uri: str | None, same: bool) -> None:
    settings = TrackingSettings.model_validate({"mlflow_url": "http://mlflow:5000"})
    assert is_same_server(settings, uri) is same


def test_pauses_grow_up_to_an_hour() -> None:
    pauses = [pause_after(attempts, 0).total_seconds() for attempts in (1, 2, 3, 9, 10, 10_000)]
    assert pauses == [10, 20, 40, 2560, 3600, 3600]
