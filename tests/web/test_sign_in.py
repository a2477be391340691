from __future__ import annotations

from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from fastapi.testclient import TestClient

from benchwright.access import service
from benchwright.access.principal import Scope
from tests.services import databases
from tests.web.harness import Harness


@pytest.fixture
def reachable(tmp_path: Path) -> tuple[TestClient, str]:
    """A browser at an installation that others reach, and a token for it."""
    databases._copy_sqlite(tmp_path)
    local = Harness.open(tmp_path / "data")
    with local.database.write() as session:
        keyring = local.installation.lab.keyring
        token = service.create_token(session, keyring, "a test", [Scope.READ])[1]
    local.database.dispose()
    harness = Harness.open(tmp_path / "data", host="0.0.0.0")
    client = TestClient(
        harness.app, base_url="http://lab.example", follow_redirects=False,
        headers={"Accept": "text/html", "Origin": "http://lab.example"},
    )  # fmt: skip
    return client, token


def test_a_stranger_is_asked_for_a_token(reachable: tuple[TestClient, str]) -> None:
    client, token = reachable
    answer = client.get("/p/default/runs?q=x")
    assert answer.headers["location"] == "/sign-in?next=/p/default/runs%3Fq%3Dx"
    page = BeautifulSoup(client.get(answer.headers["location"]).text, "html.parser")
    hidden = page.select_one("input[name=next]")
    assert hidden is not None
    assert hidden["value"] == "/p/default/runs?q=x"
    assert page.select_one("label[for=f-token]") is not None

    answer = client.post("/sign-in", data={"token": token, "next": str(hidden["value"])})
    assert answer.headers["location"] == "/p/default/runs?q=x"
    page = BeautifulSoup(client.get("/about").text, "html.parser")
    assert page.select_one("form[action='/sign-out']") is not None


def test_a_wrong_token_is_explained(reachable: tuple[TestClient, str]) -> None:
    client, _ = reachable
    answer = client.post("/sign-in", data={"token": "bw_pat_wrong"})
    assert answer.status_code == 401
    alert = BeautifulSoup(answer.text, "html.parser").select_one("[role=alert]")
    assert alert is not None
    assert "not known" in alert.text
    assert "bw_pat_wrong" not in answer.text


def test_who_may_only_read_is_told_what_is_missing(reachable: tuple[TestClient, str]) -> None:
    client, token = reachable
    client.post("/sign-in", data={"token": token})
    answer = client.post("/p/", data={"name": "New"})
    assert answer.status_code == 403
    assert "scope `write`" in BeautifulSoup(answer.text, "html.parser").text
