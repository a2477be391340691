"""Tells the application how errors and the sign-in page are drawn."""

from __future__ import annotations

from fastapi import FastAPI

from benchwright.web.rendering import render_error_page
from benchwright.web.sign_in import render_sign_in


def install_web(app: FastAPI) -> None:
    """Sets what `kit.problems` and `access.pages` ask for."""
    app.state.render_error_page = render_error_page
    app.state.render_sign_in = render_sign_in
