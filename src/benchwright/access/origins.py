"""Whether a browser sent a request from one of our own pages (no tokens in forms needed)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from starlette.datastructures import Headers

from benchwright.access.hosts import host_header, split_host
from benchwright.kit.errors import BadRequest, Forbidden
from benchwright.settings import ServerSettings

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class OriginRules:
    """Refuses what a page of another site makes a browser send.

    It matters where a browser adds authority by itself: a cookie, or being on this machine. A
    token in the Authorization header is never added by itself.
    """

    trusted: frozenset[str]

    @classmethod
    def from_settings(cls, server: ServerSettings) -> Self:
        given = [*server.cors_origins, *([server.public_url] if server.public_url else [])]
        return cls(frozenset(filter(None, map(normal_origin, given))))

    def check(self, method: str, headers: Headers, *, local: bool) -> None:
        """Raises `Forbidden`; `local` = authority comes from sitting at this machine."""
        if method in SAFE_METHODS or self._is_own(headers, local=local):
            return
        raise Forbidden(
            "This request was sent by a page of another site. If that page is yours, add its "
            "origin to BENCHWRIGHT_SERVER__CORS_ORIGINS."
        )

    def _is_own(self, headers: Headers, *, local: bool) -> bool:
        origin = headers.get("origin")
        if origin is not None and normal_origin(origin) in self.trusted:
            return True
        matches = origin is None or _names_host(origin, headers)
        site = headers.get("sec-fetch-site")
        if site is None:
            return matches  # no browser sends an unsafe request without both headers
        # The browser itself compared what it sees, which may differ from what a proxy hands on;
        # local authority does not reach behind proxies.
        return site in ("same-origin", "none") and (matches or not local)


def normal_origin(text: str) -> str | None:
    """`scheme://host:port` with the port always there; None for what is no origin (`null`)."""
    try:
        parts = urlsplit(text)
        port = parts.port or _DEFAULT_PORTS[parts.scheme]
    except (ValueError, KeyError):
        return None
    return f"{parts.scheme}://{parts.hostname}:{port}" if parts.hostname else None


def _names_host(origin: str, headers: Headers) -> bool:
    normal = normal_origin(origin)
    if normal is None:
        return False
    try:
        name, port = split_host(host_header(headers))
    except BadRequest:
        return False
    # Without a port the Host header means the default of a scheme that a proxy may have changed,
    # so the origin's own scheme decides.
    scheme = normal.partition("://")[0]
    host = f"[{name}]" if ":" in name else name
    return normal == normal_origin(f"{scheme}://{host}:{port or _DEFAULT_PORTS[scheme]}")
