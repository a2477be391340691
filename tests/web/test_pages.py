from __future__ import annotations

import platform
import re
import sqlite3
from importlib import metadata

import pytest
from fastapi.testclient import TestClient

from benchwright.version import VERSION
from tests.architecture.tree import ROOT, text
from tests.fixtures.site import Site


def test_about_names_versions(site: Site) -> None:
    facts = site.page("/about").select_one("#versions")
    assert facts is not None
    names = [term.text for term in facts.select("dt")]
    values = dict(zip(names, [value.text for value in facts.select("dd")], strict=True))
    assert values["Benchwright"] == VERSION
    assert values["Python"].startswith(platform.python_version())
    assert re.fullmatch(r"\d+\.\d+\.\d+ \(.+\)", values["k6"])
    assert values["Database"] == f"SQLite {sqlite3.sqlite_version}"
    assert site.client.get("/about.json").json()["versions"] == values


def test_about_names_everything_that_is_shipped(site: Site) -> None:
    body = site.client.get("/about.json").json()["packages"]
    licences = {p["name"].lower(): p["licence"] for listed in body.values() for p in listed}
    assert licences["uplot"] == "MIT"
    assert licences["fastapi"] == "MIT"
    assert "unknown" not in licences.values()
    # What runs without being asked for by name is shipped too.
    locked = re.findall(r"^([\w.-]+)==", text(ROOT / "requirements-runtime.lock"), re.MULTILINE)
    installed = {name for name in locked if is_installed(name)}
    assert installed <= {re.sub(r"[-_.]+", "-", name) for name in licences}
    page = site.page("/about").text
    assert all(name in page.lower() for name in licences)


def is_installed(name: str) -> bool:
    try:
        metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def test_licences_can_be_read(site: Site) -> None:
    links = [str(a["href"]) for a in site.page("/about").select(".packages a")]
    assert len(links) > 10
    for link in links:
        assert site.client.get(link).status_code == 200


@pytest.mark.parametrize("path", ["/docs", "/api/swagger"])
def test_the_api_is_documented_without_other_servers(site: Site, path: str) -> None:
    page = site.page(path)
    assert page.select_one("#swagger-ui[data-openapi='/openapi.json']") is not None
    for tag in page.select("script[src], link[rel=stylesheet]"):
        assert site.client.get(str(tag.get("src") or tag.get("href"))).status_code == 200


def test_the_openapi_document_can_be_made(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    assert "/api/v1/runs/{run_id}/events" in paths
    assert not [path for path in paths if path.startswith("/p/")]


def test_the_openapi_document_says_what_everything_is_for(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    explained = {tag["name"] for tag in document["tags"] if tag["description"]}
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    assert all(operation["description"] and operation["summary"] for operation in operations)
    assert {tag for operation in operations for tag in operation["tags"]} == explained


def test_the_icon_is_found_where_browsers_look(client: TestClient) -> None:
    answer = client.get("/favicon.ico", follow_redirects=True)
    assert answer.headers["content-type"] == "image/svg+xml"
