from __future__ import annotations

import asyncio
import socket

import pytest

from tests.services.network import BeyondLoopback


@pytest.mark.parametrize("host", ["10.0.0.1", "203.0.113.5", "::ffff:8.8.8.8", "169.254.169.254"])
def test_a_connection_to_another_machine_is_an_error(host: str) -> None:
    with pytest.raises(BeyondLoopback, match="Give it a server on 127.0.0.1"):
        socket.create_connection((host, 80), timeout=0.1)


def test_another_machine_is_not_even_looked_up() -> None:
    with pytest.raises(BeyondLoopback):
        socket.getaddrinfo("lab.example.com", 443)


def test_names_that_exist_nowhere_are_not_found_at_once() -> None:
    with pytest.raises(socket.gaierror):
        socket.getaddrinfo("lab.invalid", 443)


async def test_asynchronous_connections_are_watched_too() -> None:
    with pytest.raises(BeyondLoopback):
        await asyncio.open_connection("192.168.1.1", 80)


def test_loopback_is_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname(), timeout=1).close()
