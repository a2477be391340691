from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from fastapi.testclient import TestClient

from benchwright.access import service
from benchwright.access.principal import Scope
from benchwright.app import build_app
from benchwright.compat.opeva.wiring import PREFIX
from benchwright.installation import open_installation
from benchwright.settings import Settings
from tests.compat import test_metric_vault_access as metric_vault
from tests.services import databases

DOCUMENTED = {
    ("POST", "/run-simulation"),
    ("GET", "/status/{job_id}"),
    ("GET", "/result/{job_id}"),
    ("GET", "/progress/{job_id}"),
    ("GET", "/logs/{job_id}"),
    ("GET", "/logs/file/{job_id}"),
    ("GET", "/file-logs/{job_id}"),
    ("POST", "/stop/{job_id}"),
    ("GET", "/jobs"),
    ("GET", "/job-info/{job_id}"),
    ("DELETE", "/job/{job_id}"),
    ("POST", "/config"),
    ("POST", "/config/create"),
    ("POST", "/experiment-config/create"),
    ("GET", "/configs"),
    ("GET", "/experiment-configs"),
    ("GET", "/config/{file_name:path}"),
    ("GET", "/experiment-config/{file_name:path}"),
    ("DELETE", "/config/{file_name:path}"),
    ("DELETE", "/experiment-config/{file_name:path}"),
    ("POST", "/dataset"),
    ("GET", "/datasets"),
    ("DELETE", "/dataset/{name:path}"),
    ("GET", "/dataset/download/{name:path}"),
    ("GET", "/dataset/dates-available/{site}"),
    ("GET", "/hosts"),
    ("GET", "/api/icharging-headquarters"),
    ("GET", "/api/living-lab"),
    ("GET", "/sites"),
    ("GET", "/real-time-data/{site}"),
}
SHARED = {("GET", "/health")}
"""Documented by several; the server's own answer is good for all of them."""

MakeApp = Callable[..., FastAPI]


@pytest.fixture
def make_app(tmp_path: Path) -> Iterator[MakeApp]:
    """Applications on one data directory, with a token; keyword arguments are the interface's."""
    databases._copy_sqlite(tmp_path)
    data_dir = tmp_path / "data"
    local = open_installation(Settings(data_dir=data_dir))
    with local.lab.database.write() as session:
        service.create_token(session, local.lab.keyring, "x", [Scope.READ])
    opened = [local]

    def make(host: str = "127.0.0.1", **opeva: Any) -> FastAPI:
        settings = Settings.model_validate({
            "data_dir": data_dir, "server": {"host": host}, "compat": {"opeva": opeva},
        })  # fmt: skip
        opened.append(open_installation(settings))
        return build_app(opened[-1])

    yield make
    for installation in opened:
        installation.lab.database.dispose()


def client_of(app: FastAPI, base_url: str = "http://127.0.0.1:8000") -> TestClient:
    return TestClient(app, base_url=base_url, follow_redirects=False)


def routes_of(app: FastAPI) -> list[tuple[str, str]]:
    return [
        (method, str(route.path))
        for route in iter_route_contexts(app.routes)
        if isinstance(route.original_route, APIRoute)
        for method in route.methods or ()
    ]


def test_every_documented_route_is_served_at_both_places(make_app: MakeApp) -> None:
    routes = set(routes_of(make_app()))
    assert routes >= DOCUMENTED | SHARED
    below = {(method, path) for method, path in routes if path.startswith(PREFIX)}
    assert below == {(method, PREFIX + path) for method, path in DOCUMENTED | SHARED}


def test_no_other_route_shares_an_address(make_app: MakeApp) -> None:
    routes = routes_of(make_app())
    assert {pair for pair in DOCUMENTED | SHARED if routes.count(pair) > 1} == set()
    assert not DOCUMENTED & set(routes_of(make_app(enabled=False)))
    assert not DOCUMENTED & metric_vault.DOCUMENTED


