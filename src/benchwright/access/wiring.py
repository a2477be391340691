"""Puts everything between the network and the routes, in the one right order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from benchwright.access.attempts import FailedAttempts
from benchwright.access.middleware import AccessMiddleware, IsOpenToGuests
from benchwright.kit.body_limit import BodyLimitMiddleware, RoomOf
from benchwright.kit.boundary import BoundaryMiddleware
from benchwright.kit.head import HeadMiddleware
from benchwright.kit.problems import install_error_handlers
from benchwright.kit.security_headers import SecurityHeadersMiddleware

if TYPE_CHECKING:
    from benchwright.lab import Lab

EXPOSED_HEADERS = ("ETag", "Idempotency-Replayed", "Location", "Retry-After", "X-Request-Id")
ACCEPTED_HEADERS = (
    "Authorization",
    "Content-Type",
    "Idempotency-Key",
    "If-Match",
    "If-None-Match",
    "Last-Event-ID",
)
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


def install_access(
    app: FastAPI,
    lab: Lab,
    is_open_to_guests: IsOpenToGuests = lambda _scope: False,
    room_of: RoomOf = lambda _scope: None,
) -> None:
    """Adds middleware and error handlers; `app.state.lab` must be set too.

    From the outside in: security headers (on every answer, errors too), CORS (errors must be
    readable for other front ends, preflights need no token), the boundary that answers problems,
    access, the limit of bodies (an unknown sender's body is not read at all).
    """
    server = lab.settings.server
    app.state.failed_sign_ins = FailedAttempts()
    install_error_handlers(app)
    # The last one added is the outermost.
    app.add_middleware(HeadMiddleware)
    app.add_middleware(BodyLimitMiddleware, max_bytes=server.max_body_bytes, room_of=room_of)
    app.add_middleware(
        AccessMiddleware,
        server=server,
        database=lab.database,
        keyring=lab.keyring,
        is_open_to_guests=is_open_to_guests,
    )
    app.add_middleware(BoundaryMiddleware)
    if server.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=server.cors_origins,
            allow_methods=METHODS,
            allow_headers=ACCEPTED_HEADERS,
            expose_headers=EXPOSED_HEADERS,
        )
    app.add_middleware(SecurityHeadersMiddleware)
