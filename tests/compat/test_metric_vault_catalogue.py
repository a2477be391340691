from __future__ import annotations

import json
from typing import Any

import pytest

from benchwright.runs.folder import RunFolder
from tests.compat.conftest import ON_SQLITE, REFUSED, UNKNOWN, WAY, Vault


def test_a_life_of_a_project(vault: Vault) -> None:
    project_id = vault.add_project("My API Project")
    listed = vault.ok("GET", "/project")
    assert listed[-1] == {
        "id": project_id, "title": "My API Project", "summary": "s", "description": "d",
        "status": None, "updated_at": None,
    }  # fmt: skip
    assert vault.ok("GET", f"/project/{project_id}") == {
        "id": project_id, "title": "My API Project", "summary": "s", "description": "d",
        "openapi_specs": [],
    }  # fmt: skip
    assert vault.ok("DELETE", f"/project/{project_id}") is None
    vault.fails(404, UNKNOWN, "GET", f"/project/{project_id}")
    vault.fails(404, UNKNOWN, "DELETE", f"/project/{project_id}")


def test_titles_may_repeat(vault: Vault) -> None:
    first, second = vault.add_project("같은 이름"), vault.add_project("같은 이름")
    third, fourth = vault.add_project("Same"), vault.add_project("Same")
    assert len({first, second, third, fourth}) == 4


@ON_SQLITE
@pytest.mark.parametrize("missing", ["title", "summary", "description"])
def test_a_project_needs_all_of_its_texts(vault: Vault, missing: str) -> None:
    wish = {"title": "t", "summary": "s", "description": "d"}
    del wish[missing]
    answer = vault.client.post("/project", json=wish)
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body", missing]
    assert answer.json()["detail"][0]["type"] == "missing"


@pytest.mark.parametrize("spelling", ["openapi_url", "open_api_url"])
def test_a_document_is_analysed_by_either_name_of_its_address(vault: Vault, spelling: str) -> None:
    project_id = vault.add_project()
    document = vault.add_document(project_id)  # so that the peer serves it
    wish = {"project_id": project_id, spelling: f"{vault.peer.url}/openapi.json"}
    again = vault.ok("POST", "/openapi/analyze", json=wish)
    assert again["id"] != document["id"]
    assert {key: again[key] for key in ("title", "version", "base_url")} == {
        "title": "Shop", "version": "2.1", "base_url": "http://127.0.0.1:9/v1",
    }  # fmt: skip
    tags = {tag["name"]: tag for tag in again["tags"]}
    assert set(tags) == {"Items", "Admin", "Default"}
    assert tags["Items"]["description"] == "What is sold"
    (one,) = tags["Default"]["endpoints"]
    assert one == {
        "id": one["id"], "path": "/items/{id}", "method": "GET", "summary": "One",
        "description": "",
    }  # fmt: skip


def test_documents_appear_in_lists_and_in_their_project(vault: Vault) -> None:
    project_id = vault.add_project()
    document = vault.add_document(project_id)
    assert vault.ok("GET", "/openapi") == [document]
    assert vault.ok("GET", f"/project/{project_id}")["openapi_specs"] == [document]
    counts = {f"{e['method']} {e['path']}": e["tag_count"] for e in vault.ok("GET", "/endpoint")}
    assert counts == {"GET /items": 1, "POST /items": 2, "GET /items/{id}": 1}


def test_an_endpoint_is_shown_with_its_tags_and_deleted(vault: Vault) -> None:
    vault.add_document(vault.add_project())
    number = vault.endpoint_ids()["POST /items"]
    shown = vault.ok("GET", f"/endpoint/{number}")
    assert {tag["name"] for tag in shown["tags"]} == {"Items", "Admin"}
    assert set(shown) == {"id", "path", "method", "summary", "description", "tags"}
    assert set(shown["tags"][0]) == {"id", "name", "description"}
    assert vault.ok("DELETE", f"/endpoint/{number}") is None
    vault.fails(404, UNKNOWN, "GET", f"/endpoint/{number}")
    vault.fails(404, UNKNOWN, "DELETE", f"/endpoint/{number}")


