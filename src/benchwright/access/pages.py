"""Signing in and out with a browser."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from benchwright.access import browser_session, service
from benchwright.access.attempts import FailedAttempts
from benchwright.access.principal import principal_of
from benchwright.kit.db import now
from benchwright.lab import LabDep

router = APIRouter(include_in_schema=False)

_LOCAL_PATH = re.compile(r"/(?![/\\])[^\x00-\x20\x7f\\]*")


@dataclass(frozen=True)
class SignIn:
    """What the page shows: where to go afterwards, and why the last attempt failed."""

    next_path: str
    error: str = ""

    @property
    def status(self) -> int:
        return 401 if self.error else 200


SignInPage = Callable[[Request, SignIn], Response]
"""Draws the page; `app.state.render_sign_in` may hold one."""


@router.get("/sign-in")
def show_sign_in(request: Request, next: str = "/") -> Response:  # noqa: A002 - the query's name
    """Asks for a token, unless the sender is known already."""
    if principal_of(request.scope) is not None:
        return _go(request, next)
    return _draw(request, SignIn(safe_path(next)))


@router.post("/sign-in")
def sign_in(
    request: Request,
    lab: LabDep,
    token: Annotated[str, Form(max_length=200)] = "",
    next: Annotated[str, Form(max_length=2000)] = "/",  # noqa: A002 - the form field's name
) -> Response:
    """Begins a browser session with a token."""
    attempts = cast("FailedAttempts", request.app.state.failed_sign_ins)
    sender = request.client.host if request.client else "unknown"
    attempts.check(sender)
    with lab.database.read() as session:
        found = service.find_valid_token(session, lab.keyring, token.strip())
    if found is None:
        attempts.record(sender)
        error = "This token is not known here, has expired or was revoked."
        return _draw(request, SignIn(safe_path(next), error))
    response = _go(request, next)
    response.set_cookie(
        browser_session.cookie_name(secure=_is_secure(request)),
        browser_session.seal(lab.keyring, found.public_id, now()),
        max_age=int(browser_session.LIFETIME.total_seconds()),
        path="/",
        secure=_is_secure(request),
        httponly=True,
        samesite="lax",
    )
    return response


@router.post("/sign-out")
def sign_out(request: Request, lab: LabDep) -> Response:
    """Ends the browser's session."""
    response = _go(request, "/sign-in")
    secure = _is_secure(request)
    cookie = browser_session.read_cookie(request.headers.get("cookie", ""), secure=secure)
    if cookie is not None:
        with lab.database.write() as session:
            service.end_session(session, lab.keyring, cookie)
    response.delete_cookie(
        browser_session.cookie_name(secure=secure), path="/", secure=secure, httponly=True
    )
    return response


def safe_path(wanted: str) -> str:
    """The path to go to, if it lies on this server; the front page otherwise."""
    return wanted if _LOCAL_PATH.fullmatch(wanted) else "/"


def _go(request: Request, wanted: str) -> Response:
    root = request.scope.get("root_path", "").rstrip("/")
    return RedirectResponse(
        root + safe_path(wanted), status_code=303, headers={"Cache-Control": "no-store"}
    )


def _is_secure(request: Request) -> bool:
    return request.url.scheme == "https"


def _draw(request: Request, sign_in: SignIn) -> Response:
    page: SignInPage = getattr(request.app.state, "render_sign_in", _plain_page)
    response = page(request, sign_in)
    response.headers["Cache-Control"] = "no-store"
    return response


def _plain_page(request: Request, sign_in: SignIn) -> Response:
    root = html.escape(request.scope.get("root_path", "").rstrip("/"))
    error = f'<p role="alert">{html.escape(sign_in.error)}</p>' if sign_in.error else ""
    return HTMLResponse(
        "<!doctype html><html lang=en><meta charset=utf-8>"
        '<meta name=viewport content="width=device-width">'
        f"<title>Sign in</title><h1>Sign in</h1>{error}"
        f'<form method=post action="{root}/sign-in">'
        f'<input type=hidden name=next value="{html.escape(sign_in.next_path)}">'
        "<label>Token <input name=token type=password autocomplete=current-password required "
        "autofocus></label> <button>Sign in</button></form>"
        "<p><code>benchwright token create</code> makes a token.</p></html>",
        sign_in.status,
    )
