from __future__ import annotations

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
from benchwright.compat.metric_vault.wiring import PREFIX
from benchwright.installation import open_installation
from benchwright.settings import Settings
from tests.services import databases

DOCUMENTED = {
    ("GET", "/"),
    ("POST", "/project"),
    ("GET", "/project"),
    ("GET", "/project/{project_id}"),
    ("DELETE", "/project/{project_id}"),
    ("POST", "/openapi/analyze"),
    ("GET", "/openapi"),
    ("DELETE", "/openapi/{openapi_spec_id}"),
    ("GET", "/endpoint"),
    ("GET", "/endpoint/{endpoint_id}"),
    ("DELETE", "/endpoint/{endpoint_id}"),
    ("POST", "/load-testing"),
    ("GET", "/test-history/simple"),
    ("GET", "/test-history/projects/{project_id}"),
    ("GET", "/test-history/{test_history_id}/details"),
    ("GET", "/test-history/{test_history_id}/timeseries"),
    ("GET", "/test-history/{test_history_id}/resources"),
    ("GET", "/test-history/{test_history_id}/resource/summary"),
    ("DELETE", "/test-history/{test_history_id}"),
    ("GET", "/sse/k6data/{job_name}"),
    ("GET", "/sse/k6-data"),
    ("GET", "/scheduler/jobs"),
    ("GET", "/scheduler/status"),
    ("POST", "/scheduler/restart"),
    ("POST", "/scheduler/force-process/{job_name}"),
    ("POST", "/scheduler/suspend/{job_name}"),
    ("POST", "/scheduler/resume/{job_name}"),
    ("DELETE", "/scheduler/stop/{job_name}"),
}
HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}

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

    def make(host: str = "127.0.0.1", **vault: Any) -> FastAPI:
        settings = Settings.model_validate({
            "data_dir": data_dir, "server": {"host": host}, "compat": {"metric_vault": vault},
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
    assert routes >= DOCUMENTED
    below = {(method, path) for method, path in routes if path.startswith(PREFIX)}
    assert below == {(method, PREFIX + path) for method, path in DOCUMENTED}


def test_no_other_route_shares_an_address_but_the_overview(make_app: MakeApp) -> None:
    routes = routes_of(make_app())
    assert {pair for pair in DOCUMENTED if routes.count(pair) > 1} == {("GET", "/")}
    without = routes_of(make_app(enabled=False))
    assert DOCUMENTED & set(without) == {("GET", "/")}


def test_no_address_of_the_interface_is_answered_by_an_earlier_route(make_app: MakeApp) -> None:
    app = make_app()
    for method, path in DOCUMENTED - {("GET", "/")}:
        concrete = path.replace("{job_name}", "x").replace("{", "").replace("}", "")
        for name in ("project_id", "openapi_spec_id", "endpoint_id", "test_history_id"):
            concrete = concrete.replace(name, "1")
        scope = {"type": "http", "method": method, "path": concrete, "headers": []}
        matching = [
            route.path
            for route in iter_route_contexts(app.routes)
            if isinstance(route.original_route, APIRoute)
            and method in (route.methods or ())
            and route.path_regex.match(concrete)
        ]
        assert matching[0] == path, scope


def test_only_a_browser_gets_the_page_at_the_root(make_app: MakeApp) -> None:
    client = client_of(make_app())
    for headers in ({}, {"Accept": "*/*"}, {"Accept": "application/json"}):
        answer = client.get("/", headers=headers)
        assert (answer.status_code, answer.text) == (200, '"ok"')
    page = client.get("/", headers=HTML)
    assert page.headers["content-type"].startswith("text/html")
    assert client.get(f"{PREFIX}/", headers=HTML).json() == "ok"


def test_the_same_is_answered_below_the_prefix(make_app: MakeApp) -> None:
    client = client_of(make_app())
    for path in ("/project", "/openapi", "/endpoint", "/test-history/simple", "/scheduler/status"):
        assert client.get(PREFIX + path).json() == client.get(path).json()


def test_the_interface_can_be_turned_off(make_app: MakeApp) -> None:
    client = client_of(make_app(enabled=False, anonymous=True))
    for path in ("/project", f"{PREFIX}/project", "/scheduler/jobs"):
        assert client.get(path).status_code == 404
    assert client.get("/").headers["content-type"].startswith("text/html")


def test_the_interface_is_in_the_documentation_once(make_app: MakeApp) -> None:
    paths = client_of(make_app()).get("/openapi.json").json()["paths"]
    assert "/test-history/{test_history_id}/details" in paths
    assert not [path for path in paths if path.startswith("/compat/")]


def test_off_loopback_a_token_is_needed(make_app: MakeApp) -> None:
    stranger = client_of(make_app("0.0.0.0"), "http://lab.example")
    for method, path in DOCUMENTED:
        assert stranger.request(method, path).status_code == 401, path


def test_clients_without_a_token_are_let_in_where_the_settings_say_so(make_app: MakeApp) -> None:
    stranger = client_of(make_app("0.0.0.0", anonymous=True), "http://lab.example")
    assert stranger.get("/").json() == "ok"
    wish = {"title": "t", "summary": "s", "description": "d"}
    made = stranger.post("/project", json=wish)
    assert made.json()["success"] is True
    assert stranger.delete(f"{PREFIX}/project/{made.json()['data']['id']}").status_code == 200
    assert stranger.get("/sse/k6-data").status_code == 200


def test_they_get_no_further_than_the_interface(make_app: MakeApp) -> None:
    app = make_app("0.0.0.0", anonymous=True)
    stranger = client_of(app, "http://lab.example")
    documented = {*DOCUMENTED, *((m, PREFIX + p) for m, p in DOCUMENTED)}
    for method, path in set(routes_of(app)) - documented:
        if path.startswith("/static") or path in {
            "/health", "/sign-in", "/sign-out", "/favicon.ico", "/ping",
        }:  # fmt: skip
            continue
        assert stranger.request(method, path).status_code == 401, (method, path)
    page = stranger.get("/", headers=HTML)
    assert (page.status_code, page.headers["location"]) == (303, "/sign-in?next=/")


def test_a_page_of_another_site_cannot_use_a_guests_rights(make_app: MakeApp) -> None:
    stranger = client_of(make_app("0.0.0.0", anonymous=True), "http://lab.example")
    answer = stranger.post(
        "/scheduler/restart",
        headers={"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
    )
    assert answer.status_code == 403
