"""Pages that belong to no other package: about, the API's documentation."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from benchwright.access.scopes import Scope, requires
from benchwright.lab import LabDep, ReadSessionDep
from benchwright.web import assets
from benchwright.web.licences import Package, browser_packages, by_licence, python_packages
from benchwright.web.rendering import redirect, render
from benchwright.web.versions import versions

router = APIRouter(include_in_schema=False)

READ = [Depends(requires(Scope.READ))]


@router.get("/about", dependencies=READ)
def show_about(request: Request, lab: LabDep, session: ReadSessionDep) -> HTMLResponse:
    """Versions and licences."""
    context = {
        "versions": versions(session, lab.settings),
        "groups": [(title, listed, by_licence(listed)) for title, listed in _packages()],
    }
    return render(request, "about.html", context, here="about")


@router.get("/about.json", dependencies=READ)
def get_about(lab: LabDep, session: ReadSessionDep) -> dict[str, Any]:
    """The same as JSON."""
    packages = {title: [p._asdict() for p in listed] for title, listed in _packages()}
    return {"versions": versions(session, lab.settings), "packages": packages}


@router.get("/docs", dependencies=READ)
@router.get("/api/swagger", dependencies=READ)
def show_api_docs(request: Request) -> HTMLResponse:
    """The API's documentation, from files of this server only."""
    context = {
        "sheet": assets.vendor_path("swagger-ui-dist", "swagger-ui.css"),
        "bundle": assets.vendor_path("swagger-ui-dist", "swagger-ui-bundle.js"),
    }
    return render(request, "api_docs.html", context, here="docs")


@router.get("/favicon.ico")
def show_icon(request: Request) -> RedirectResponse:
    """Browsers ask here when a page that is not ours names no icon."""
    return redirect(request, assets.asset_path("favicon.svg"))


def _packages() -> list[tuple[str, list[Package]]]:
    return [("In the browser", browser_packages()), ("On the server", python_packages())]
