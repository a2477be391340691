"""A small HTTP server that remembers what it was sent."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Received:
    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass
class EchoServer:
    """`/status/404` answers so, `/token` gives one out, all else says what was received."""

    port: int = 0
    received: list[Received] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def targets(self) -> list[str]:
        return [request.target for request in self.received]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError), _closing(writer):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                first, *lines = head.rstrip("\r\n").split("\r\n")
                method, target, _ = first.split(" ", 2)
                headers = {
                    name.lower(): value.strip()
                    for name, _, value in (line.partition(":") for line in lines)
                }
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                self.received.append(Received(method, target, headers, body))
                status, answer = self._answer(method, target)
                content = json.dumps(answer).encode()
                writer.write(
                    f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n"
                    f"Content-Length: {len(content)}\r\n\r\n".encode()
                    + (b"" if method == "HEAD" else content)
                )
                await writer.drain()

    def _answer(self, method: str, target: str) -> tuple[int, Any]:
        if target.startswith("/status/"):
            return int(target[8:11]), {}
        if target.startswith("/token"):
            return 200, {"data": {"token": "t0ken"}, "a/b": 5}
        if target.startswith("/ingest"):
            return 204, None
        return 200, {"method": method, "target": target}


@contextlib.contextmanager
def _closing(writer: asyncio.StreamWriter) -> Iterator[None]:
    try:
        yield
    finally:
        writer.close()


@contextlib.contextmanager
def running_echo() -> Iterator[EchoServer]:
    echo = EchoServer()
    started = threading.Event()
    controls: list[Callable[[], object]] = []

    async def main() -> None:
        server = await asyncio.start_server(echo.serve, "127.0.0.1", 0)
        echo.port = server.sockets[0].getsockname()[1]
        loop, stop = asyncio.get_running_loop(), asyncio.Event()
        controls.append(lambda: loop.call_soon_threadsafe(stop.set))
        started.set()
        async with server:
            await stop.wait()
            others = asyncio.all_tasks() - {asyncio.current_task()}
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)

    thread = threading.Thread(target=asyncio.run, args=(main(),))
    thread.start()
    assert started.wait(10)
    try:
        yield echo
    finally:
        controls[0]()
        thread.join(10)
