"""The whole application, not started, as clients of Metric Vault see it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from benchwright.app import build_app
from benchwright.compat.opeva import launching
from benchwright.installation import open_installation
from benchwright.kit.db import Database
from benchwright.lab import Lab
from benchwright.runs import lookup_repository as lookup
from benchwright.runs.models import Run
from benchwright.runs.state import RunKind, RunState
from benchwright.runs.transitions import transition
from benchwright.settings import Settings
from tests.compat.opeva_backend import Backend, opened_backend
from tests.fixtures.peers import Peer

SUCCEEDED = "요청 처리에 성공하였습니다."
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what has nothing to gain from a second kind of database."""
UNKNOWN = "존재하지 않는 데이터입니다"
REFUSED = "잘못된 요청입니다"

DOCUMENT = {
    "openapi": "3.0.3",
    "info": {"title": "Shop", "version": "2.1"},
    "servers": [{"url": "http://127.0.0.1:9/v1"}],
    "tags": [{"name": "Items", "description": "What is sold"}],
    "paths": {
        "/items": {
            "get": {"tags": ["Items"], "summary": "List", "description": "Lists items."},
            "post": {"tags": ["Items", "Admin"], "summary": "Add"},
        },
        "/items/{id}": {
            "get": {
                "summary": "One",
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}
                ],
            }
        },
    },
}


@dataclass
class Vault:
    """A client, and the parts behind it."""

    app: FastAPI
    client: TestClient
    peer: Peer

    @property
    def lab(self) -> Lab:
        lab: Lab = self.app.state.lab
        return lab

    @property
    def database(self) -> Database:
        return self.lab.database

    def ok(self, method: str, path: str, **more: Any) -> Any:
        """The data of an answer that must have succeeded."""
        answer = self.client.request(method, path, **more)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        assert body == {
            "success": True, "message": SUCCEEDED, "data": body["data"], "status_code": 200,
        }  # fmt: skip
        return body["data"]

    def fails(self, status: int, message: str, method: str, path: str, **more: Any) -> None:
        answer = self.client.request(method, path, **more)
        assert answer.status_code == status, answer.text
        assert answer.json() == {
            "success": False, "message": message, "data": None, "status_code": status,
        }  # fmt: skip

    def add_project(self, title: str = "Shop") -> int:
        wish = {"title": title, "summary": "s", "description": "d"}
        return int(self.ok("POST", "/project", json=wish)["id"])

    def add_document(self, project_id: int, document: dict[str, Any] | None = None) -> Any:
        self.peer.serve("/openapi.json", json.dumps(document or DOCUMENT), "application/json")
        url = f"{self.peer.url}/openapi.json"
        return self.ok(
            "POST", "/openapi/analyze", json={"project_id": project_id, "open_api_url": url}
        )

    def endpoint_ids(self) -> dict[str, int]:
        return {f"{e['method']} {e['path']}": e["id"] for e in self.ok("GET", "/endpoint")}

    def start(self, endpoint_id: int, **changes: Any) -> str:
        """The name of a job that waits, as nothing drives it here."""
        scenario = {"endpoint_id": endpoint_id, "stages": [{"duration": "30s", "target": 5}]}
        data = self.ok("POST", "/load-testing", json={"scenarios": [scenario], **changes})
        return str(data["job_name"])

    def newest_run(self) -> Run:
        with self.database.read() as session:
            lines = lookup.list_lines(session, RunKind.LOAD_TEST, newest_first=True, limit=1)
            run = lookup.find_by_id(session, lines[0].id)
        assert run is not None
        return run

    def move(self, run_id: int, *states: RunState) -> None:
        with self.database.write() as session:
            run = lookup.find_by_id(session, run_id)
            assert run is not None
            for state in states:
                transition(session, run, state, "Because the test says so")


WAY = (RunState.LAUNCHING, RunState.RUNNING, RunState.COLLECTING, RunState.SUCCEEDED)


@pytest.fixture
def vault(database_url: str, tmp_path: Path, peer: Peer) -> Iterator[Vault]:
    settings = Settings.model_validate(
        {"data_dir": tmp_path / "data", "database_url": database_url}
    )
    installation = open_installation(settings)
    app = build_app(installation)
    client = TestClient(app, base_url="http://127.0.0.1:8000", follow_redirects=False)
    yield Vault(app, client, peer)
    installation.lab.database.dispose()


@pytest.fixture
def backend(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Backend]:
    # Nothing drives the jobs here: an answer would wait for a container in vain.
    monkeypatch.setattr(launching, "PATIENCE_S", 0.0)
    monkeypatch.setattr(launching, "QUEUE_PATIENCE_S", 0.0)
    with opened_backend(tmp_path / "data", database_url) as opened:
        yield opened