def test_deleting_a_document_keeps_the_history_of_its_tests(vault: Vault) -> None:
    document = vault.add_document(vault.add_project())
    vault.start(vault.endpoint_ids()["GET /items"])
    run = vault.newest_run()
    before = vault.ok("GET", f"/test-history/{run.id}/details")
    assert before["scenarios"][0]["endpoint"]["path"] == "/items"
    assert vault.ok("DELETE", f"/openapi/{document['id']}") is None
    assert vault.ok("GET", "/openapi") == []
    vault.fails(404, UNKNOWN, "DELETE", f"/openapi/{document['id']}")
    after = vault.ok("GET", f"/test-history/{run.id}/details")
    assert after["scenarios"][0]["endpoint"] is None
    assert after["scenarios"][0]["scenario_tag"] == before["scenarios"][0]["scenario_tag"]


def test_deleting_a_project_takes_all_of_it_along_once_nothing_runs(vault: Vault) -> None:
    project_id = vault.add_project()
    vault.add_document(project_id)
    vault.start(vault.endpoint_ids()["GET /items"])
    run = vault.newest_run()
    folder = RunFolder.of(vault.lab.settings.data_dir, run.public_id)
    folder.make({})
    vault.fails(400, REFUSED, "DELETE", f"/project/{project_id}")
    assert vault.ok("GET", f"/project/{project_id}")["openapi_specs"] != []
    vault.move(run.id, *WAY)
    assert vault.ok("DELETE", f"/project/{project_id}") is None
    assert vault.ok("GET", "/openapi") == vault.ok("GET", "/endpoint") == []
    assert vault.ok("GET", "/test-history/simple") == []
    assert not folder.root.exists()


def test_the_default_project_stays(vault: Vault) -> None:
    default = vault.ok("GET", "/project")[0]["id"]
    answer = vault.client.delete(f"/project/{default}")
    assert answer.status_code == 400
    assert "always exists" in answer.headers["X-Benchwright-Reason"]


def test_documents_that_cannot_be_had(vault: Vault, unused_port: int) -> None:
    project_id = vault.add_project()
    url = f"{vault.peer.url}/openapi.json"
    unknown = {"project_id": 10**6, "open_api_url": url}
    vault.fails(404, UNKNOWN, "POST", "/openapi/analyze", json=unknown)
    assert vault.peer.requests == []
    for address in (f"http://127.0.0.1:{unused_port}/openapi.json", f"{vault.peer.url}/nothing"):
        wish = {"project_id": project_id, "open_api_url": address}
        vault.fails(400, REFUSED, "POST", "/openapi/analyze", json=wish)
    vault.peer.serve("/openapi.json", json.dumps({"not": "a document"}), "application/json")
    answer = vault.client.post(
        "/openapi/analyze", json={"project_id": project_id, "open_api_url": url}
    )
    assert answer.status_code in {400, 422}
    assert vault.ok("GET", "/openapi") == []


@ON_SQLITE
@pytest.mark.parametrize(
    "body, place",
    [
        ({"project_id": 1}, "open_api_url"),
        ({"project_id": 1, "openapi_url": "no address"}, "openapi_url"),
        ({"openapi_url": "http://127.0.0.1/openapi.json"}, "project_id"),
        ({"project_id": 2**70, "openapi_url": "http://127.0.0.1/openapi.json"}, "project_id"),
    ],
)
def test_wishes_that_make_no_sense(vault: Vault, body: dict[str, Any], place: str) -> None:
    answer = vault.client.post("/openapi/analyze", json=body)
    assert answer.status_code == 422
    assert place in str(answer.json()["detail"][0]["loc"])


@ON_SQLITE
@pytest.mark.parametrize("number", ["0", "-1", "999999", str(2**40), "x", "%00"])
@pytest.mark.parametrize("path", ["/project/", "/openapi/", "/endpoint/", "/test-history/"])
def test_ids_that_nothing_has(vault: Vault, path: str, number: str) -> None:
    answer = vault.client.delete(path + number)
    assert answer.status_code in {404, 422}
    assert answer.headers["content-type"] == "application/json"
