"""Pages on which jobs are written."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from benchwright.access.principal import Principal
from benchwright.access.scopes import Scope, requires
from benchwright.jobs import permission, service, starting
from benchwright.jobs.desk import (
    MAX_DESCRIPTION,
    Desk,
    Sheet,
    errors_by_field,
    key_of,
    make_desk,
    preview_sheet,
    preview_words,
    read_sheet,
    sheet_of,
    sheet_of_text,
    show_desk,
    with_problem,
)
from benchwright.jobs.examples import find_example
from benchwright.jobs.kept_pages import find_job
from benchwright.jobs.models import Job
from benchwright.jobs.plan_form import PREFIX
from benchwright.jobs.rerun import plan_of_run
from benchwright.kit.db import after_commit
from benchwright.kit.errors import BadRequest, Forbidden, Problem
from benchwright.kit.threads import in_thread
from benchwright.lab import Lab, LabDep, ReadSessionDep
from benchwright.projects import service as projects
from benchwright.runs import service as runs
from benchwright.web.rendering import redirect, render, root_path

router = APIRouter(prefix="/p/{slug}/jobs", include_in_schema=False)

MayRead = Annotated[Principal, Depends(requires(Scope.READ))]
MayRun = Annotated[Principal, Depends(requires(Scope.RUN))]

MAX_FIELDS = 200
MAX_FIELD_BYTES = 16 * 1024 * 1024
SHOWING = ("show", "form", "text")
KEEPING = ("save", "run", "save_run")


@router.get("/new")
def show_new(
    request: Request,
    lab: LabDep,
    session: ReadSessionDep,
    principal: MayRead,
    slug: str,
    *,
    example: Annotated[str, Query(max_length=20)] = "shell",
    from_run: uuid.UUID | None = None,
    from_job: Annotated[uuid.UUID | None, Query(alias="from")] = None,
) -> HTMLResponse:
    """A new job, begun with an example, with a kept job, or with what a run was told."""
    project = projects.get_project(session, slug)
    notice = ""
    if from_run is not None:
        run = runs.get_run(session, from_run, project)
        sheet, key = sheet_of(plan_of_run(lab, run)), key_of("run", from_run)
        notice = "This is the plan of the run, as it was when it started."
    elif from_job is not None:
        _, job = find_job(session, slug, from_job)
        sheet, key = sheet_of(job.plan), key_of("from", from_job)
    else:
        chosen = find_example(example)
        sheet, key = sheet_of_text(chosen.text), key_of("new", chosen.key)
    desk = replace(make_desk(session, lab, project, key), notice=notice)
    return show_desk(request, session, lab, principal, desk, sheet)


@router.post("/new")
async def make(request: Request, lab: LabDep, principal: MayRun, slug: str) -> Response:
    """Keeps or starts what was written, or shows it again."""
    return await in_thread(_act, request, lab, principal, slug, await _sent(request), None)


@router.post("/preview")
async def preview(request: Request, lab: LabDep, principal: MayRead, slug: str) -> Response:
    """Both sides of the plan brought together, and what it would start."""
    return await in_thread(_preview, request, lab, principal, slug, await _sent(request))


@router.get("/{kept_id}/edit")
def show_edit(
    request: Request,
    lab: LabDep,
    session: ReadSessionDep,
    principal: MayRead,
    slug: str,
    kept_id: uuid.UUID,
) -> HTMLResponse:
    """A kept job on the desk."""
    project, job = find_job(session, slug, kept_id)
    desk = make_desk(session, lab, project, key_of("edit", kept_id), job)
    return show_desk(request, session, lab, principal, desk, sheet_of(job.plan))


@router.post("/{kept_id}/edit")
async def edit(
    request: Request, lab: LabDep, principal: MayRun, slug: str, kept_id: uuid.UUID
) -> Response:
    """As `make`, for a job that is kept already."""
    return await in_thread(_act, request, lab, principal, slug, await _sent(request), kept_id)


async def _sent(request: Request) -> dict[str, str]:
    async with request.form(
        max_fields=MAX_FIELDS, max_files=0, max_part_size=MAX_FIELD_BYTES
    ) as sent:
        return {name: value for name, value in sent.items() if isinstance(value, str)}


def _act(
    request: Request,
    lab: Lab,
    principal: Principal,
    slug: str,
    texts: Mapping[str, str],
    kept_id: uuid.UUID | None,
) -> Response:
    action = texts.get("then", "show")
    if action not in SHOWING + KEEPING:
        raise BadRequest("The form names no known action.")
    sheet = read_sheet(texts)
    with lab.database.read() as session:
        project = projects.get_project(session, slug)
        job = find_job(session, slug, kept_id)[1] if kept_id is not None else None
        desk = make_desk(session, lab, project, texts.get("form_key", "")[:100], job)
        desk = replace(desk, description=texts.get("description", "")[:MAX_DESCRIPTION])
        if action in ("form", "text"):
            # Whoever goes to the other side sees what this one says, unless it cannot be read.
            side = action if sheet.problem is None else sheet.side
            sheet = replace(sheet, side=side)  # type: ignore[arg-type]  # one of both words
        if action in SHOWING or sheet.problem is not None:
            return show_desk(request, session, lab, principal, desk, sheet)
    try:
        return _go(request, _keep(lab, principal, desk, sheet, action))
    except Problem as problem:
        with lab.database.read() as session:
            desk = with_problem(desk, problem)
            return show_desk(request, session, lab, principal, desk, sheet)


def _keep(lab: Lab, principal: Principal, desk: Desk, sheet: Sheet, action: str) -> str:
    """Does it, and says where to go."""
    plan = service.read_plan(sheet.source)
    is_kept, is_started = action != "run", action != "save"
    if is_kept and not principal.may(Scope.WRITE):
        raise Forbidden(
            "Keeping a job needs a token with the scope `write`; it can be run all the same."
        )
    prepared = None
    if is_started:
        permission.check_allowed(lab.settings, principal, plan)
        with lab.database.read() as session:
            prepared = starting.prepare_job(session, lab, plan, desk.project)
    slug = desk.project.slug
    with lab.database.write() as session:
        job: Job | None = None
        if is_kept and desk.job is not None:
            job = service.get_job(session, desk.job.public_id)
            service.update_job(session, job, plan, desk.description)
        elif is_kept:
            job = service.create_job(session, slug, plan, desk.description)
        if prepared is None:
            assert job is not None
            return f"/p/{slug}/jobs/{job.public_id}"
        of_job = job or desk.job
        prepared = replace(prepared, job_id=of_job.id if of_job is not None else None)
        started = starting.start_prepared(session, prepared)
        after_commit(session, lab.wake)
        if prepared.group_id is not None:
            return f"/p/{slug}/jobs/groups/{prepared.group_id}"
        return f"/p/{slug}/runs/{started[0].public_id}"


def _preview(
    request: Request, lab: Lab, principal: Principal, slug: str, texts: Mapping[str, str]
) -> Response:
    sheet = read_sheet(texts)
    with lab.database.read() as session:
        project = projects.get_project(session, slug)
        found = preview_sheet(session, lab, principal, project, sheet)
        context: dict[str, Any] = {"project": project, "preview": found, **preview_words()}
        html = render(request, "jobs/_preview.html", context, project=slug)
    return JSONResponse(
        {
            "text": sheet.text,
            "fields": {PREFIX + name: value for name, value in sheet.fields.items()},
            "errors": errors_by_field(found.faults),
            "lines": [
                {"line": fault.line, "message": fault.message, "field": fault.field}
                for fault in found.faults
                if fault.line is not None
            ],
            "html": bytes(html.body).decode(),
        }
    )


def _go(request: Request, path: str) -> Response:
    """To another page; a script that sent the form is told its address."""
    if "application/json" in request.headers.get("accept", ""):
        return JSONResponse({"address": root_path(request) + path}, 201)
    return redirect(request, path)
