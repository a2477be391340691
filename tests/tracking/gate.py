"""A door before a server, which lets so many connections through as a test says."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

FOREVER = 10**9


@dataclass
class Gate:
    """Listens at `url`; once `left` is used up, connections are closed unanswered."""

    target_port: int
    left: int = FOREVER
    url: str = ""
    passed: int = 0

    async def pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.left <= 0:
            writer.close()
            return
        self.left -= 1
        self.passed += 1
        there, back = await asyncio.open_connection("127.0.0.1", self.target_port)
        await asyncio.gather(_pump(reader, back), _pump(there, writer))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self.pass_on(reader, writer)
        except OSError:  # nobody is behind the gate
            writer.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while chunk := await reader.read(65_536):
            writer.write(chunk)
            await writer.drain()
    with contextlib.suppress(OSError):
        writer.close()


@contextlib.asynccontextmanager
async def open_gate(target_port: int) -> AsyncIterator[Gate]:
    """A gate that is open."""
    gate = Gate(target_port)
    server = await asyncio.start_server(gate._serve, "127.0.0.1", 0)
    gate.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield gate
    finally:
        server.close()
        await server.wait_closed()
