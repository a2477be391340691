"""Draws the sign-in page for the package that decides who may come in."""

from __future__ import annotations

from fastapi import Request
from fastapi.responses import HTMLResponse

from benchwright.access.pages import SignIn
from benchwright.web.rendering import render


def render_sign_in(request: Request, sign_in: SignIn) -> HTMLResponse:
    """The page, with the reason if the last attempt failed."""
    return render(request, "sign_in.html", {"sign_in": sign_in}, status=sign_in.status)
