"""A server to load, the bundled k6, and a way to run a script."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from benchwright.access import service as access
from benchwright.access.principal import Scope
from benchwright.access.wiring import install_access
from benchwright.kit.blobs import BlobStore
from benchwright.kit.db import Database
from benchwright.kit.fetch import Fetcher
from benchwright.kit.networks import NetworkPolicy
from benchwright.kit.secrets import Keyring
from benchwright.lab import Lab
from benchwright.loadtests import routes
from benchwright.loadtests.k6 import K6Program, quiet_environment, require_k6, run_command
from benchwright.loadtests.plan import parse_plan
from benchwright.loadtests.script import generate_script
from benchwright.projects.models import Project
from benchwright.settings import K6Settings, ServerSettings, Settings
from tests.loadtests.echo import EchoServer, running_echo


@pytest.fixture
def echo() -> Iterator[EchoServer]:
    with running_echo() as server:
        yield server


@pytest.fixture(scope="session")
def k6() -> K6Program:
    return require_k6(K6Settings())


@dataclass(frozen=True)
class Finished:
    """A k6 that ran to its end."""

    exit_code: int
    output: str
    log: str
    summary: bytes

    @property
    def metrics(self) -> dict[str, Any]:
        metrics: dict[str, Any] = json.loads(self.summary)["metrics"]
        return metrics


RunScript = Callable[..., Finished]


@pytest.fixture
def run_script(k6: K6Program, tmp_path: Path) -> RunScript:
    """Runs the text of a script as a run would, without pushing figures."""

    def run(text: str, *, own: bool = False, **variables: str) -> Finished:
        script, summary = tmp_path / "script.js", tmp_path / "summary.json"
        script.write_text(text, encoding="utf-8")
        summary.unlink(missing_ok=True)
        ended = subprocess.run(
            run_command(k6, script, summary, own=own, environment={}, remote_write=False),
            env={**quiet_environment(), **variables},
            cwd=tmp_path,
            capture_output=True,
            timeout=60,
            check=False,
        )
        content = summary.read_bytes() if summary.exists() else b""
        return Finished(ended.returncode, ended.stdout.decode(), ended.stderr.decode(), content)

    return run


RunPlan = Callable[..., Finished]


@pytest.fixture
def run_plan(echo: EchoServer, run_script: RunScript) -> RunPlan:
    """Runs a plan against the echo server; scenarios are one iteration of `GET /` by default."""

    def run(
        *scenarios: dict[str, Any], variables: dict[str, str] | None = None, **plan: Any
    ) -> Finished:
        parsed = parse_plan(
            {
                "name": "a plan",
                "base_url": echo.url,
                "scenarios": [{**once(), **scenario} for scenario in scenarios],
                **plan,
            }
        )
        return run_script(generate_script(parsed, {}).text, **(variables or {}))

    return run


def once(**fields: Any) -> dict[str, Any]:
    """A scenario of one request."""
    return {
        "name": "once", "path": "/", "executor": "per-vu-iterations", "vus": 1, "iterations": 1,
        "max_duration": "20s", **fields,
    }  # fmt: skip


@dataclass
class LoadLab:
    """As much of a `Lab` as load tests use."""

    settings: Settings
    database: Database
    keyring: Keyring
    blobs: BlobStore
    fetcher: Fetcher
    home: str = "here"
    woken: int = 0

    def wake(self) -> None:
        self.woken += 1

    def as_lab(self) -> Lab:
        return cast("Lab", self)

    def client(self) -> TestClient:
        app = FastAPI(docs_url=None, redoc_url=None)
        app.state.lab = self
        install_access(app, self.as_lab())
        app.include_router(routes.router)
        return TestClient(app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False)

    def token(self, *scopes: str) -> dict[str, str]:
        """The header with a new token."""
        with self.database.write() as session:
            granted = [Scope(scope) for scope in scopes]
            text = access.create_token(session, self.keyring, "a test", granted)[1]
        return {"Authorization": f"Bearer {text}"}


@pytest.fixture
def make_lab(database: Database, tmp_path: Path) -> Callable[..., LoadLab]:
    """Makes a lab with a project `shop`; keyword arguments are the server's settings."""

    def make(**server: object) -> LoadLab:
        settings = Settings(
            data_dir=tmp_path / "data", server=ServerSettings.model_validate(server)
        )
        private_open = "host" not in server
        with database.write() as session:
            session.add(Project(slug="shop", name="Shop"))
        return LoadLab(
            settings,
            database,
            Keyring(["k" * 32]),
            BlobStore(tmp_path / "blobs"),
            Fetcher(NetworkPolicy(private_open=private_open)),
        )

    return make


@pytest.fixture
def lab(make_lab: Callable[..., LoadLab]) -> LoadLab:
    return make_lab()
