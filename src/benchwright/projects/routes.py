"""JSON routes of projects."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from benchwright.access.scopes import Scope, requires
from benchwright.kit.pagination import Page, PageRequest, page_request
from benchwright.lab import ReadSessionDep, WriteSessionDep
from benchwright.projects import removal, service
from benchwright.projects.schemas import ProjectCreate, ProjectUpdate, ProjectView

router = APIRouter(prefix="/api/v1/projects", tags=["projects"])


@router.get("", dependencies=[Depends(requires(Scope.READ))])
def list_projects(
    session: ReadSessionDep, request: Annotated[PageRequest, Depends(page_request)]
) -> Page[ProjectView]:
    """Lists projects, newest first."""
    projects, cursor = service.list_projects(session, request)
    return Page(items=[ProjectView.model_validate(p) for p in projects], next_cursor=cursor)


@router.post("", status_code=201, dependencies=[Depends(requires(Scope.WRITE))])
def create_project(session: WriteSessionDep, wish: ProjectCreate) -> ProjectView:
    """Adds a project."""
    return ProjectView.model_validate(service.create_project(session, wish))


@router.get("/{slug}", dependencies=[Depends(requires(Scope.READ))])
def get_project(session: ReadSessionDep, slug: str) -> ProjectView:
    """Shows a project."""
    return ProjectView.model_validate(service.get_project(session, slug))


@router.patch("/{slug}", dependencies=[Depends(requires(Scope.WRITE))])
def update_project(session: WriteSessionDep, slug: str, wish: ProjectUpdate) -> ProjectView:
    """Changes the fields that are sent."""
    return ProjectView.model_validate(service.update_project(session, slug, wish))


@router.delete("/{slug}", status_code=204, dependencies=[Depends(requires(Scope.WRITE))])
def delete_project(session: WriteSessionDep, slug: str) -> None:
    """Deletes a project without runs, load tests and specs; its secrets and webhooks go too."""
    removal.delete_project(session, slug)
