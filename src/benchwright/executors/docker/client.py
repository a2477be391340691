"""The connections to one daemon: made when first needed, and made anew by themselves."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import aiodocker
import aiohttp
from aiodocker import DockerError

from benchwright.executors.docker.endpoint import DockerEndpoint
from benchwright.executors.docker.failures import CONNECTION_FAILED, FAILURES, out_of_reach
from benchwright.executors.docker.tunnel import SshTunnel, TunnelConnector
from benchwright.executors.port import OutOfReach

CONTROL_CONNECTIONS = 20
SLOW_CALL_S = 180.0
"""Longest wait for what a busy host does slowly: creating, starting and removing a container."""


class DockerClient:
    """Control goes through a few connections, streams through as many as there are of them.

    An answer that never came is `OutOfReach`; one that says no is aiodocker's `DockerError`.
    """

    def __init__(self, endpoint: DockerEndpoint) -> None:
        self.endpoint = endpoint
        self._docker: aiodocker.Docker | None = None
        self._control: aiohttp.ClientSession | None = None
        self._streams: aiohttp.ClientSession | None = None
        self._tunnel: SshTunnel | None = None
        self._base = ""

    async def aclose(self) -> None:
        """Ends all connections; the next call makes new ones."""
        if self._docker is not None:
            await self._docker.close()
        for session in (self._control, self._streams):
            if session is not None:
                await session.close()
        if self._tunnel is not None:
            await self._tunnel.close()
        self._docker = self._control = self._streams = self._tunnel = None

    def open(self) -> aiodocker.Docker:
        """The daemon; nothing is sent yet. Raises `Invalid` for an address that is none."""
        if self._docker is None:
            address = self.endpoint.parsed
            self._base = "http://docker"
            if address.scheme == "tcp":
                scheme = "https" if self.endpoint.tls else "http"
                host = f"[{address.host}]" if ":" in address.host else address.host
                self._base = f"{scheme}://{host}:{address.port}"
            if address.scheme == "ssh":
                self._tunnel = SshTunnel(self.endpoint)
            timeout = aiohttp.ClientTimeout(
                total=self.endpoint.request_timeout_s,
                sock_connect=self.endpoint.connect_timeout_s,
            )
            self._control = self._session(CONTROL_CONNECTIONS, timeout)
            self._streams = self._session(
                0, aiohttp.ClientTimeout(sock_connect=self.endpoint.connect_timeout_s)
            )
            self._docker = aiodocker.Docker(
                self._base,
                connector=self._control.connector,
                session=self._control,
                timeout=timeout,
            )
        return self._docker

    def _session(self, limit: int, timeout: aiohttp.ClientTimeout) -> aiohttp.ClientSession:
        connector: aiohttp.BaseConnector
        if self._tunnel is not None:
            connector = TunnelConnector(self._tunnel, limit=limit)
        elif self.endpoint.parsed.scheme == "unix":
            connector = aiohttp.UnixConnector(self.endpoint.parsed.path, limit=limit)
        else:
            tls = self.endpoint.tls
            connector = aiohttp.TCPConnector(
                limit=limit, ssl=tls.make_context() if tls is not None else True
            )
        # Archives need not be packed and unpacked on the way: that takes longer than sending them.
        headers = {"Accept-Encoding": "identity"}
        return aiohttp.ClientSession(connector=connector, timeout=timeout, headers=headers)

    @contextlib.contextmanager
    def answering(self) -> Iterator[aiodocker.Docker]:
        """The daemon, for calls of aiodocker; what gets no answer raises `OutOfReach`."""
        docker = self.open()
        try:
            yield docker
        except DockerError as error:
            if error.status == CONNECTION_FAILED or error.status in (502, 503, 504):
                raise out_of_reach(self.endpoint, error) from error
            raise
        except FAILURES as error:
            if isinstance(error, OutOfReach):
                raise
            raise out_of_reach(self.endpoint, error) from error

    async def call(
        self,
        method: str,
        path: str,
        *,
        params: dict[str, str] | None = None,
        body: Any = None,
        timeout_s: float | None = None,
    ) -> Any:
        """One short request; the answer's JSON, or None where there is none."""
        async with self.stream(
            method, path, params=params, body=body, timeout_s=timeout_s
        ) as answer:
            raw = await answer.read()
            return json.loads(raw) if raw and answer.status != 204 else None

    @contextlib.asynccontextmanager
    async def stream(
        self,
        method: str,
        path: str,
        *,
        params: dict[str, str] | None = None,
        body: Any = None,
        data: Any = None,
        timeout_s: float | None = None,
        is_long: bool = False,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """The open answer of a request; a long one takes none of the connections for control."""
        with self.answering():
            session = self._streams if is_long else self._control
            assert session is not None
            options: dict[str, Any] = {"params": params}
            if body is not None:
                options["json"] = body
            if data is not None:
                options["data"] = data
                options["headers"] = {"Content-Type": "application/x-tar"}
            if timeout_s is not None:
                options["timeout"] = aiohttp.ClientTimeout(
                    total=timeout_s, sock_connect=self.endpoint.connect_timeout_s
                )
            async with session.request(method, self._base + path, **options) as answer:
                if answer.status >= 400:
                    raise DockerError(answer.status, await _message(answer))
                yield answer


async def _message(answer: aiohttp.ClientResponse) -> str:
    raw = await answer.read()
    try:
        return str(json.loads(raw)["message"])
    except (ValueError, KeyError, TypeError):
        return raw.decode("utf-8", "replace")[:500]
