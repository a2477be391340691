from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from benchwright.app import create_app
from benchwright.settings import Settings
from tests.fixtures.mongodb import TestDatabase


@pytest.fixture
def client(mongodb: TestDatabase, tmp_path: Path) -> Iterator[TestClient]:
    """A server that shows the test's own database."""
    given = {"data_dir": tmp_path / "data", "sources": mongodb.variables(max_documents=500)}
    app = create_app(Settings.model_validate(given))
    with TestClient(app, base_url="http://127.0.0.1:8000") as client:
        yield client


@pytest.fixture
def client_without_server(tmp_path: Path) -> Iterator[TestClient]:
    """A server whose MongoDB is away."""
    sources = {"mongodb": {"uri": "mongodb://u:hush@127.0.0.1:9/"}, "select_timeout_s": 0.2}
    settings = Settings.model_validate({"data_dir": tmp_path / "data", "sources": sources})
    with TestClient(create_app(settings), base_url="http://127.0.0.1:8000") as client:
        yield client
