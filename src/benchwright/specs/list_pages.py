"""The page of a project's specs."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from benchwright.access.scopes import Scope, requires
from benchwright.kit.pagination import Page, PageRequest, page_request
from benchwright.lab import ReadSessionDep
from benchwright.projects import service as projects
from benchwright.specs import service
from benchwright.specs.schemas import SpecSummary
from benchwright.web.rendering import Url, render

router = APIRouter(prefix="/p/{slug}/specs", include_in_schema=False)

READ = [Depends(requires(Scope.READ))]

PageDep = Annotated[PageRequest, Depends(page_request)]


@router.get("", dependencies=READ)
def show_specs(request: Request, session: ReadSessionDep, slug: str, page: PageDep) -> HTMLResponse:
    """The specs of a project, and a way to add one."""
    project = projects.get_project(session, slug)
    listed, cursor = service.list_specs(session, project, page)
    following = Url(request)("/p", slug, "specs", cursor=cursor) if cursor else None
    context = {"project": project, "specs": listed, "next_address": following}
    return render(request, "specs/list.html", context, project=slug, here="specs")


@router.get(".json", dependencies=READ)
def list_specs(session: ReadSessionDep, slug: str, page: PageDep) -> Page[SpecSummary]:
    """The same as JSON."""
    listed, cursor = service.list_specs(session, projects.get_project(session, slug), page)
    return Page(items=[SpecSummary.model_validate(spec) for spec in listed], next_cursor=cursor)
