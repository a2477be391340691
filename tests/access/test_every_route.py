"""What must hold of every route of the product, whoever writes it."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient

from benchwright.access import service
from benchwright.access.middleware import is_public
from benchwright.access.principal import Scope
from benchwright.access.scopes import declared_scope
from benchwright.app import build_app
from benchwright.installation import open_installation
from benchwright.kit.db import Database
from benchwright.kit.secrets import open_keyring
from benchwright.settings import Settings

# Open to everybody; whoever adds one says why it gives nothing away.
PUBLIC = {
    "/favicon.ico",
    "/health",
    "/ping",
    "/sign-in",
    "/sign-out",
    "/static/{path:path}",
}
# Open to every token, whatever its scopes.
ANY_TOKEN = {"/openapi.json"}
# Sent as a POST because of its size; changes nothing.
ONLY_COMPUTES = {
    "/api/v1/projects/{slug}/jobs/preview",
    "/p/{slug}/jobs/preview",
    "/api/v1/projects/{slug}/load-tests/preview",
    "/api/v1/schedules/preview",
    "/api/v1/configs/check",
    "/p/{slug}/configs/lint",
    "/p/{slug}/schedules/preview",
    *(f"/p/{{slug}}/load-tests/{name}" for name in ("card", "choose", "lint", "outlook", "script")),
}

Routes = list[tuple[str, str, Scope | None]]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """The product on an address that others reach, with one token."""
    data_dir: Path = tmp_path_factory.mktemp("data")
    local = open_installation(Settings(data_dir=data_dir))
    with local.lab.database.write() as session:
        service.create_token(session, local.lab.keyring, "x", [Scope.ADMIN])
    local.lab.database.dispose()
    settings = Settings.model_validate({"data_dir": data_dir, "server": {"host": "0.0.0.0"}})
    installation = open_installation(settings)
    yield build_app(installation)
    installation.lab.database.dispose()


@pytest.fixture(scope="module")
def routes(app: FastAPI) -> Routes:
    found: Routes = []
    for route in iter_route_contexts(app.routes):
        dependant = getattr(route, "dependant", None)
        scope = declared_scope(dependant) if dependant is not None else None
        assert route.path is not None
        found += [(method, route.path, scope) for method in sorted(route.methods or ())]
    assert len(found) > 50
    return found


@pytest.fixture
def stranger(app: FastAPI) -> TestClient:
    # Not entered: the loops of the server have nothing to do here.
    return TestClient(app, base_url="http://lab.example", follow_redirects=False)


def fill(path: str) -> str:
    """The path with something in the place of each parameter."""
    return re.sub(r"\{[^}]+\}", lambda _: str(uuid.uuid4()), path)


def test_every_route_says_who_may_call_it(routes: Routes) -> None:
    silent = {path for _, path, scope in routes if scope is None}
    assert silent == PUBLIC | ANY_TOKEN


def test_public_addresses_are_those_that_the_middleware_lets_through(routes: Routes) -> None:
    let_through = {path for _, path, _ in routes if is_public(path)}
    assert let_through == PUBLIC


def test_no_route_answers_a_stranger(routes: Routes, stranger: TestClient) -> None:
    for method, path, _ in routes:
        if path in PUBLIC:
            continue
        response = stranger.request(method, fill(path))
        assert response.status_code == 401, (method, path)


def test_reading_is_not_enough_to_change_anything(routes: Routes) -> None:
    for method, path, scope in routes:
        if method in {"GET", "HEAD"} or path in PUBLIC | ONLY_COMPUTES:
            continue
        assert scope not in {None, Scope.READ}, (method, path)


def test_a_token_that_may_only_read_changes_nothing(
    app: FastAPI, routes: Routes, stranger: TestClient
) -> None:
    lab = app.state.lab
    with lab.database.write() as session:
        _, text = service.create_token(session, lab.keyring, "reader", [Scope.READ])
    headers = {"Authorization": f"Bearer {text}"}
    for method, path, scope in routes:
        if scope in {None, Scope.READ}:
            continue
        response = stranger.request(method, fill(path), headers=headers)
        assert response.status_code == 403, (method, path, response.text)


def test_the_key_lies_beside_the_database_not_in_it(app: FastAPI) -> None:
    private: Path = app.state.lab.settings.private_dir
    ring = open_keyring(None, private / "key")
    assert ring.key_id == app.state.lab.keyring.key_id
    key = (private / "key").read_bytes().strip()
    database: Database = app.state.lab.database
    with database.read() as session:
        session.connection()
    assert all(key not in path.read_bytes() for path in private.rglob("*.db*"))
