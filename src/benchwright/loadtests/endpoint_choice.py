"""The page on which the endpoints of a load test are chosen."""

from __future__ import annotations

import uuid

from fastapi import Request
from fastapi.responses import Response

from benchwright.kit.db import ReadSession
from benchwright.kit.errors import NotFound
from benchwright.kit.pagination import PageRequest
from benchwright.loadtests import drafts
from benchwright.projects.models import Project
from benchwright.specs import service as specs
from benchwright.specs.endpoint_browser import BrowserWish, browse
from benchwright.specs.models import Spec
from benchwright.web.compression import pack
from benchwright.web.rendering import render

SHOWN_SPECS = 100


def show_choice(
    request: Request,
    session: ReadSession,
    project: Project,
    asked: BrowserWish,
    *,
    draft_id: uuid.UUID | None,
    spec_id: uuid.UUID | None,
) -> Response:
    """The project's specs and the endpoints of one of them; what is chosen joins the draft."""
    listed, _ = specs.list_specs(session, project, PageRequest(limit=SHOWN_SPECS))
    draft = drafts.get_draft(session, project.slug, draft_id) if draft_id else None
    spec = _find(session, project, spec_id) if spec_id else next(iter(listed), None)
    context = {"project": project, "specs": listed, "spec": spec, "draft": draft}
    if spec is not None:
        context |= browse(session, spec, asked)
        context |= {"taken": _taken(draft.fields) if draft else frozenset()}
    page = render(request, "loadtests/choose.html", context, project=project.slug, here="project")
    return pack(request, page)


def _find(session: ReadSession, project: Project, spec_id: uuid.UUID) -> Spec:
    spec = specs.get_spec(session, spec_id)
    if spec.project_id != project.id:
        raise NotFound("This project has no such spec.")
    return spec


def _taken(fields: dict[str, str]) -> frozenset[str]:
    return frozenset(text for name, text in fields.items() if name.endswith(".endpoint"))
