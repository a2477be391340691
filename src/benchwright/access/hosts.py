"""Names under which this server may be addressed, and what they say about the sender."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from starlette.datastructures import Headers

from benchwright.kit.errors import BadRequest, Problem
from benchwright.settings import ServerSettings

_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?", re.ASCII)

# A request with one of these came through a proxy, so its sender may be anywhere.
FORWARDING_HEADERS = (
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-real-ip",
    "via",
)


class Misdirected(Problem):
    """The Host header names a server that this one is not."""

    status, kind, title = 421, "misdirected", "This server does not answer to that name"


@dataclass(frozen=True)
class HostRules:
    """Which Host headers are answered, and which requests come from this machine itself.

    On an installation that listens on loopback only, a request is `local` if its Host is a
    loopback name and no proxy handed it on. That stops pages of other sites that point a name of
    their own at 127.0.0.1 (DNS rebinding), and does not open the installation to whoever a proxy
    in front of it lets in. Other allowed names are answered, to holders of a token.
    """

    loopback_only: bool
    allowed: frozenset[str]

    @classmethod
    def from_settings(cls, server: ServerSettings) -> Self:
        names = {name.strip().lower().rstrip(".") for name in server.allowed_hosts}
        loopback_only = is_loopback_name(server.host)
        if names and not loopback_only:
            # Load generators push to the address that is listened on.
            names.add(server.host.strip("[]").lower())
        if server.public_url and (names or loopback_only):
            names.add((urlsplit(server.public_url).hostname or "").rstrip("."))
        return cls(loopback_only=loopback_only, allowed=frozenset(names - {""}))

    def check(self, headers: Headers) -> str:
        """The name of the Host header; raises `BadRequest` or `Misdirected`."""
        name = host_name(headers)
        if not (is_loopback_name(name) or self._is_allowed(name)):
            raise Misdirected(
                f"This server does not answer to {name!r}. If the name is right, add it to "
                "BENCHWRIGHT_SERVER__ALLOWED_HOSTS."
            )
        return name

    def is_local(self, name: str, headers: Headers) -> bool:
        """Whether the sender sits at this machine, on an installation that serves it alone."""
        forwarded = any(header in headers for header in FORWARDING_HEADERS)
        return self.loopback_only and is_loopback_name(name) and not forwarded

    def _is_allowed(self, name: str) -> bool:
        if not self.allowed:
            # Off loopback every sender needs a token, which a foreign page does not have.
            return not self.loopback_only
        if name in self.allowed or "*" in self.allowed:
            return True
        labels = name.split(".")
        return any("*." + ".".join(labels[n:]) in self.allowed for n in range(1, len(labels)))


def host_name(headers: Headers) -> str:
    """The name or address in the Host header, in lower case, without brackets or port."""
    return split_host(host_header(headers))[0]


def host_header(headers: Headers) -> str:
    """The one Host header; raises `BadRequest` when it is missing or doubled."""
    given = headers.getlist("host")
    if len(given) != 1:
        raise BadRequest("A request has exactly one Host header.")
    return given[0]


def split_host(header: str) -> tuple[str, int | None]:
    """Name and port of a Host header; raises `BadRequest`."""
    match = _HOST.fullmatch(header)
    if match is None:
        raise BadRequest("The Host header is not a name or address with an optional port.")
    name = match[1].strip("[]").lower()
    return name.rstrip(".") or name, int(match[2]) if match[2] else None


def is_loopback_name(name: str) -> bool:
    """Whether a name or address leads to this machine, whatever a name server says."""
    name = name.strip("[]").lower().rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)
