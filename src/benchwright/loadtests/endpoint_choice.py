"""The page on which the endpoints of a load test are chosen."""

from __future__ import annotations

import uuid

from fastapi import Request
from fastapi.responses import HTMLResponse

from benchwright.kit.db import ReadSession
from benchwright.kit.errors import NotFound
from benchwright.kit.pagination import PageRequest
from benchwright.loadtests import drafts
from benchwright.projects.models import Project
from benchwright.specs import service as specs
from benchwright.specs.models import Spec
from benchwright.web.rendering import render

SHOWN_SPECS = 100
SHOWN_ENDPOINTS = 1000


def show_choice(
    request: Request,
    session: ReadSession,
    project: Project,
    *,
    draft_id: uuid.UUID | None,
    spec_id: uuid.UUID | None,
    q: str,
) -> HTMLResponse:
    """The project's specs and the endpoints of one of them; what is chosen joins the draft."""
    listed, _ = specs.list_specs(session, project, PageRequest(limit=SHOWN_SPECS))
    draft = drafts.get_draft(session, project.slug, draft_id) if draft_id else None
    spec = _find(session, project, spec_id) if spec_id else next(iter(listed), None)
    endpoints, more = [], None
    if spec is not None:
        # Few enough are all sent, and filtered in the browser as one types.
        asked = q if spec.endpoint_count > SHOWN_ENDPOINTS else None
        request_page = PageRequest(limit=SHOWN_ENDPOINTS)
        found, more = specs.list_endpoints(session, spec, request_page, text=asked)
        endpoints = list(found)
    context = {
        "project": project,
        "specs": listed,
        "spec": spec,
        "endpoints": endpoints,
        "has_more": more is not None,
        "draft": draft,
        "taken": _taken(draft.fields) if draft else set(),
        "q": q,
    }
    return render(request, "loadtests/choose.html", context, project=project.slug, here="project")


def _find(session: ReadSession, project: Project, spec_id: uuid.UUID) -> Spec:
    spec = specs.get_spec(session, spec_id)
    if spec.project_id != project.id:
        raise NotFound("This project has no such spec.")
    return spec


def _taken(fields: dict[str, str]) -> set[str]:
    return {text for name, text in fields.items() if name.endswith(".endpoint")}
