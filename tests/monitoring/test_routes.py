from __future__ import annotations

import datetime as dt
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text
from sqlalchemy.exc import OperationalError

from benchwright.access import service as access
from benchwright.access.principal import Scope
from benchwright.app import build_app
from benchwright.installation import open_installation
from benchwright.kit.db import Database, now
from benchwright.lab import Lab
from benchwright.metrics.live import REMOTE_WRITE
from benchwright.projects import service as projects
from benchwright.runs.models import Run
from benchwright.runs.state import RunKind, RunState
from benchwright.setting_groups import TrackingSettings
from benchwright.settings import Settings
from benchwright.tracking import service as tracking
from tests.metrics.pushes import Sender
from tests.services import requirements

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
OPENMETRICS = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"


@pytest.fixture
def app(database: Database, data_dir: Path) -> Iterator[FastAPI]:
    url = database.url.render_as_string(hide_password=False)
    installation = open_installation(
        Settings.model_validate({"data_dir": data_dir, "database_url": url})
    )
    yield build_app(installation)
    installation.lab.database.dispose()


@pytest.fixture
def lab(app: FastAPI) -> Lab:
    lab: Lab = app.state.lab
    return lab


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    return TestClient(app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False)


def scrape(client: TestClient) -> dict[str, float]:
    """The samples as they are written, by name and labels."""
    answer = client.get("/metrics")
    assert answer.status_code == 200, answer.text
    return {
        sample.name + "".join(f" {k}={v}" for k, v in sorted(sample.labels.items())): sample.value
        for family in read_text(answer.text)
        for sample in family.samples
    }


def add_run(lab: Lab, state: RunState, age_s: float = 0) -> Run:
    with lab.database.write() as session:
        run = Run(
            public_id=uuid.uuid4(),
            project_id=projects.get_project(session, "default").id,
            kind=RunKind.LOAD_TEST,
            name="a name that nobody may see",
            spec={},
            timeout_s=60,
            state=state,
            created_at=now() - dt.timedelta(seconds=age_s),
        )
        session.add(run)
    return run


def test_runs_are_counted_by_state(client: TestClient, lab: Lab) -> None:
    assert scrape(client)["benchwright_queue_oldest_seconds"] == 0
    add_run(lab, RunState.QUEUED, age_s=100)
    add_run(lab, RunState.QUEUED, age_s=50)
    add_run(lab, RunState.RUNNING)
    add_run(lab, RunState.SUCCEEDED)
    lab.ended_runs.update(["failed"])
    found = scrape(client)
    assert found["benchwright_runs state=queued"] == 2
    assert found["benchwright_runs state=running"] == 1
    assert found["benchwright_runs state=collecting"] == 0
    assert "benchwright_runs state=succeeded" not in found
    assert 100 <= found["benchwright_queue_oldest_seconds"] < 160
    assert found["benchwright_runs_ended_total state=failed"] == 1
    assert found["benchwright_runs_ended_total state=lost"] == 0


def test_reports_that_wait_for_mlflow_are_counted(client: TestClient, lab: Lab) -> None:
    assert "benchwright_mlflow_waiting_reports" not in scrape(client)
    lab.settings.tracking = TrackingSettings.model_validate({"mlflow_url": "http://mlflow:5000"})
    assert scrape(client)["benchwright_mlflow_waiting_reports"] == 0
    run = add_run(lab, RunState.FAILED)
    with lab.database.write() as session:
        tracking.report_again(session, session.get_one(Run, run.id), lab.settings.tracking)
    assert scrape(client)["benchwright_mlflow_waiting_reports"] == 1


@ON_SQLITE
def test_what_comes_in_and_what_is_refused_is_counted(client: TestClient, lab: Lab) -> None:
    run_id = uuid.uuid4()
    folder = lab.settings.data_dir / "jobs"
    lab.live.open(run_id, folder)
    sender = Sender()
    sender.request(0.1)
    body = sender.body()
    path = f"/api/v1/ingest/runs/{run_id}/prometheus"
    assert client.post(path, content=body).status_code == 204
    assert client.post(path, content=b"nonsense").status_code == 400
    assert (
        client.post(path.replace(str(run_id), str(uuid.uuid4())), content=body).status_code == 404
    )
    lab.live.counts.refuse("influx", "bad-request", pushes=0, samples=3)
    found = scrape(client)
    assert found[f"benchwright_ingest_pushes_total protocol={REMOTE_WRITE}"] == 1
    assert found[f"benchwright_ingest_samples_total protocol={REMOTE_WRITE}"] == 5
    assert found[f"benchwright_ingest_bytes_total protocol={REMOTE_WRITE}"] == len(body)
    for reason in ("bad-request", "not-found"):
        refused = f"protocol={REMOTE_WRITE} reason={reason}"
        assert found[f"benchwright_ingest_refused_pushes_total {refused}"] == 1
    lines = "protocol=influx reason=bad-request"
    assert found[f"benchwright_ingest_refused_samples_total {lines}"] == 3
    assert found["benchwright_live_runs"] == 1
    lab.live.shut_down()


