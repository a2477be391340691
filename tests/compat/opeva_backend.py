"""The whole application, not started, as clients of the OPEVA backend see it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient

from benchwright.app import build_app
from benchwright.installation import Installation, open_installation
from benchwright.runs import repository
from benchwright.runs.models import Run
from benchwright.runs.state import RunState
from benchwright.runs.transitions import transition
from benchwright.settings import Settings

CONFIG = {
    "experiment": {"name": "Demo exp", "run_name": "Run/1"},
    "simulator": {"dataset_name": "d", "dataset_path": "/data/datasets/d/schema.json"},
}
WAY = (RunState.LAUNCHING, RunState.RUNNING, RunState.COLLECTING)


@dataclass
class Backend:
    """A client, and the parts behind it."""

    app: FastAPI
    client: TestClient
    installation: Installation

    @property
    def data_dir(self) -> Path:
        return self.installation.lab.settings.data_dir

    def ok(self, method: str, path: str, **more: Any) -> Any:
        answer = self.client.request(method, path, **more)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def fails(self, status: int, detail: str, method: str, path: str, **more: Any) -> None:
        answer = self.client.request(method, path, **more)
        assert answer.status_code == status, answer.text
        assert answer.json() == {"detail": detail}

    def start(self, **body: Any) -> dict[str, Any]:
        """A job that waits, as nothing drives it here."""
        wish = {"config": CONFIG, "target_host": "local", **body}
        answer: dict[str, Any] = self.ok("POST", "/run-simulation", json=wish)
        return answer

    def move(self, job_id: str, *states: RunState, **columns: Any) -> None:
        with self.installation.lab.database.write() as session:
            run = repository.find(session, uuid.UUID(job_id))
            assert run is not None
            for name, value in columns.items():
                setattr(run, name, value)
            for state in states:
                transition(session, run, state, "Because the test says so")

    def run(self, job_id: str) -> Run:
        with self.installation.lab.database.read() as session:
            run = repository.find(session, uuid.UUID(job_id))
        assert run is not None
        return run

    def write(self, path: str, content: object) -> Path:
        """A file below the data directory; what is no text is written as JSON."""
        place = self.data_dir / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(content if isinstance(content, str) else json.dumps(content))
        return place

    def tracked(self) -> Any:
        return json.loads((self.data_dir / "job_track.json").read_text())


@contextmanager
def opened_backend(data_dir: Path, database_url: str, **settings: Any) -> Iterator[Backend]:
    given = {"data_dir": data_dir, "database_url": database_url, **settings}
    installation = open_installation(Settings.model_validate(given))
    app = build_app(installation)
    client = TestClient(app, base_url="http://127.0.0.1:8000", follow_redirects=False)
    yield Backend(app, client, installation)
    installation.lab.database.dispose()
