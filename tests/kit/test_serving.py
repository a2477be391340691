from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.responses import StreamingResponse

from benchwright.kit.serving import (
    AddressUnusable,
    PortTaken,
    open_listener,
    port_of,
    serving,
    url_of,
)

pytestmark = pytest.mark.anyio


def small_app(events: list[str]) -> FastAPI:
    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        events.append("opened")
        yield
        events.append("closed")

    app = FastAPI(lifespan=lifespan)

    @app.get("/")
    async def get_root() -> str:
        return "hello"

    @app.get("/endless")
    async def get_endless() -> StreamingResponse:
        async def lines() -> AsyncIterator[bytes]:
            while True:
                yield b"x\n"
                await asyncio.sleep(0.05)

        return StreamingResponse(lines())

    return app


async def test_serves_inside_the_block_only() -> None:
    events: list[str] = []
    listener = open_listener("127.0.0.1", 0)
    url = url_of(listener)
    async with serving(small_app(events), listener), httpx2.AsyncClient() as client:
        assert (await client.get(url)).json() == "hello"
        assert events == ["opened"]
    assert events == ["opened", "closed"]
    async with httpx2.AsyncClient() as client:
        with pytest.raises(httpx2.ConnectError):
            await client.get(url)


async def test_endless_answers_end_soon_after_the_block() -> None:
    told = asyncio.Event()
    listener = open_listener("127.0.0.1", 0)
    clock = asyncio.get_running_loop().time
    async with httpx2.AsyncClient() as client:
        async with serving(small_app([]), listener, on_closing=told.set):
            request = client.build_request("GET", f"{url_of(listener)}/endless")
            answer = await client.send(request, stream=True)
            left_at = clock()
        assert told.is_set()
        assert clock() - left_at < 30
        with contextlib.suppress(httpx2.TransportError):
            await answer.aclose()


async def test_the_error_of_a_start_reaches_the_caller() -> None:
    class Lifespan(contextlib.AbstractAsyncContextManager[None]):
        def __init__(self, _: FastAPI) -> None: ...

        async def __aenter__(self) -> None:
            raise LookupError("no database")

        async def __aexit__(self, *failure: object) -> None: ...

    app = FastAPI(lifespan=Lifespan)
    with (
        contextlib.closing(open_listener("127.0.0.1", 0)) as listener,
        pytest.raises(LookupError, match="no database"),
    ):
        await serving(app, listener).__aenter__()


def test_a_taken_port_is_named() -> None:
    with contextlib.closing(open_listener("127.0.0.1", 0)) as first:
        port = port_of(first)
        with pytest.raises(PortTaken, match=str(port)):
            open_listener("127.0.0.1", port)


def test_a_port_is_free_again_at_once() -> None:
    first = open_listener("127.0.0.1", 0)
    port = port_of(first)
    with socket.create_connection(("127.0.0.1", port)):
        first.close()
    with contextlib.closing(open_listener("127.0.0.1", port)) as second:
        assert port_of(second) == port


def test_what_is_no_address_of_this_machine_is_explained() -> None:
    with pytest.raises(AddressUnusable, match=r"nowhere\.invalid"):
        open_listener("nowhere.invalid", 0)


@pytest.mark.parametrize(
    "host, shown", [("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("localhost", None)]
)
def test_the_address_is_one_that_this_machine_reaches(host: str, shown: str | None) -> None:
    with contextlib.closing(open_listener(host, 0)) as listener:
        url = httpx2.URL(url_of(listener))
        assert shown is None or url.host == shown
        assert url.port == port_of(listener)
        socket.create_connection((url.host, url.port)).close()


@pytest.mark.parametrize(
    "head, piece",
    [
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: ", b"a" * 65536),
        (b"GET / HTTP/1.1\r\nHost: x\r\n", b"X-Y: z\r\n" * 8192),
        (b"GET /", b"a" * 65536),
        (
            b"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
            b"X-Y: z\r\n" * 8192,
        ),
    ],
)
async def test_headers_without_end_are_cut_off(head: bytes, piece: bytes) -> None:
    listener = open_listener("127.0.0.1", 0)
    async with serving(small_app([]), listener):
        reader, writer = await asyncio.open_connection("127.0.0.1", port_of(listener))
        writer.write(head)
        sent = 0
        with contextlib.suppress(ConnectionError):
            while sent < 64 * 1024 * 1024:
                writer.write(piece)
                await writer.drain()
                sent += len(piece)
        assert sent < 64 * 1024 * 1024
        writer.close()
        del reader


async def test_long_bodies_and_many_requests_on_one_connection_pass() -> None:
    listener = open_listener("127.0.0.1", 0)
    url = url_of(listener)
    async with serving(small_app([]), listener), httpx2.AsyncClient() as client:
        for _ in range(20):
            answer = await client.request("GET", url, content=b"x" * 1024 * 1024)
            assert answer.status_code == 200
            assert (await client.get(url, headers={"X-Long": "y" * 30_000})).status_code == 200
