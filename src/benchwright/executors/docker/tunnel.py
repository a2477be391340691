"""A daemon's socket on another machine, brought here through SSH."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import aiohttp
import asyncssh
from aiohttp.connector import Connection

from benchwright.executors.docker.endpoint import DockerEndpoint


class SshTunnel:
    """One SSH connection for all requests to a host, made when first needed and made anew.

    It forwards the socket itself. aiodocker's own connector starts `docker system dial-stdio` for
    each request, which sshd allows ten of at a time, and sends this server's environment along.
    """

    def __init__(self, endpoint: DockerEndpoint) -> None:
        self._endpoint = endpoint
        self._folder = Path(tempfile.mkdtemp(prefix="benchwright-ssh-"))
        self._lock = asyncio.Lock()
        self._connection: asyncssh.SSHClientConnection | None = None
        self.path = str(self._folder / "docker.sock")

    async def open(self) -> None:
        """Connects, if there is no connection; raises `asyncssh.Error` or `OSError`."""
        async with self._lock:
            if self._connection is not None and not self._connection.is_closed():
                return
            address = self._endpoint.parsed
            options = _options(self._endpoint)
            connection = await asyncssh.connect(
                address.host,
                address.port,
                connect_timeout=self._endpoint.connect_timeout_s,
                login_timeout=self._endpoint.connect_timeout_s,
                keepalive_interval=self._endpoint.request_timeout_s,
                **options,
            )
            try:
                # The first channel tells whether the socket is there at all.
                _, writer = await connection.open_unix_connection(address.path)
                writer.close()
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(self.path)  # noqa: PTH108  # left by the connection before
                await connection.forward_local_path(self.path, address.path)
            except BaseException:
                connection.close()
                raise
            self._connection = connection

    async def close(self) -> None:
        """Ends the connection."""
        if self._connection is not None:
            self._connection.close()
            await self._connection.wait_closed()
        shutil.rmtree(self._folder, ignore_errors=True)


def _options(endpoint: DockerEndpoint) -> dict[str, Any]:
    options: dict[str, Any] = {}
    if endpoint.parsed.user is not None:
        options["username"] = endpoint.parsed.user
    known = endpoint.known_hosts
    if isinstance(known, str):
        options["known_hosts"] = asyncssh.import_known_hosts(known)
    elif known is not None:
        options["known_hosts"] = str(known)
    if endpoint.ssh_keys:
        options["agent_path"] = None
        options["client_keys"] = [
            asyncssh.import_private_key(key) if isinstance(key, str) else str(key)
            for key in endpoint.ssh_keys
        ]
    return options


class TunnelConnector(aiohttp.UnixConnector):
    """Connects through a tunnel, which it opens first where it is closed."""

    def __init__(self, tunnel: SshTunnel, *, limit: int) -> None:
        super().__init__(tunnel.path, limit=limit)
        self._tunnel = tunnel

    async def connect(
        self,
        req: aiohttp.ClientRequest,
        traces: Any,
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109  # as aiohttp has it
    ) -> Connection:
        """As every connector does."""
        await self._tunnel.open()
        return await super().connect(req, traces, timeout)
