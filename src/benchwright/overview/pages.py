"""The first page, and what runs now for the bar of every page."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from benchwright.access.scopes import Scope, requires
from benchwright.lab import LabDep, ReadSessionDep
from benchwright.overview import service
from benchwright.overview.schemas import Overview, RunningNow
from benchwright.web.rendering import render

router = APIRouter(include_in_schema=False)

READ = [Depends(requires(Scope.READ))]


@router.get("/", dependencies=READ)
def show_overview(request: Request, lab: LabDep, session: ReadSessionDep) -> HTMLResponse:
    """What runs, what needs attention, how projects fare; where to begin if there is nothing."""
    overview = service.view_overview(session, lab.progress)
    template = "overview/start.html" if overview.is_empty else "overview/page.html"
    return render(request, template, {"overview": overview}, here="overview")


@router.get("/.json", dependencies=READ)
def get_overview(lab: LabDep, session: ReadSessionDep) -> Overview:
    """The same as JSON."""
    return service.view_overview(session, lab.progress)


@router.get("/running.json", dependencies=READ)
def get_running(lab: LabDep, session: ReadSessionDep) -> RunningNow:
    """What is under way: asked for every few seconds by each open page, so it must stay cheap."""
    return service.view_running(session, lab.progress)
