"""Pages about endpoints as load tests see them: who uses them, and many of them chosen at once."""

from __future__ import annotations

import uuid
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, Response

from benchwright.access.scopes import Scope, requires
from benchwright.kit.db import ReadSession
from benchwright.kit.errors import BadRequest, NotFound
from benchwright.kit.threads import in_thread
from benchwright.lab import Lab, LabDep, ReadSessionDep
from benchwright.loadtests import plan_pages
from benchwright.loadtests.endpoint_choice import show_choice
from benchwright.loadtests.plan_views import find_endpoints
from benchwright.loadtests.usage import Usage, find_concerned, find_usage
from benchwright.projects import service as projects
from benchwright.projects.models import Project
from benchwright.specs import service as specs
from benchwright.specs.endpoint_browser import MOST_CHOSEN, BrowserWish, BrowserWishDep
from benchwright.web.rendering import render

router = APIRouter(prefix="/p/{slug}/load-tests", include_in_schema=False)

READ = [Depends(requires(Scope.READ))]

EndpointId = Annotated[uuid.UUID | None, Query()]
Revision = Annotated[int | None, Query(ge=1, le=2**31 - 1)]


@router.get("/using.json", dependencies=READ)
def get_usage(
    session: ReadSessionDep,
    slug: str,
    endpoint: EndpointId = None,
    spec: EndpointId = None,
    revision: Revision = None,
) -> list[Usage]:
    """The same as JSON."""
    return _find(session, slug, endpoint, spec, revision)[1]


@router.get("/using", dependencies=READ)
def show_usage(
    request: Request,
    session: ReadSessionDep,
    slug: str,
    endpoint: EndpointId = None,
    spec: EndpointId = None,
    revision: Revision = None,
) -> HTMLResponse:
    """The load tests that use an endpoint, or what a revision removed or changed."""
    project, usage = _find(session, slug, endpoint, spec, revision)
    context = {"project": project, "usage": usage, "is_change": revision is not None}
    return render(request, "loadtests/using.html", context, project=slug, here="specs")


@router.get("/choose", dependencies=READ)
def show_endpoints(
    request: Request,
    session: ReadSessionDep,
    slug: str,
    asked: BrowserWishDep,
    *,
    draft: uuid.UUID | None = None,
    spec: uuid.UUID | None = None,
) -> Response:
    """The endpoints to choose from, whatever is chosen of them already."""
    project = projects.get_project(session, slug)
    return show_choice(request, session, project, asked, draft_id=draft, spec_id=spec)


@router.post("/choose", dependencies=READ)
async def choose_many(request: Request, lab: LabDep, slug: str) -> Response:
    """As `/new`, for more endpoints than an address can hold."""
    async with request.form(max_fields=MOST_CHOSEN + 10, max_files=0) as sent:
        texts = [value for value in sent.getlist("endpoint") if isinstance(value, str)]
        draft = sent.get("draft")
    try:
        chosen = [uuid.UUID(text) for text in texts]
        draft_id = uuid.UUID(draft) if isinstance(draft, str) and draft else None
    except ValueError:
        raise BadRequest("The form names something by what is no id.") from None
    return await in_thread(_show_new, request, lab, slug, chosen, draft_id)


def _show_new(
    request: Request, lab: Lab, slug: str, chosen: list[uuid.UUID], draft: uuid.UUID | None
) -> Response:
    with lab.database.read() as session:
        project = projects.get_project(session, slug)
        found = find_endpoints(session, project, chosen)
        if not found:
            asked = BrowserWish()
            return show_choice(request, session, project, asked, draft_id=draft, spec_id=None)
        return plan_pages.show_chosen(request, session, project, found, draft)


def _find(
    session: ReadSession,
    slug: str,
    endpoint: uuid.UUID | None,
    spec_id: uuid.UUID | None,
    number: int | None,
) -> tuple[Project, list[Usage]]:
    project = projects.get_project(session, slug)
    if endpoint is not None:
        return project, find_usage(session, project.id, [endpoint])
    if spec_id is None or number is None:
        raise BadRequest("Name an `endpoint`, or a `spec` and a `revision`.")
    spec = specs.get_spec(session, spec_id)
    if spec.project_id != project.id:
        raise NotFound("This project has no such spec.")
    revision = specs.get_revision(session, spec, number)
    gone = [item for kind in ("removed", "changed") for item in revision.changes.get(kind, ())]
    ids = specs.ids_by_key(session, spec, [item["path"] for item in gone])
    return project, find_concerned(session, project.id, revision, ids)
