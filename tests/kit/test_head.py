from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from benchwright.kit.boundary import BoundaryMiddleware
from benchwright.kit.errors import NotFound
from benchwright.kit.head import HeadMiddleware
from benchwright.kit.problems import install_error_handlers
from benchwright.kit.sse import EventStream


@pytest.fixture
def ended() -> list[str]:
    return []


@pytest.fixture
def client(ended: list[str]) -> Iterator[TestClient]:
    app = FastAPI()
    install_error_handlers(app)
    app.add_middleware(HeadMiddleware)
    app.add_middleware(BoundaryMiddleware)

    @app.get("/thing")
    def thing() -> dict[str, str]:
        return {"a": "thing"}

    @app.get("/api/nothing")
    def nothing() -> None:
        raise NotFound("gone")

    @app.post("/post-only")
    def post_only() -> None:
        return

    @app.get("/endless", response_class=EventStream)
    async def endless() -> EventStream:
        async def lines() -> AsyncGenerator[bytes]:
            try:
                while True:
                    yield b"x\n"
            finally:
                ended.append("ended")

        return EventStream(lines())

    with TestClient(app) as client:
        yield client


def test_head_is_get_without_the_body(client: TestClient) -> None:
    got, head = client.get("/thing"), client.head("/thing")
    assert head.status_code == 200
    assert head.content == b""
    for name in ("content-type", "content-length"):
        assert head.headers[name] == got.headers[name]


def test_errors_have_their_status_and_no_body(client: TestClient) -> None:
    head = client.head("/api/nothing")
    assert head.status_code == 404
    assert head.content == b""
    assert head.headers["content-type"] == "application/problem+json"
    refused = client.head("/post-only")
    assert refused.status_code == 405
    assert refused.headers["allow"] == "POST"


def test_a_stream_ends_where_it_would_begin(client: TestClient, ended: list[str]) -> None:
    head = client.head("/endless")
    assert head.status_code == 200
    assert head.content == b""
    assert ended == ["ended"]
