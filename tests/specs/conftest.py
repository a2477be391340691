from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import cast

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
from benchwright.projects.service import ensure_default
from benchwright.settings import ServerSettings, Settings, SpecSettings
from benchwright.specs import routes

Call = Callable[..., TestClient]


@pytest.fixture
def spec_lab(database: Database, tmp_path: Path) -> Lab:
    """As much of a lab as specs use, with a project `default`; it knows no names."""

    async def resolve(host: str, port: int) -> list[str]:
        return [host.strip("[]") if host[0].isdigit() else "127.0.0.1"]

    settings = Settings(data_dir=tmp_path / "data", specs=SpecSettings(timeout_s=5))
    with database.write() as session:
        ensure_default(session)
    parts = SimpleNamespace(
        settings=settings,
        database=database,
        blobs=BlobStore(tmp_path / "blobs"),
        fetcher=Fetcher(NetworkPolicy.create(loopback_only=True), resolve=resolve),
        keyring=Keyring(["k" * 32]),
    )
    return cast("Lab", parts)


@pytest.fixture
def api(spec_lab: Lab) -> Iterator[TestClient]:
    """The routes of specs for a local user."""
    app = FastAPI()
    app.state.lab = spec_lab
    install_access(app, spec_lab)
    app.include_router(routes.router)
    with TestClient(app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def token_client(spec_lab: Lab) -> Callable[[str], TestClient]:
    """Makes a client of a server off loopback whose token has one scope."""

    def make(scope: str) -> TestClient:
        spec_lab.settings.server = ServerSettings(host="192.0.2.1", allowed_hosts=["lab.test"])
        with spec_lab.database.write() as session:
            token = access.create_token(session, spec_lab.keyring, "a test", [Scope(scope)])[1]
        app = FastAPI()
        app.state.lab = spec_lab
        install_access(app, spec_lab)
        app.include_router(routes.router)
        return TestClient(
            app, base_url="http://lab.test", headers={"Authorization": f"Bearer {token}"}
        )

    return make
