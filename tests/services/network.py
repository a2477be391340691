"""No test reaches beyond this machine: such a connection is an error, not a wait."""

from __future__ import annotations

import ipaddress
import socket
import sys
from typing import Any

import pytest


class BeyondLoopback(Exception):
    """A test tried to reach another machine."""


def pytest_configure(config: pytest.Config) -> None:
    sys.addaudithook(_watch)


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.getaddrinfo":
        _check_name(arguments[0])
    elif event in ("socket.connect", "socket.sendto"):
        address = arguments[1]
        if isinstance(address, tuple):
            _check_name(address[0])


def _check_name(host: str | bytes | None) -> None:
    name = host.decode() if isinstance(host, bytes) else host
    if name in (None, "", "localhost") or name.endswith(".localhost"):
        return
    if name.endswith((".invalid", ".test", ".example")):
        # Names that exist nowhere, so that nobody has to be asked.
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    try:
        is_here = ipaddress.ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        is_here = False
    if not is_here and name not in ("0.0.0.0", "::"):
        raise BeyondLoopback(
            f"A test tried to reach {name}. Give it a server on 127.0.0.1 instead."
        )
