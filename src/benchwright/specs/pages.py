"""Pages of specs: adding one, its endpoints, its history."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, File, Form, Query, Request, UploadFile
from fastapi.responses import HTMLResponse, Response

from benchwright.access.scopes import Scope, requires
from benchwright.kit.db import ReadSession
from benchwright.kit.errors import Invalid, Problem, TooLarge
from benchwright.kit.pagination import PageRequest
from benchwright.kit.threads import in_thread
from benchwright.lab import Lab, LabDep, ReadSessionDep, WriteSessionDep
from benchwright.projects import service as projects
from benchwright.projects.models import Project
from benchwright.specs import desk, service
from benchwright.specs.endpoint_browser import BrowserWish, BrowserWishDep, browse
from benchwright.specs.endpoint_pages import find_spec
from benchwright.specs.intake import SeveralDocuments
from benchwright.specs.models import Spec, SpecRevision
from benchwright.specs.schemas import SpecView
from benchwright.specs.views import view_spec
from benchwright.web.compression import pack
from benchwright.web.flash import flash
from benchwright.web.rendering import redirect, render

router = APIRouter(prefix="/p/{slug}/specs", include_in_schema=False)

READ = [Depends(requires(Scope.READ))]
WRITE = [Depends(requires(Scope.WRITE))]

SHOWN_REVISIONS = 20
NO_NEWS = "none"

Address = Annotated[str, Form(max_length=4000)]
Document = Annotated[UploadFile | None, File()]


@router.get("/new", dependencies=READ)
def show_new(request: Request, session: ReadSessionDep, slug: str) -> HTMLResponse:
    """Asks for the address of a document, or for a file."""
    return _show_new(request, projects.get_project(session, slug))


@router.post("", dependencies=WRITE)
async def add_spec(
    request: Request,
    lab: LabDep,
    slug: str,
    url: Address = "",
    file: Document = None,
    *,
    together: Annotated[bool, Form()] = False,
) -> Response:
    """Reads a document and shows its endpoints; what is wrong with it stands at the field."""
    try:
        document = await _uploaded(lab, file)
        if document is not None:
            spec = await desk.analyse_upload(lab, slug, document)
        elif url.strip():
            spec = await desk.analyse_url(lab, slug, url.strip(), choose=not together)
        else:
            raise Invalid("Paste the address of an OpenAPI document, or choose a file.")
    except SeveralDocuments as several:
        project = await in_thread(_find_project, lab, slug)
        context = {"project": project, "address": url.strip(), "candidates": several.candidates}
        return render(request, "specs/choose.html", context, project=slug, here="specs")
    except Problem as problem:
        field = "file" if file is not None and file.filename else "url"
        project = await in_thread(_find_project, lab, slug)
        return _show_new(request, project, url, {field: problem.detail}, problem.status)
    return redirect(request, f"/p/{slug}/specs/{spec.public_id}?suggested=1")


@router.get("/{spec_id}.json", dependencies=READ)
def get_spec(session: ReadSessionDep, slug: str, spec_id: uuid.UUID) -> SpecView:
    """A spec as JSON."""
    return view_spec(session, find_spec(session, slug, spec_id)[1])


@router.get("/{spec_id}", dependencies=READ)
def show_spec(
    request: Request,
    session: ReadSessionDep,
    slug: str,
    spec_id: uuid.UUID,
    asked: BrowserWishDep,
    news: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """The endpoints of a spec, to look at and to choose from."""
    project, spec = find_spec(session, slug, spec_id)
    context = browse(session, spec, asked) | {"news_wanted": news}
    return _show_spec(request, session, project, spec, context)


@router.post("/{spec_id}/refresh", dependencies=WRITE)
async def refresh_spec(
    request: Request, lab: LabDep, slug: str, spec_id: uuid.UUID, file: Document = None
) -> Response:
    """Reads the document again, from its address or from a new file."""
    await in_thread(_check, lab, slug, spec_id)
    try:
        document = await _uploaded(lab, file)
        answer = await desk.analyse_again(lab, spec_id, document=document)
    except Problem as problem:
        return await in_thread(_show_failed_refresh, request, lab, slug, spec_id, problem)
    news = answer.revision.number if answer.revision else NO_NEWS
    return redirect(request, f"/p/{slug}/specs/{spec_id}?news={news}")


@router.post("/{spec_id}/delete", dependencies=WRITE)
def delete_spec(
    request: Request, session: WriteSessionDep, slug: str, spec_id: uuid.UUID
) -> Response:
    """Deletes a spec; load tests and runs stay."""
    _, spec = find_spec(session, slug, spec_id)
    response = redirect(request, f"/p/{slug}/")
    flash(response, f"The spec “{spec.name}” was deleted.")
    service.delete_spec(session, spec_id)
    return response


async def _uploaded(lab: Lab, file: UploadFile | None) -> bytes | None:
    if file is None or not file.filename:
        return None
    most = lab.settings.specs.max_bytes
    document = await file.read(most + 1)
    if len(document) > most:
        raise TooLarge(f"The file is larger than {most} bytes.")
    return document


def _find_project(lab: Lab, slug: str) -> Project:
    with lab.database.read() as session:
        return projects.get_project(session, slug)


def _check(lab: Lab, slug: str, spec_id: uuid.UUID) -> None:
    with lab.database.read() as session:
        find_spec(session, slug, spec_id)


def _show_new(
    request: Request,
    project: Project,
    url: str = "",
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> HTMLResponse:
    context = {"project": project, "add_url": url, "add_errors": errors or {}}
    return render(
        request, "specs/new.html", context, project=project.slug, here="specs", status=status
    )


def _show_failed_refresh(
    request: Request, lab: Lab, slug: str, spec_id: uuid.UUID, problem: Problem
) -> Response:
    with lab.database.read() as session:
        project, spec = find_spec(session, slug, spec_id)
        context = browse(session, spec, BrowserWish()) | {"news_wanted": ""}
        return _show_spec(request, session, project, spec, context, problem)


def _show_spec(
    request: Request,
    session: ReadSession,
    project: Project,
    spec: Spec,
    context: dict[str, Any],
    problem: Problem | None = None,
) -> Response:
    revisions, _ = service.list_revisions(session, spec, PageRequest(limit=SHOWN_REVISIONS))
    context |= {
        "project": project,
        "spec": spec,
        "revisions": revisions,
        "news": _news(revisions, context.pop("news_wanted")),
        "problem": problem,
    }
    status = problem.status if problem else 200
    page = render(
        request, "specs/page.html", context, project=project.slug, here="specs", status=status
    )
    return pack(request, page)


def _news(revisions: Sequence[SpecRevision], news: str) -> SpecRevision | str | None:
    """What the last analysis brought: a revision, `none` if nothing changed, or no analysis."""
    if news == NO_NEWS:
        return news
    return next((revision for revision in revisions if str(revision.number) == news), None)
