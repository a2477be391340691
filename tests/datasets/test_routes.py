from __future__ import annotations

import base64
import io
import zipfile

import pytest
from fastapi.testclient import TestClient

from benchwright.datasets.intake import room_for_uploads
from benchwright.settings import Settings
from tests.web.harness import Harness

API = "/api/v1/datasets"
SCHEMA = {"buildings": {"b1": {"active": True}}}


def make(client: TestClient, name: str = "shop", **more: object) -> None:
    body = {"name": name, "schema": SCHEMA, "files": {"a.csv": base64.b64encode(b"1").decode()}}
    answer = client.post(API, json=body | more)
    assert answer.status_code == 201, answer.text


def paths(client: TestClient, name: str = "shop") -> list[str]:
    return [file["path"] for file in client.get(f"{API}/{name}/files").json()["items"]]


def remains(harness: Harness) -> list[str]:
    folder = harness.installation.lab.settings.data_dir / "datasets"
    return sorted(path.name for path in folder.iterdir())


def test_a_life(client: TestClient) -> None:
    make(client)
    seen = client.get(f"{API}/shop").json()
    assert (seen["files"], seen["schema"], seen["has_schema"]) == (2, SCHEMA, True)
    assert client.get(API).json()["items"][0]["name"] == "shop"
    assert client.post(API, json={"name": "shop"}).status_code == 409
    assert client.post(API, json={"name": "shop", "replace": True}).status_code == 201
    assert paths(client) == []
    assert client.put(f"{API}/shop/schema", json={"b": 1}).status_code == 204
    assert client.put(f"{API}/shop/files/sub/b.csv", content=b"1,2\n").status_code == 204
    assert paths(client) == ["schema.json", "sub/b.csv"]
    file = client.get(f"{API}/shop/files/sub/b.csv")
    assert file.content == b"1,2\n"
    assert "b.csv" in file.headers["Content-Disposition"]
    assert "sandbox" in file.headers["Content-Security-Policy"]
    archive = client.get(f"{API}/shop/zip")
    assert "shop.zip" in archive.headers["Content-Disposition"]
    assert zipfile.ZipFile(io.BytesIO(archive.content)).read("shop/sub/b.csv") == b"1,2\n"
    assert client.delete(f"{API}/shop/files/sub/b.csv").status_code == 204
    assert client.delete(f"{API}/shop/files/sub/b.csv").status_code == 404
    assert client.delete(f"{API}/shop").status_code == 204
    for address in ("", "/zip", "/files", "/files/a.csv"):
        assert client.get(f"{API}/shop{address}").status_code == 404


def test_upload_of_a_form(client: TestClient, harness: Harness) -> None:
    files = [("files", ("a.csv", b"1")), ("files", ("sub/b.csv", b"2" * 3_000_000))]
    assert client.post(f"{API}/shop/files", files=files).status_code == 404
    made = client.post(f"{API}/shop/files?create=true", files=files)
    assert made.status_code == 201, made.text
    assert (made.json()["files"], made.json()["size_bytes"]) == (2, 3_000_001)
    assert client.post(f"{API}/shop/files?create=true", files=files).status_code == 409
    more = [("files", ("c.csv", b"3"))]
    assert client.post(f"{API}/shop/files", files=more).json()["files"] == 3
    fresh = client.post(f"{API}/shop/files?create=true&replace=true", files=more)
    assert fresh.json()["files"] == 1
    assert paths(client) == ["c.csv"]
    assert remains(harness) == ["shop"]


@pytest.mark.parametrize(
    "content, kind, status",
    [
        (b"--x\r\nContent-Disposition: form-data; name=f; filename=a\r\n\r\nhalf", "x", 400),
        (b"--x--\r\n", "x", 400),
        (b"nonsense", "x", 400),
        (b"--x\r\nContent-Disposition: form-data; name=f; filename=../a\r\n\r\n1\r\n--x--", "x", 400),
        (b"", None, 400),
    ],
)  # fmt: skip
def test_uploads_that_leave_nothing(
    client: TestClient, harness: Harness, content: bytes, kind: str | None, status: int
) -> None:
    headers = {"Content-Type": f"multipart/form-data; boundary={kind}" if kind else "text/plain"}
    answer = client.post(f"{API}/shop/files?create=true", content=content, headers=headers)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert remains(harness) == []


def test_names_and_contents_that_are_refused(client: TestClient) -> None:
    for body in (
        {"name": "../x"},
        {"name": "shop", "files": {"a/b.csv": ""}},
        {"name": "shop", "files": {"a.csv": "no base64!"}},
        {"name": "shop", "schema": [1]},
    ):
        assert client.post(API, json=body).status_code in (400, 422), body
    make(client)
    for path in ("..%2f..%2fx", ".hidden", "a/b/c/d/e", "%00", "a%5Cb"):
        answer = client.put(f"{API}/shop/files/{path}", content=b"1")
        assert answer.status_code == 400, path
    assert paths(client) == ["a.csv", "schema.json"]


def test_caps_of_streams(client: TestClient, harness: Harness) -> None:
    make(client)
    settings = harness.installation.lab.settings
    settings.datasets.max_bytes = 2_000_000
    large = b"x" * 2_000_001
    for answer in (
        client.put(f"{API}/shop/files/b.csv", content=large),
        client.post(f"{API}/shop/files", files={"f": ("b.csv", large)}),
    ):
        assert answer.status_code == 413
        assert "BENCHWRIGHT_DATASETS__MAX_BYTES" in answer.json()["detail"]
    assert paths(client) == ["a.csv", "schema.json"]
    assert remains(harness) == ["shop"]


@pytest.mark.parametrize(
    "method, path, kind, is_large",
    [
        ("PUT", "/api/v1/datasets/a/files/b/c.csv", b"text/csv", True),
        ("POST", "/api/v1/datasets/a/files", b"multipart/form-data", True),
        ("POST", "/p/default/datasets/upload", b"multipart/form-data", True),
        ("POST", "/p/default/datasets/a/upload", b"multipart/form-data", True),
        ("PUT", "/api/v1/datasets/a/files/schema.json", b"application/json", False),
        ("PUT", "/api/v1/datasets/a/schema", b"text/csv", False),
        ("POST", "/api/v1/datasets", b"application/json", False),
        ("POST", "/p/default/datasets/a/delete", b"multipart/form-data", False),
        ("GET", "/api/v1/datasets/a/files", b"", False),
    ],
)
def test_only_what_is_streamed_may_be_large(
    method: str, path: str, kind: bytes, is_large: bool
) -> None:
    room_of = room_for_uploads(Settings())
    scope = {"type": "http", "method": method, "path": path, "headers": [(b"content-type", kind)]}
    assert (room_of(scope) is not None) is is_large


def test_an_upload_larger_than_other_bodies(client: TestClient) -> None:
    make(client)
    content = b"x" * (40 * 1024 * 1024)
    assert client.put(f"{API}/shop/files/large.bin", content=content).status_code == 204
    refused = client.put(f"{API}/shop/schema", content=content)
    assert refused.status_code == 413
