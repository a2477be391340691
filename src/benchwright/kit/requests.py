"""What middleware, error pages and logs need to know of a request."""

from __future__ import annotations

import re
import uuid
from contextvars import ContextVar
from typing import Any, cast

from starlette.datastructures import Headers
from starlette.types import Scope

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
"""The id of the request that is being served, for log records."""

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}", re.ASCII)


def state_of(scope: Scope) -> dict[str, Any]:
    """What `request.state` shows."""
    return cast("dict[str, Any]", scope.setdefault("state", {}))


def request_id_of(headers: Headers) -> str:
    """The id that a proxy gave the request, if it is harmless, else a new one."""
    given = headers.get("x-request-id", "")
    return given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex


def route_path(scope: Scope) -> str:
    """The path without the prefix under which the server is mounted."""
    path: str = scope["path"]
    root: str = scope.get("root_path", "").rstrip("/")
    if root and (path == root or path.startswith(root + "/")):
        return path[len(root) :] or "/"
    return path


def prefers_html(scope: Scope) -> bool:
    """Whether the sender is a browser that shows a page, not a client that reads JSON."""
    path = route_path(scope)
    if path == "/api" or path.startswith("/api/") or path.endswith(".json"):
        return False
    headers = Headers(scope=scope)
    return "hx-request" in headers or "text/html" in headers.get("accept", "").lower()