@ON_SQLITE
def test_requests_are_told_apart_by_template_and_nothing_else(client: TestClient) -> None:
    for _ in range(3):
        client.get(f"/api/v1/runs/{uuid.uuid4()}")
    client.get("/secret-words-of-a-user")
    client.request("INVENTED", "/health")
    client.get("/health")
    text = client.get("/metrics").text
    found = scrape(client)
    template = "method=GET route=/api/v1/runs/{run_id} status=4xx"
    assert found[f"benchwright_http_request_duration_seconds_count {template}"] == 3
    assert found[f"benchwright_http_request_duration_seconds_bucket le=+Inf {template}"] == 3
    assert found["benchwright_http_request_duration_seconds_count method=GET route=/health status=2xx"] == 1  # fmt: skip
    assert found["benchwright_http_request_duration_seconds_count method=GET route=(none) status=4xx"] == 1  # fmt: skip
    assert "secret-words" not in text and "INVENTED" not in text


@ON_SQLITE
def test_loops_pool_process_and_build_are_shown(client: TestClient, lab: Lab) -> None:
    lab.heartbeats.succeeded("webhooks")
    lab.heartbeats.failed("webhooks")
    found = scrape(client)
    assert found["benchwright_loop_last_success_timestamp_seconds loop=webhooks"] > 1.7e9
    assert found["benchwright_loop_failures_total loop=webhooks"] == 1
    assert found["benchwright_database_connections_max"] == 40
    assert found["benchwright_database_up"] == 1
    assert found["benchwright_watchers interface=runs"] == 0
    assert found["benchwright_watchers interface=metric_vault"] == 0
    assert any(name.startswith("benchwright_build_info python=3") for name in found)


@ON_SQLITE
def test_without_its_database_the_server_still_tells(
    client: TestClient, lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise OperationalError("SELECT", {}, Exception("gone"))

    monkeypatch.setattr(lab.database, "read", fail)
    found = scrape(client)
    assert found["benchwright_database_up"] == 0
    assert "benchwright_runs state=queued" not in found
    assert "benchwright_live_runs" not in found
    assert "benchwright_database_connections" in found


@ON_SQLITE
@pytest.mark.needs("promtool")
def test_prometheus_itself_finds_no_fault(client: TestClient, lab: Lab) -> None:
    lab.heartbeats.succeeded("reconciler")
    client.get("/health")
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    [promtool] = requirements.require("promtool")
    checked = subprocess.run(
        [promtool, "check", "metrics"], input=answer.content, capture_output=True, check=False
    )
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, b"")


@ON_SQLITE
def test_openmetrics_is_given_to_who_asks_for_it(client: TestClient) -> None:
    answer = client.get("/metrics", headers={"Accept": OPENMETRICS})
    assert answer.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    parsed = read_openmetrics(answer.text)  # type: ignore[no-untyped-call]  # is not typed
    families = {family.name: family.type for family in parsed}
    assert families["benchwright_runs_ended"] == "counter"
    assert families["benchwright_build"] == "info"


@ON_SQLITE
def test_off_loopback_a_token_with_read_is_needed(database: Database, data_dir: Path) -> None:
    url = database.url.render_as_string(hide_password=False)
    given = {"data_dir": data_dir, "database_url": url}
    local = open_installation(Settings.model_validate(given)).lab
    tokens = {}
    with local.database.write() as session:
        for scope in (Scope.READ, Scope.INGEST):
            tokens[scope] = access.create_token(session, local.keyring, scope.value, [scope])[1]
    local.database.dispose()
    settings = Settings.model_validate({**given, "server": {"host": "0.0.0.0"}})
    installation = open_installation(settings)
    client = TestClient(build_app(installation), base_url="http://127.0.0.1:8000")
    assert client.get("/metrics").status_code == 401
    for scope, status in ((Scope.READ, 200), (Scope.INGEST, 403)):
        headers = {"Authorization": f"Bearer {tokens[scope]}"}
        assert client.get("/metrics", headers=headers).status_code == status
    installation.lab.database.dispose()
