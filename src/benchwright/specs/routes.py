"""JSON routes of specs and endpoints."""

from __future__ import annotations

import uuid
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request

from benchwright.access.scopes import Scope, requires
from benchwright.kit.errors import BadRequest
from benchwright.kit.pagination import Page, PageRequest, page_request
from benchwright.kit.unicode import STORABLE
from benchwright.lab import LabDep, ReadSessionDep, WriteSessionDep
from benchwright.projects.service import get_project
from benchwright.specs import desk, service
from benchwright.specs.schemas import (
    EndpointSummary,
    EndpointView,
    ReanalysisView,
    RevisionSummary,
    RevisionView,
    SpecSummary,
    SpecView,
)
from benchwright.specs.uploads import OPENAPI_BODY, read_submission
from benchwright.specs.views import view_endpoint, view_endpoints, view_revision, view_spec

router = APIRouter(prefix="/api/v1", tags=["specs"])

READ = [Depends(requires(Scope.READ))]
WRITE = [Depends(requires(Scope.WRITE))]
PageDep = Annotated[PageRequest, Depends(page_request)]


@router.post(
    "/projects/{slug}/specs", status_code=201, dependencies=WRITE, openapi_extra=OPENAPI_BODY
)
async def add_spec(lab: LabDep, slug: str, request: Request) -> SpecView:
    """Analyses the document behind an address, or an uploaded one, and adds it to a project."""
    wish = await read_submission(request, lab.settings.specs.max_bytes)
    if wish.document is not None:
        return await desk.analyse_upload(lab, slug, wish.document, name=wish.name)
    if wish.url is None:
        raise BadRequest("Send the address of a document, or the document itself.")
    return await desk.analyse_url(lab, slug, wish.url, name=wish.name)


@router.get("/projects/{slug}/specs", dependencies=READ)
def list_specs(session: ReadSessionDep, slug: str, page: PageDep) -> Page[SpecSummary]:
    """Lists a project's specs, newest first."""
    specs, cursor = service.list_specs(session, get_project(session, slug), page)
    return Page(items=[SpecSummary.model_validate(spec) for spec in specs], next_cursor=cursor)


@router.get("/specs/{public_id}", dependencies=READ)
def get_spec(session: ReadSessionDep, public_id: uuid.UUID) -> SpecView:
    """Shows a spec with its tags, and what of its document could not be used."""
    return view_spec(session, service.get_spec(session, public_id))


@router.post("/specs/{public_id}/analyse", dependencies=WRITE, openapi_extra=OPENAPI_BODY)
async def analyse_spec(lab: LabDep, public_id: uuid.UUID, request: Request) -> ReanalysisView:
    """Analyses again: what is at the spec's address now, or at another one, or an upload."""
    wish = await read_submission(request, lab.settings.specs.max_bytes)
    return await desk.analyse_again(lab, public_id, document=wish.document, url=wish.url)


@router.get("/specs/{public_id}/revisions", dependencies=READ)
def list_revisions(
    session: ReadSessionDep, public_id: uuid.UUID, page: PageDep
) -> Page[RevisionSummary]:
    """Lists the states that a spec has had, newest first."""
    spec = service.get_spec(session, public_id)
    revisions, cursor = service.list_revisions(session, spec, page)
    return Page(
        items=[RevisionSummary.model_validate(revision) for revision in revisions],
        next_cursor=cursor,
    )


@router.get("/specs/{public_id}/revisions/{number}", dependencies=READ)
def get_revision(
    session: ReadSessionDep,
    public_id: uuid.UUID,
    number: Annotated[int, Path(ge=1, le=2**31 - 1)],
) -> RevisionView:
    """Shows what changed in one revision."""
    return view_revision(
        service.get_revision(session, service.get_spec(session, public_id), number)
    )


@router.get("/specs/{public_id}/endpoints", dependencies=READ)
def list_endpoints(
    session: ReadSessionDep,
    public_id: uuid.UUID,
    page: PageDep,
    tag: Annotated[str | None, Query(max_length=200, pattern=STORABLE)] = None,
    q: Annotated[
        str | None, Query(max_length=200, pattern=STORABLE, description="Part of path or summary.")
    ] = None,
    method: Annotated[str | None, Query(max_length=20, pattern=STORABLE)] = None,
    *,
    removed: Annotated[bool, Query(description="Also those that the document lost.")] = False,
) -> Page[EndpointSummary]:
    """Lists a spec's endpoints in the order of its document."""
    spec = service.get_spec(session, public_id)
    endpoints, cursor = service.list_endpoints(
        session, spec, page, tag=tag, text=q, method=method, removed=removed
    )
    return Page(items=view_endpoints(session, endpoints), next_cursor=cursor)


@router.get("/endpoints/{public_id}", dependencies=READ)
def get_endpoint(session: ReadSessionDep, public_id: uuid.UUID) -> EndpointView:
    """Shows an endpoint with its parameters and body, each with an example."""
    return view_endpoint(session, service.get_endpoint(session, public_id))


@router.delete("/specs/{public_id}", status_code=204, dependencies=WRITE)
def delete_spec(session: WriteSessionDep, public_id: uuid.UUID) -> None:
    """Deletes a spec with its endpoints and history; load tests and runs stay."""
    service.delete_spec(session, public_id)
