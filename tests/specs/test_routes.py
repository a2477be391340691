from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from benchwright.lab import Lab
from benchwright.settings import SpecSettings
from tests.fixtures.peers import Peer, write_answer
from tests.specs.documents import shop, with_operation, write

SPECS = "/api/v1/projects/default/specs"


def upload(api: TestClient, document: bytes, address: str = SPECS, **fields: str) -> Any:
    return api.post(address, files={"document": ("openapi.json", document)}, data=fields)


@pytest.fixture
def spec(api: TestClient) -> dict[str, Any]:
    """An uploaded spec."""
    answer = upload(api, write(shop()))
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


def test_adds_what_is_behind_an_address(api: TestClient, peer: Peer) -> None:
    peer.serve("/ui", '<html><i data-url="v1/openapi.yaml">')
    peer.serve("/v1/openapi.yaml", json.dumps(shop(servers=[{"url": "."}])))
    answer = api.post(SPECS, json={"url": f" {peer.url}/ui ", "name": "Mine"})
    assert answer.status_code == 201
    body = answer.json()
    assert body["name"] == "Mine"
    assert body["title"] == "Shop"
    assert body["source_url"] == f"{peer.url}/ui"
    assert body["base_url"] == f"{peer.url}/v1"
    assert body["endpoint_count"] == 3
    assert [(tag["name"], tag["endpoint_count"]) for tag in body["tags"]] == [
        ("items", 2),
        ("Default", 1),
    ]
    assert api.get(f"/api/v1/specs/{body['public_id']}").json() == body
    (listed,) = api.get(SPECS).json()["items"]
    assert listed["public_id"] == body["public_id"]
    assert "warnings" not in listed


def test_adds_an_upload(api: TestClient, spec_lab: Lab, spec: dict[str, Any]) -> None:
    assert spec["source_url"] is None
    assert spec["name"] == "Shop"
    revision = api.get(f"/api/v1/specs/{spec['public_id']}/revisions/1").json()
    (document,) = revision["documents"]
    assert spec_lab.blobs.get(document["blob"]) == write(shop())
    assert upload(api, write(shop()), name="Other").json()["name"] == "Other"


