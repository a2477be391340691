from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from benchwright.forwarding.destination import Answer, Destination
from benchwright.settings import ForwardSettings


class Receiver:
    """An HTTP server that answers with one status."""

    def __init__(self) -> None:
        self.status = 204
        self.headers: dict[str, str] = {}
        self.text = b""
        self.requests: list[dict[str, str]] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                receiver.requests.append({k.lower(): v for k, v in self.headers.items()})
                self.send_response(receiver.status)
                for name, value in receiver.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(receiver.text)

            def log_message(self, format: str, *args: Any) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/api/v1/write"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


async def push(url: str, denied: list[str] | None = None, **settings: object) -> Answer:
    destination = Destination(
        ForwardSettings.model_validate({"url": url, **settings}), denied or []
    )
    try:
        return await destination.push(b"\x00")
    finally:
        await destination.aclose()


@pytest.mark.parametrize(
    "status, headers, expected",
    [
        (200, {}, Answer()),
        (204, {}, Answer()),
        (400, {}, Answer("it answered with status 400: out of order", is_final=True)),
        (401, {}, Answer("it answered with status 401: out of order", is_final=True)),
        (
            302,
            {"Location": "/"},
            Answer("it answered with status 302: out of order", is_final=True),
        ),
        (429, {"Retry-After": "7"}, Answer("it answered with status 429: out of order", wait_s=7)),
        (503, {"Retry-After": "soon"}, Answer("it answered with status 503: out of order")),
    ],
)
async def test_what_an_answer_means(
    receiver: Receiver, status: int, headers: dict[str, str], expected: Answer
) -> None:
    receiver.status, receiver.headers = status, headers
    receiver.text = b"" if status == 204 else b"out  of\norder"
    assert await push(receiver.url) == expected
    assert len(receiver.requests) == 1
    sent = receiver.requests[0]
    assert (sent["content-encoding"], sent["content-type"]) == ("snappy", "application/x-protobuf")
    assert sent["x-prometheus-remote-write-version"] == "0.1.0"
    assert "authorization" not in sent and "x-scope-orgid" not in sent


async def test_credentials_and_tenant_are_sent(receiver: Receiver) -> None:
    await push(receiver.url, username="lab", password="pass", tenant="team")
    await push(receiver.url, bearer_token="token")
    basic, bearer = receiver.requests
    assert basic["authorization"] == f"Basic {base64.b64encode(b'lab:pass').decode()}"
    assert basic["x-scope-orgid"] == "team"
    assert bearer["authorization"] == "Bearer token"


async def test_a_database_that_is_away_is_tried_again(receiver: Receiver) -> None:
    receiver.close()
    answer = await push(receiver.url)
    assert "the connection was refused" in answer.fault
    assert not answer.is_final
    receiver.__init__()  # type: ignore[misc]  # the fixture closes it once more


async def test_networks_that_are_never_contacted_are_not_contacted(receiver: Receiver) -> None:
    assert "denied_networks" in (await push(receiver.url, ["127.0.0.0/8"])).fault
    assert "metadata" in (await push("http://169.254.169.254/latest")).fault
    assert receiver.requests == []
