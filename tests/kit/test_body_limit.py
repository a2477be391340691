from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi import FastAPI, Request, UploadFile
from fastapi.testclient import TestClient
from pydantic import BaseModel
from starlette.types import Message, Receive, Scope, Send

from benchwright.kit.body_limit import BodyLimitMiddleware
from benchwright.kit.boundary import BoundaryMiddleware
from benchwright.kit.errors import TooLarge
from benchwright.kit.problems import install_error_handlers

LIMIT = 1000


class Wish(BaseModel):
    text: str


@pytest.fixture
def client() -> Iterator[TestClient]:
    app = FastAPI()
    app.state.begun = []
    install_error_handlers(app)
    app.add_middleware(BodyLimitMiddleware, max_bytes=LIMIT)
    app.add_middleware(BoundaryMiddleware)

    @app.post("/raw")
    async def raw(request: Request) -> int:
        app.state.begun.append("raw")
        return len(await request.body())

    @app.post("/model")
    def model(wish: Wish) -> int:
        return len(wish.text)

    @app.post("/file")
    def file(file: UploadFile) -> int:
        return len(file.file.read())

    @app.post("/swallow")
    async def swallow(request: Request) -> str:
        try:
            await request.body()
        except TooLarge:
            return "swallowed"
        return "read"

    @app.post("/ignore")
    def ignore() -> str:
        return "ignored"

    with TestClient(app) as client:
        yield client


def pieces(size: int) -> Iterator[bytes]:
    for start in range(0, size, 100):
        yield b"x" * min(100, size - start)


@pytest.mark.parametrize("size, status", [(0, 200), (LIMIT, 200), (LIMIT + 1, 413), (10**6, 413)])
@pytest.mark.parametrize("streamed", [False, True])
def test_bodies_are_read_up_to_the_limit(
    client: TestClient, size: int, status: int, streamed: bool
) -> None:
    content = pieces(size) if streamed else b"x" * size
    response = client.post("/raw", content=content)
    assert response.status_code == status
    if status == 200:
        assert response.json() == size
    else:
        assert response.headers["content-type"] == "application/problem+json"
        assert response.headers["connection"] == "close"
        assert str(LIMIT) in response.json()["detail"]


def test_announced_bodies_are_refused_before_anything_is_read(client: TestClient) -> None:
    for length in ("1001", "0001001", "9" * 5000):
        response = client.post("/raw", content=b"x", headers={"Content-Length": length})
        assert response.status_code == 413
    assert client.app.state.begun == []  # type: ignore[attr-defined]  # an ASGI app by its type


@pytest.mark.parametrize("path", ["/model", "/file", "/swallow"])
def test_no_layer_turns_it_into_another_answer(client: TestClient, path: str) -> None:
    body = b'{"text": "' + b"x" * 2000 + b'"}'
    kind = "multipart/form-data; boundary=b" if path == "/file" else "application/json"
    if path == "/file":
        head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n'
        body = head + b"x" * 2000 + b"\r\n--b--\r\n"
    streamed = iter([body[:500], body[500:]])
    response = client.post(path, content=streamed, headers={"Content-Type": kind})
    assert response.status_code == 413


def test_body_that_nobody_reads_is_not_missed(client: TestClient) -> None:
    assert client.post("/ignore", content=pieces(LIMIT * 10)).json() == "ignored"


async def test_answer_that_has_begun_is_broken_off() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await receive()

    async def receive() -> Message:
        return {"type": "http.request", "body": b"x" * (LIMIT + 1), "more_body": True}

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    with pytest.raises(TooLarge, match=str(LIMIT)):
        await BodyLimitMiddleware(app, LIMIT)({"type": "http", "headers": []}, receive, send)
    assert [message["status"] for message in sent] == [200]
