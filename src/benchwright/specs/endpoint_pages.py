"""Pages of a spec's parts: rows of endpoints, one endpoint, one revision."""

from __future__ import annotations

import uuid
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import HTMLResponse, Response

from benchwright.access.scopes import Scope, requires
from benchwright.kit.db import ReadSession
from benchwright.kit.errors import NotFound
from benchwright.lab import ReadSessionDep
from benchwright.projects import service as projects
from benchwright.projects.models import Project
from benchwright.specs import browsing, service
from benchwright.specs.endpoint_reading import read_endpoint
from benchwright.specs.models import Endpoint, Spec
from benchwright.specs.outline import EndpointFilter
from benchwright.specs.schemas import EndpointView, RevisionView
from benchwright.specs.views import view_endpoint, view_revision
from benchwright.web.compression import pack
from benchwright.web.rendering import render

router = APIRouter(prefix="/p/{slug}/specs", include_in_schema=False)

READ = [Depends(requires(Scope.READ))]
MOST_ROWS = 1000

Number = Annotated[int, Path(ge=1, le=2**31 - 1)]


def find_spec(session: ReadSession, slug: str, spec_id: uuid.UUID) -> tuple[Project, Spec]:
    """The spec with its project; raises `NotFound`, also for one of another project."""
    project = projects.get_project(session, slug)
    spec = service.get_spec(session, spec_id)
    if spec.project_id != project.id:
        raise NotFound("This project has no such spec.")
    return project, spec


@router.get("/{spec_id}/rows", dependencies=READ)
def show_rows(
    request: Request,
    session: ReadSessionDep,
    slug: str,
    spec_id: uuid.UUID,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST_ROWS)] = MOST_ROWS,
) -> Response:
    """A stretch of the list of endpoints, for the page that shows its beginning."""
    project, spec = find_spec(session, slug, spec_id)
    rows, _ = browsing.list_rows(session, spec, EndpointFilter(), offset=offset, limit=limit)
    context = {"project": project, "spec": spec, "groups": browsing.group_rows(rows)}
    context |= {"chosen": frozenset[str](), "taken": frozenset[str]()}
    return pack(request, render(request, "specs/_rows.html", context, project=slug))


@router.get("/{spec_id}/endpoints/{endpoint_id}.json", dependencies=READ)
def get_endpoint(
    session: ReadSessionDep, slug: str, spec_id: uuid.UUID, endpoint_id: uuid.UUID
) -> EndpointView:
    """An endpoint as JSON."""
    return view_endpoint(session, _find(session, slug, spec_id, endpoint_id)[2])


@router.get("/{spec_id}/endpoints/{endpoint_id}", dependencies=READ)
def show_endpoint(
    request: Request,
    session: ReadSessionDep,
    slug: str,
    spec_id: uuid.UUID,
    endpoint_id: uuid.UUID,
    *,
    part: Annotated[bool, Query()] = False,
) -> HTMLResponse:
    """One endpoint with all that is known of it; `part` leaves the page around it out."""
    project, spec, endpoint = _find(session, slug, spec_id, endpoint_id)
    context = {
        "project": project,
        "spec": spec,
        "endpoint": endpoint,
        "tags": service.tags_of(session, [endpoint])[endpoint.id],
        "reading": read_endpoint(spec, endpoint),
    }
    template = "specs/_detail.html" if part else "specs/endpoint.html"
    return render(request, template, context, project=slug, here="specs")


@router.get("/{spec_id}/revisions/{number}.json", dependencies=READ)
def get_revision(
    session: ReadSessionDep, slug: str, spec_id: uuid.UUID, number: Number
) -> RevisionView:
    """A revision as JSON."""
    _, spec = find_spec(session, slug, spec_id)
    return view_revision(service.get_revision(session, spec, number))


@router.get("/{spec_id}/revisions/{number}", dependencies=READ)
def show_revision(
    request: Request, session: ReadSessionDep, slug: str, spec_id: uuid.UUID, number: Number
) -> Response:
    """What one revision changed, endpoint by endpoint, before and after."""
    project, spec = find_spec(session, slug, spec_id)
    revision = service.get_revision(session, spec, number)
    changes = revision.changes
    paths = [
        item["path"] for kind in ("added", "removed", "changed") for item in changes.get(kind, ())
    ]
    context = {
        "project": project,
        "spec": spec,
        "revision": revision,
        "endpoint_ids": service.ids_by_key(session, spec, paths),
    }
    return pack(
        request, render(request, "specs/revision.html", context, project=slug, here="specs")
    )


def _find(
    session: ReadSession, slug: str, spec_id: uuid.UUID, endpoint_id: uuid.UUID
) -> tuple[Project, Spec, Endpoint]:
    project, spec = find_spec(session, slug, spec_id)
    endpoint = service.get_endpoint(session, endpoint_id)
    if endpoint.spec_id != spec.id:
        raise NotFound("This spec has no such endpoint.")
    return project, spec, endpoint