def test_shows_endpoints(api: TestClient, spec: dict[str, Any]) -> None:
    address = f"/api/v1/specs/{spec['public_id']}/endpoints"
    first = api.get(address, params={"limit": 2}).json()
    assert [(item["method"], item["path"], item["tags"]) for item in first["items"]] == [
        ("GET", "/items/{id}", ["items"]), ("PUT", "/items/{id}", ["items"]),
    ]  # fmt: skip
    assert "parameters" not in first["items"][0]
    rest = api.get(address, params={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert [item["path"] for item in rest["items"]] == ["/health"]
    assert rest["next_cursor"] is None
    for wish, count in (
        ({"tag": "items"}, 2),
        ({"q": "ITEM"}, 2),
        ({"method": "put"}, 1),
        ({"tag": "x"}, 0),
    ):
        assert len(api.get(address, params=wish).json()["items"]) == count
    endpoint = api.get(f"/api/v1/endpoints/{first['items'][1]['public_id']}").json()
    assert endpoint["spec_id"] == spec["public_id"]
    assert endpoint["base_url"] == "https://shop.test/v1"
    assert endpoint["body"]["example"] == {"name": "Pen", "parts": []}
    assert endpoint["parameters"][0] == {
        "name": "id", "location": "path", "required": True, "schema": {"type": "integer"}, "example": 1,
        "style": "simple", "explode": False, "description": "", "media_type": None, "is_given": False,
    }  # fmt: skip


def test_analyses_again_from_the_address(api: TestClient, peer: Peer) -> None:
    peer.serve("/o.json", write(shop()))
    spec = api.post(SPECS, json={"url": f"{peer.url}/o.json"}).json()
    address = f"/api/v1/specs/{spec['public_id']}"
    assert api.post(f"{address}/analyse").json()["revision"] is None
    peer.serve("/o.json", write(with_operation({"summary": "new"})))
    answer = api.post(f"{address}/analyse")
    assert answer.status_code == 200
    revision = answer.json()["revision"]
    assert (revision["number"], revision["added_count"], revision["removed_count"]) == (2, 1, 3)
    assert revision["changes"]["added"] == [
        {"method": "POST", "path": "/x", "parts": [], "details": []}
    ]
    assert answer.json()["spec"]["endpoint_count"] == 1
    history = api.get(f"{address}/revisions").json()["items"]
    assert [item["number"] for item in history] == [2, 1]
    removed = api.get(f"{address}/endpoints", params={"removed": True}).json()["items"]
    assert [item["removed_at"] is not None for item in removed] == [True, True, True, False]
    assert api.get(f"{address}/revisions/7").status_code == 404


def test_a_failed_analysis_changes_nothing(api: TestClient, peer: Peer) -> None:
    peer.serve("/o.json", write(shop()))
    spec = api.post(SPECS, json={"url": f"{peer.url}/o.json"}).json()
    peer.answers["/o.json"] = write_answer(status=500)
    assert api.post(f"/api/v1/specs/{spec['public_id']}/analyse").status_code == 502
    assert api.get(f"/api/v1/specs/{spec['public_id']}").json() == spec


def test_analyses_again_from_an_upload_or_another_address(
    api: TestClient, peer: Peer, spec: dict[str, Any]
) -> None:
    address = f"/api/v1/specs/{spec['public_id']}/analyse"
    refused = api.post(address)
    assert refused.status_code == 400
    assert "send its new document" in refused.json()["detail"]
    assert upload(api, write(with_operation({})), address).json()["revision"]["number"] == 2
    peer.serve("/o.json", write(shop()))
    moved = api.post(address, json={"url": f"{peer.url}/o.json"}).json()
    assert moved["spec"]["source_url"] == f"{peer.url}/o.json"
    assert moved["revision"]["added_count"] == 3


def test_deletes_a_spec(api: TestClient, spec: dict[str, Any]) -> None:
    address = f"/api/v1/specs/{spec['public_id']}"
    assert api.delete(address).status_code == 204
    for gone in (address, f"{address}/endpoints", f"{address}/revisions"):
        assert api.get(gone).status_code == 404
    assert api.delete(address).status_code == 404
    assert api.post(f"{address}/analyse", json={"url": "http://127.0.0.1:1/"}).status_code == 404


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
class TestBadInput:
    """Each is answered with what to do, and nothing is kept."""

    @pytest.fixture(autouse=True)
    def _nothing_is_kept(self, api: TestClient) -> Any:
        yield
        assert api.get(SPECS).json()["items"] == []

    @pytest.mark.parametrize(
        "document, kind, words",
        [
            (b"", "not-openapi", "empty"),
            (b"<html></html>", "not-openapi", "HTML"),
            (b'{"openapi": "3.0.0", "paths": {]}', "unreadable-json", "Line 1, column"),
            (b"a: b: c", "unreadable-yaml", "Line 1, column 5"),
            (b"a: &a [x]\nb: &b [" + b"*a," * 50 + b"]\nc: [" + b"*b," * 100_000 + b"]", "unreadable-yaml", "aliases"),
            (b"[" * 1000 + b"]" * 1000, "unreadable-json", "deeper than 100"),
            (b'{"openapi": "3.0.0"}', "not-openapi", "paths"),
        ],
        ids=["empty", "html", "json", "yaml", "bomb", "deep", "no paths"],
    )  # fmt: skip
    def test_faulty_documents(
        self, api: TestClient, document: bytes, kind: str, words: str
    ) -> None:
        answer = upload(api, document)
        assert answer.status_code == 400
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["type"].endswith(f":{kind}")
        assert words in answer.json()["detail"]

    @pytest.mark.parametrize(
        "url, status, words",
        [
            ("http://127.0.0.1:1/openapi.json", 502, "is the server running"),
            ("http://169.254.169.254/latest", 400, "cloud-metadata"),
            ("http://x:secret@127.0.0.1/", 400, "user name and password"),
            ("file:///etc/passwd", 400, "http:// or https://"),
            ("openapi.json", 400, "http:// or https://"),
            ("http://[::1", 400, "not a valid address"),
        ],
    )
    def test_faulty_addresses(self, api: TestClient, url: str, status: int, words: str) -> None:
        answer = api.post(SPECS, json={"url": url})
        assert answer.status_code == status
        assert words in answer.json()["detail"]
        assert "secret" not in answer.text

    def test_oversized_documents(self, api: TestClient, spec_lab: Lab, peer: Peer) -> None:
        spec_lab.settings.specs = SpecSettings(max_bytes=2000)
        peer.serve("/big", "x" * 2001)
        answer = api.post(SPECS, json={"url": f"{peer.url}/big"})
        assert answer.status_code == 413
        assert "2,000 bytes" in answer.json()["detail"]
        assert upload(api, b"x" * 2001).status_code == 413
        assert upload(api, b"x" * 200_000).status_code == 413

    @pytest.mark.parametrize(
        "body, media_type, status",
        [
            (b"", "application/json", 400),
            (b"{", "application/json", 422),
            (b"{}", "application/json", 422),
            (b'{"url": 5}', "application/json", 422),
            (b'{"url": "http://x/", "more": 1}', "application/json", 422),
            (b'{"url": "http://x/\\u0000"}', "application/json", 422),
            (b"url=http://x/", "application/x-www-form-urlencoded", 400),
            (b"x", "multipart/form-data", 400),
            (b"x", "multipart/form-data; boundary=b", 400),
            (b'--b\r\nContent-Disposition: form-data; name="document"\r\n\r\ntext\r\n--b--\r\n', "multipart/form-data; boundary=b", 422),
            (b"\xff", "", 400),
        ],
    )  # fmt: skip
    def test_faulty_requests(
        self, api: TestClient, body: bytes, media_type: str, status: int
    ) -> None:
        answer = api.post(SPECS, content=body, headers={"content-type": media_type})
        assert answer.status_code == status, answer.text
        assert answer.json()["detail"]

    def test_unknown_projects_cost_no_fetch(self, api: TestClient, peer: Peer) -> None:
        answer = api.post("/api/v1/projects/nobody/specs", json={"url": peer.url})
        assert answer.status_code == 404
        assert peer.requests == []
        assert upload(api, write(shop()), "/api/v1/projects/nobody/specs").status_code == 404

    @pytest.mark.parametrize(
        "address",
        [f"/api/v1/specs/{uuid.uuid4()}", f"/api/v1/endpoints/{uuid.uuid4()}", "/api/v1/specs/5"],
    )
    def test_unknown_ids(self, api: TestClient, address: str) -> None:
        assert api.get(address).status_code in (404, 422)

    def test_a_name_that_is_too_long(self, api: TestClient) -> None:
        assert upload(api, write(shop()), name="x" * 201).status_code == 422


def test_filters_take_no_nul(api: TestClient, spec: dict[str, Any]) -> None:
    address = f"/api/v1/specs/{spec['public_id']}"
    for name in ("q", "tag", "method"):
        answer = api.get(f"{address}/endpoints", params={name: "a\0"})
        assert answer.status_code == 422
    assert api.get(f"{address}/revisions/{10**30}").status_code == 422


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("scope", ["read", "write"])
def test_scopes(token_client: Callable[[str], TestClient], scope: str) -> None:
    with token_client(scope) as api:
        assert api.get(SPECS).status_code == 200
        answer = upload(api, write(shop()))
        assert answer.status_code == (201 if scope == "write" else 403)
        if scope == "read":
            assert api.post(f"/api/v1/specs/{uuid.uuid4()}/analyse").status_code == 403
            assert api.delete(f"/api/v1/specs/{uuid.uuid4()}").status_code == 403