@pytest.mark.parametrize("documented", [DOCUMENTED, metric_vault.DOCUMENTED - {("GET", "/")}])
def test_no_address_is_answered_by_another_route_first(
    make_app: MakeApp, documented: set[tuple[str, str]]
) -> None:
    app = make_app()
    for method, path in documented:
        concrete = re.sub(r"\{[^}]*\}", "1", path)
        matching = [
            route.path
            for route in iter_route_contexts(app.routes)
            if isinstance(route.original_route, APIRoute)
            and method in (route.methods or ())
            and route.path_regex.match(concrete)
        ]
        assert matching[0] == path, concrete


def test_health_is_the_servers_own(make_app: MakeApp) -> None:
    client = client_of(make_app())
    assert client.get("/health").json()["status"] == "ok"
    assert client.get(f"{PREFIX}/health").json() == {"status": "ok"}


def test_the_same_is_answered_below_the_prefix(make_app: MakeApp) -> None:
    client = client_of(make_app())
    for path in ("/jobs", "/hosts", "/configs", "/datasets", "/sites", "/result/1"):
        assert client.get(PREFIX + path).json() == client.get(path).json()


def test_the_interface_can_be_turned_off(make_app: MakeApp) -> None:
    client = client_of(make_app(enabled=False, anonymous=True))
    for path in ("/jobs", f"{PREFIX}/jobs", f"{PREFIX}/health", "/hosts"):
        assert client.get(path).status_code == 404


def test_the_interface_is_in_the_documentation_once(make_app: MakeApp) -> None:
    paths = client_of(make_app()).get("/openapi.json").json()["paths"]
    assert paths["/run-simulation"]["post"]["tags"] == ["opeva"]
    assert not [path for path in paths if path.startswith("/compat/")]


def test_off_loopback_a_token_is_needed(make_app: MakeApp) -> None:
    stranger = client_of(make_app("0.0.0.0"), "http://lab.example")
    for method, path in DOCUMENTED:
        answer = stranger.request(method, path)
        assert answer.status_code == 401, path
        assert answer.json()["detail"]


def test_clients_without_a_token_are_let_in_where_the_settings_say_so(make_app: MakeApp) -> None:
    stranger = client_of(make_app("0.0.0.0", anonymous=True), "http://lab.example")
    wish = {"file_name": "a.yaml", "config": {"a": 1}}
    assert stranger.post("/config/create", json=wish).status_code == 200
    assert stranger.get(f"{PREFIX}/config/a.yaml").json() == {"config": {"a": 1}}
    assert stranger.delete("/config/a.yaml").status_code == 200
    assert stranger.get("/jobs").json() == []
    assert stranger.get("/project").status_code == 401


def test_they_get_no_further_than_the_interface(make_app: MakeApp) -> None:
    app = make_app("0.0.0.0", anonymous=True)
    stranger = client_of(app, "http://lab.example")
    documented = DOCUMENTED | SHARED
    documented |= {(method, PREFIX + path) for method, path in documented}
    for method, path in set(routes_of(app)) - documented:
        if path.startswith("/static") or path in {
            "/sign-in", "/sign-out", "/favicon.ico", "/ping",
        }:  # fmt: skip
            continue
        assert stranger.request(method, path).status_code == 401, (method, path)


def test_a_page_of_another_site_cannot_use_a_guests_rights(make_app: MakeApp) -> None:
    stranger = client_of(make_app("0.0.0.0", anonymous=True), "http://lab.example")
    headers = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    assert stranger.post("/run-simulation", headers=headers, json={}).status_code == 403


def test_a_token_that_may_only_run_writes_no_config_under_a_name(make_app: MakeApp) -> None:
    app = make_app()
    with app.state.lab.database.write() as session:
        _, token = service.create_token(session, app.state.lab.keyring, "run", [Scope.RUN])
    runner = client_of(app)
    runner.headers["Authorization"] = f"Bearer {token}"
    wish = {"config": {"a": 1}, "save_as": "a.yaml", "target_host": "nowhere"}
    assert runner.post("/run-simulation", json=wish).status_code == 403
    del wish["save_as"]
    assert runner.post("/run-simulation", json=wish).status_code == 400
    assert runner.delete("/config/a.yaml").status_code == 403
