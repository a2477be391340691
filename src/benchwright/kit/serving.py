"""Serves an application over HTTP: a listener that was opened before, signals left to the caller."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Protocol

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from benchwright.kit.startup import StartupError

STREAM_PATIENCE_S = 1
"""How long open answers, such as event streams, may go on after the server was told to end."""


MAX_HEAD_BYTES = 256 * 1024
"""Longest request line and headers that are read; a piece that is already on its way may follow."""


class PortTaken(StartupError):
    """Another program listens there."""


class AddressUnusable(StartupError):
    """This machine cannot listen there."""


class _Router(Protocol):
    @property
    def lifespan_context(self) -> Callable[[Any], AbstractAsyncContextManager[Any]]: ...


class Application(Protocol):
    """A Starlette or FastAPI application."""

    @property
    def router(self) -> _Router: ...

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None: ...


def open_listener(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 is a free one. Raises `PortTaken`, `AddressUnusable`.

    It listens from now on: what connects before the application serves waits, and is not lost.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except socket.gaierror as error:
        raise AddressUnusable(
            f"“{host}” is no address of this machine: {error.strerror}."
        ) from None
    listener = socket.socket(family, kind, protocol)
    try:
        # A port that a server left a moment ago is free again; one that is in use is not.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(2048)
        listener.setblocking(False)
    except OSError as error:
        listener.close()
        raise _explain(error, host, port) from None
    return listener


def _explain(error: OSError, host: str, port: int) -> StartupError:
    if error.errno == errno.EADDRINUSE:
        return PortTaken(
            f"Port {port} on {host} is taken by another program. Stop that one, choose another"
            " port with --port, or let --port 0 find a free one."
        )
    if error.errno == errno.EACCES:
        return AddressUnusable(
            f"This user may not listen on port {port}. Choose one from 1024 on with --port."
        )
    reason = os.strerror(error.errno) if error.errno else str(error)
    return AddressUnusable(f"Listening on {host}, port {port}, is not possible: {reason}.")


def port_of(listener: socket.socket) -> int:
    """The port that it listens on."""
    return int(listener.getsockname()[1])


def url_of(listener: socket.socket) -> str:
    """The address that a browser on this machine reaches it under."""
    host = str(listener.getsockname()[0])
    if host in {"0.0.0.0", "::"}:  # noqa: S104 - compared with, not bound to
        host = "127.0.0.1" if host == "0.0.0.0" else "::1"  # noqa: S104 - as above
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port_of(listener)}"


class _BoundedProtocol(HttpToolsProtocol):
    """Ends a connection whose request line and headers, or trailers, do not end.

    The parser keeps what belongs to one request and has no limit of its own; bodies have theirs
    in the application.
    """

    _kept_bytes = 0

    def data_received(self, data: bytes) -> None:
        self._has_advanced = False
        super().data_received(data)
        self._kept_bytes = 0 if self._has_advanced else self._kept_bytes + len(data)
        if self._kept_bytes > MAX_HEAD_BYTES and not self.transport.is_closing():
            self.send_400_response("The request's headers are too long.")

    def on_headers_complete(self) -> None:
        self._has_advanced = True
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._has_advanced = True
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._has_advanced = True
        super().on_message_complete()


class _Server(uvicorn.Server):
    def __init__(
        self,
        config: uvicorn.Config,
        on_listening: Callable[[], None],
        on_closing: Callable[[], None],
    ) -> None:
        super().__init__(config)
        self._on_listening = on_listening
        self._on_closing = on_closing

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_listening()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._on_closing()
        await super().shutdown(sockets)

    def ask_to_end(self) -> None:
        """Ends gracefully at the first call, at once at the second."""
        self.force_exit = self.should_exit
        self.should_exit = True


async def serve_until_signalled(
    app: Application,
    listener: socket.socket,
    *,
    on_listening: Callable[[], None] = lambda: None,
    on_closing: Callable[[], None] = lambda: None,
    **options: Any,
) -> None:
    """Serves until SIGINT or SIGTERM; `options` are uvicorn's.

    `on_closing` is told before open answers get their short time to end.
    """
    server = _server(app, on_listening, on_closing, options)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, server.ask_to_end)
    async with app.router.lifespan_context(app):
        await server.serve(sockets=[listener])


@asynccontextmanager
async def serving(
    app: Application,
    listener: socket.socket,
    *,
    on_closing: Callable[[], None] = lambda: None,
    **options: Any,
) -> AsyncIterator[None]:
    """Serves while the block runs, from the moment that it is entered."""
    listening = asyncio.Event()
    server = _server(app, listening.set, on_closing, options)
    async with app.router.lifespan_context(app):
        task = asyncio.create_task(server.serve(sockets=[listener]))
        started = asyncio.create_task(listening.wait())
        try:
            await asyncio.wait({task, started}, return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                yield
        finally:
            started.cancel()
            server.should_exit = True
            await task


def _server(
    app: Application,
    on_listening: Callable[[], None],
    on_closing: Callable[[], None],
    options: dict[str, Any],
) -> _Server:
    # The lifespan is run by the callers above: so that its errors reach them as they are.
    config = uvicorn.Config(
        app,
        http=_BoundedProtocol,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        ws="none",
        timeout_graceful_shutdown=STREAM_PATIENCE_S,
        **options,
    )
    return _Server(config, on_listening, on_closing)
