from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, cast

import pytest
from fastapi.testclient import TestClient

from benchwright.access.run_tokens import issue_run_token
from benchwright.influxdb import routes
from benchwright.kit.errors import NotFound
from tests.fixtures.small_lab import SmallLab

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

RUN = uuid.UUID(int=7)
PATH = f"/api/v1/ingest/runs/{RUN}/influxdb"


class Relays:
    """Keeps what it is handed."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    async def take(self, run_id: uuid.UUID, body: bytes) -> None:
        if run_id != RUN:
            raise NotFound("No such run.")
        self.bodies.append(body)


class Site:
    def __init__(self, lab: SmallLab) -> None:
        self.relays = Relays()
        cast("Any", lab).relays = self.relays
        app = lab.app()
        app.include_router(routes.router)
        self.client = TestClient(app, base_url="http://127.0.0.1:8000")
        self.token = issue_run_token(lab.keyring, RUN)

    def post(self, path: str, body: bytes = b"", encoding: str = "identity") -> Any:
        headers = {"content-encoding": encoding}
        return self.client.post(path, content=body, auth=("run", self.token), headers=headers)


@pytest.fixture
def site(small_lab: Callable[..., SmallLab]) -> Site:
    return Site(small_lab())


def test_a_push_of_k6_is_taken_whole_lines_at_a_time(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "CHUNK_BYTES", 100)
    body = b"".join(b"m value=%d %d\n" % (n, n) for n in range(1000))
    answer = site.post(f"{PATH}/write?consistency=&db=k6&precision=ns&rp=", body)
    assert (answer.status_code, answer.content) == (204, b"")
    assert b"".join(site.relays.bodies) == body
    assert all(part.endswith(b"\n") for part in site.relays.bodies if part)
    asked = site.post(f"{PATH}/query?db=&q=CREATE+DATABASE+k6")
    assert (asked.status_code, asked.json()) == (200, {"results": []})


def test_what_cannot_be_handed_on_is_refused(site: Site) -> None:
    assert site.post(f"{PATH}/write?precision=ms", b"m v=1 1").status_code == 400
    assert site.post(f"{PATH}/write", b"m v=1 1", encoding="gzip").status_code == 415
    other = PATH.replace(str(RUN), str(uuid.UUID(int=8)))
    assert site.post(f"{other}/write", b"m v=1 1").status_code == 403
    unknown = site.client.post(f"{other}/write", content=b"m v=1 1")
    assert unknown.status_code == 404
