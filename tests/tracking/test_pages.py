from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from bs4 import BeautifulSoup
from fastapi.testclient import TestClient

from benchwright.app import build_app
from benchwright.installation import Installation
from benchwright.kit.db import now
from benchwright.runs import service as runs
from benchwright.tracking import repository
from tests.tracking.conftest import AWAY, OpenLab, make_job, report_of


@pytest.fixture
def installation(open_lab: OpenLab) -> Installation:
    return open_lab()


@pytest.fixture
def client(installation: Installation) -> TestClient:
    # Without its loops: the report stays as the test makes it.
    return TestClient(
        build_app(installation), base_url="http://127.0.0.1:8000", follow_redirects=False,
        headers={"Accept": "text/html"},
    )  # fmt: skip


def show(
    client: TestClient, installation: Installation, **report: Any
) -> tuple[str, BeautifulSoup]:
    """The page of a run whose report is like that, and its address."""
    lab = installation.lab
    job = make_job(lab)
    with lab.database.write() as session:
        found = repository.find(session, runs.get_run(session, job).id)
        for name, value in report.items():
            setattr(found, name, value)
    address = f"/p/default/runs/{job}"
    answer = client.get(address)
    assert answer.status_code == 200
    return address, BeautifulSoup(answer.text, "html.parser")


def test_a_run_that_arrived_is_linked(client: TestClient, installation: Installation) -> None:
    done = {
        "reported_at": now(),
        "next_attempt_at": None,
        "experiment_id": "3",
        "mlflow_run_id": "ab",
    }
    _, page = show(client, installation, **done, note="1 file, because of the limit of their size")
    link = page.find("a", string="In MLflow")
    assert link["href"] == f"{AWAY}/#/experiments/3/runs/ab"  # type: ignore[index] # there
    assert "without 1 file" in page.get_text()


def test_a_run_that_waits_says_so(client: TestClient, installation: Installation) -> None:
    _, page = show(client, installation)
    assert "is being reported to MLflow" in page.get_text()
    assert page.find("button", string="Report now") is None


@pytest.mark.parametrize("gives_up", [False, True])
def test_what_keeps_a_report_back_is_told_and_can_be_tried_again(
    client: TestClient, installation: Installation, gives_up: bool
) -> None:
    following = None if gives_up else now() + dt.timedelta(hours=1)
    address, page = show(
        client, installation, attempts=9, next_attempt_at=following,
        last_error="<b>no</b> answer within 20 s",
    )  # fmt: skip
    text = page.get_text()
    assert ("was not reported" in text) is gives_up
    assert ("not in MLflow yet" in text) is not gives_up
    assert "<b>no</b> answer within 20 s" in text
    form = page.find("form", action=f"{address}/mlflow")
    assert form is not None
    answer = client.post(f"{address}/mlflow")
    assert (answer.status_code, answer.headers["location"]) == (303, address)
    told = report_of(installation.lab, uuid.UUID(address.rpartition("/")[2]))
    assert (told.state, told.attempts, told.last_error) == ("pending", 0, "")
