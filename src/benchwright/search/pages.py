"""The page of a search, and the part of it that appears as one types."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from benchwright.access.scopes import Scope, requires
from benchwright.lab import ReadSessionDep
from benchwright.search import service
from benchwright.search.schemas import Found, Words
from benchwright.web.rendering import render
from benchwright.web.shell import remembered_project

router = APIRouter(prefix="/search", include_in_schema=False)

READ = [Depends(requires(Scope.READ))]
SHOWN = 20
SHOWN_IN_PANEL = 4

TITLES = {
    "project": "Projects",
    "load_test": "Load tests",
    "spec": "Specs",
    "endpoint": "Endpoints",
    "run": "Runs",
}


@router.get("", dependencies=READ)
def show_search(request: Request, session: ReadSessionDep, q: Words = "") -> HTMLResponse:
    """Everything that was found."""
    context = {"found": _search(request, session, q, SHOWN), "titles": TITLES, "search_text": q}
    return render(request, "search/page.html", context, here="search")


@router.get("/part", dependencies=READ)
def show_part(request: Request, session: ReadSessionDep, q: Words = "") -> HTMLResponse:
    """The first of each kind, as options of the search field."""
    found = _search(request, session, q, SHOWN_IN_PANEL)
    context = {"found": found, "titles": TITLES}
    return render(request, "search/part.html", context)


@router.get(".json", dependencies=READ)
def get_search(request: Request, session: ReadSessionDep, q: Words = "") -> Found:
    """The same as the page, as JSON."""
    return _search(request, session, q, SHOWN)


def _search(request: Request, session: ReadSessionDep, q: str, limit: int) -> Found:
    return service.search(session, q, project=remembered_project(request).slug, limit=limit)
