"""Addresses of Docker daemons, as users write them."""

from __future__ import annotations

import ipaddress
import posixpath
import re
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

MAX_LENGTH = 300
MAX_SOCKET_PATH = 107
"""Longest path that a Unix socket can have."""

SSH_PORT = 22
_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?")
_USER = re.compile(r"[A-Za-z_][A-Za-z0-9._-]{0,63}")


class HostAddress(NamedTuple):
    """The parts of an address that was found to be in order."""

    kind: Literal["unix", "tcp", "ssh"]
    text: str
    """Written the one way it is stored."""
    path: str = ""
    name: str = ""
    port: int = 0
    user: str = ""


def read_address(text: str) -> HostAddress:
    """The parts of an address; raises `ValueError` with a sentence for the user."""
    text = text.strip()
    if len(text) > MAX_LENGTH or not text.isprintable() or " " in text:
        raise ValueError("That is no address of a Docker daemon")
    if text.startswith("/"):
        text = f"unix://{text}"
    scheme, separator, rest = text.partition("://")
    match scheme.lower() if separator else "":
        case "unix":
            return _unix(rest)
        case "tcp":
            return _tcp(rest)
        case "ssh":
            return _ssh(rest)
        case "http" | "https":
            raise ValueError(f"Write tcp://{rest or '…'} instead; with TLS, add its keys")
    raise ValueError("Write unix:///var/run/docker.sock, tcp://name:2375 or ssh://user@name")


def _unix(path: str) -> HostAddress:
    if not path.startswith("/") or path.endswith("/") or posixpath.normpath(path) != path:
        raise ValueError("A socket is named by its absolute path, like unix:///var/run/docker.sock")
    if len(path.encode()) > MAX_SOCKET_PATH:
        raise ValueError(f"A socket's path has {MAX_SOCKET_PATH} characters at most")
    return HostAddress("unix", f"unix://{path}", path=path)


def _tcp(rest: str) -> HostAddress:
    if "@" in rest:
        raise ValueError(
            "An address carries no user and no password; TLS keys have their own fields"
        )
    name, port = _name_and_port(rest.rstrip("/"), example="tcp://name:2375, with TLS :2376")
    if port is None:
        raise ValueError("Add the port: 2375 is usual without TLS, 2376 with it")
    return HostAddress("tcp", f"tcp://{_joined(name, port)}", name=name, port=port)


def _ssh(rest: str) -> HostAddress:
    user, at, place = rest.rpartition("@")
    if ":" in user:
        raise ValueError("An address carries no password: SSH uses a key")
    if not at or not _USER.fullmatch(user):
        raise ValueError("Name the user there too, like ssh://bench@name")
    name, port = _name_and_port(place.rstrip("/"), example="ssh://user@name:22")
    shown = _joined(name, port) if port not in (None, SSH_PORT) else _joined(name, None)
    return HostAddress("ssh", f"ssh://{user}@{shown}", name=name, port=port or SSH_PORT, user=user)


def _name_and_port(place: str, *, example: str) -> tuple[str, int | None]:
    fault = ValueError(f"Write a name or an IP address, and a port, like {example}")
    try:
        parts = urlsplit(f"//{place}")
        name, port = parts.hostname or "", parts.port
    except ValueError:
        raise fault from None
    if parts.path or parts.query or parts.fragment or "@" in place or place.endswith(":"):
        raise fault
    if not _NAME.fullmatch(name) and not _is_ipv6(name):
        raise fault
    if port == 0:
        raise fault
    return name, port


def _is_ipv6(name: str) -> bool:
    try:
        return ipaddress.ip_address(name).version == 6 and "%" not in name
    except ValueError:
        return False


def _joined(name: str, port: int | None) -> str:
    shown = f"[{name}]" if ":" in name else name
    return shown if port is None else f"{shown}:{port}"
