"""Pages of schedules: all of a project, one with its history, and the form."""

from __future__ import annotations

import uuid
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, Response

from benchwright.access.principal import Principal
from benchwright.access.scopes import Scope, known_principal, requires
from benchwright.kit.db import ReadSession
from benchwright.kit.errors import Invalid, NotFound, Problem
from benchwright.kit.pagination import Page, PageRequest
from benchwright.lab import Lab, LabDep, ReadSessionDep, WriteSessionDep
from benchwright.loadtests import service as loadtests
from benchwright.loadtests.models import LoadTest
from benchwright.projects import service as projects
from benchwright.projects.models import Project
from benchwright.schedules import form, service
from benchwright.schedules.form import ScheduleTexts, SentForm
from benchwright.schedules.models import Schedule
from benchwright.schedules.permission import check_may_schedule
from benchwright.schedules.schemas import SchedulePreview, ScheduleSummary, ScheduleView
from benchwright.schedules.timing import zone_names
from benchwright.web.flash import flash
from benchwright.web.rendering import Url, redirect, render

router = APIRouter(prefix="/p/{slug}/schedules", include_in_schema=False)

READ = [Depends(requires(Scope.READ))]
MayWrite = Annotated[Principal, Depends(requires(Scope.WRITE))]
Cursor = Annotated[str | None, Query(max_length=64)]
LoadTestId = Annotated[uuid.UUID, Query(alias="load_test")]
SentTest = Annotated[uuid.UUID, Form(alias="load_test")]
Then = Annotated[str, Form(max_length=20)]

SHOWN_FIRINGS = 50


@router.get("", dependencies=READ)
def show_schedules(
    request: Request, session: ReadSessionDep, slug: str, cursor: Cursor = None
) -> HTMLResponse:
    """The schedules of a project."""
    project = projects.get_project(session, slug)
    page = PageRequest(cursor=cursor)
    found, following = service.list_schedules(session, page, project_id=project.id)
    context = {
        "project": project,
        "schedules": found,
        "next_address": Url(request)("/p", slug, "schedules", cursor=following)
        if following
        else None,
        "may_write": known_principal(request).may(Scope.WRITE),
    }
    return render(request, "schedules/list.html", context, project=slug, here="schedules")


@router.get(".json", dependencies=READ)
def list_schedules(
    session: ReadSessionDep, slug: str, cursor: Cursor = None
) -> Page[ScheduleSummary]:
    """The same as JSON."""
    project = projects.get_project(session, slug)
    page = PageRequest(cursor=cursor)
    items, following = service.list_schedules(session, page, project_id=project.id)
    return Page(items=items, next_cursor=following)


@router.get("/new", dependencies=READ)
def show_new(
    request: Request, lab: LabDep, session: ReadSessionDep, slug: str, load_test: LoadTestId
) -> HTMLResponse:
    """The form of a new schedule."""
    project, tested = _find_test(session, slug, load_test)
    texts = ScheduleTexts(name=tested.name[:200], zone=service.usual_zone(session, project.id))
    return _show_form(request, lab, session, project, tested, texts)


@router.post("/new")
def create(
    request: Request,
    lab: LabDep,
    session: WriteSessionDep,
    principal: MayWrite,
    slug: str,
    load_test: SentTest,
    texts: SentForm,
    then: Then = "save",
) -> Response:
    """Adds the schedule and shows it; or only tells when it would fire."""
    project, tested = _find_test(session, slug, load_test)
    if then == "preview":
        return _show_form(request, lab, session, project, tested, texts)
    try:
        check_may_schedule(lab.settings, principal, tested)
        wish = form.write_of(texts, tested.public_id)
        schedule = service.create_schedule(session, lab.settings.schedules, tested, wish)
    except Problem as problem:
        return _show_form(request, lab, session, project, tested, texts, problem=problem)
    response = redirect(request, f"/p/{slug}/schedules/{schedule.public_id}")
    flash(response, "The schedule was made.")
    return response


@router.post("/preview", dependencies=READ)
def show_preview(
    request: Request,
    lab: LabDep,
    session: ReadSessionDep,
    slug: str,
    load_test: SentTest,
    texts: SentForm,
) -> HTMLResponse:
    """When it would fire, for the form that is being filled in."""
    _, tested = _find_test(session, slug, load_test)
    context = {"texts": texts, **_preview(lab, session, tested, texts)}
    return render(request, "schedules/_preview.html", context, project=slug, here="schedules")


@router.get("/{schedule_id}.json", dependencies=READ)
def get_schedule(session: ReadSessionDep, slug: str, schedule_id: uuid.UUID) -> ScheduleView:
    """The page of a schedule as JSON."""
    return service.view_schedule(session, _find(session, slug, schedule_id)[1])


@router.get("/{schedule_id}", dependencies=READ)
def show_schedule(
    request: Request,
    session: ReadSessionDep,
    slug: str,
    schedule_id: uuid.UUID,
    cursor: Cursor = None,
) -> HTMLResponse:
    """A schedule: when it fires, and what became of its firings."""
    project, schedule = _find(session, slug, schedule_id)
    return _show(request, session, project, schedule, cursor=cursor)


@router.get("/{schedule_id}/edit", dependencies=READ)
def show_edit(
    request: Request, lab: LabDep, session: ReadSessionDep, slug: str, schedule_id: uuid.UUID
) -> HTMLResponse:
    """The form of a schedule that there is."""
    project, schedule = _find(session, slug, schedule_id)
    tested = service.load_test_of(session, schedule)
    texts = form.texts_of(schedule)
    return _show_form(request, lab, session, project, tested, texts, schedule)


@router.post("/{schedule_id}/edit")
def update(
    request: Request,
    lab: LabDep,
    session: WriteSessionDep,
    principal: MayWrite,
    slug: str,
    schedule_id: uuid.UUID,
    texts: SentForm,
    then: Then = "save",
) -> Response:
    """Changes the schedule and shows it; or only tells when it would fire."""
    project, schedule = _find(session, slug, schedule_id)
    tested = service.load_test_of(session, schedule)
    if then == "preview":
        return _show_form(request, lab, session, project, tested, texts, schedule)
    try:
        check_may_schedule(lab.settings, principal, tested)
        with session.begin_nested():
            service.update_schedule(
                session, lab.settings.schedules, schedule, form.update_of(texts)
            )
    except Problem as problem:
        return _show_form(request, lab, session, project, tested, texts, schedule, problem)
    response = redirect(request, f"/p/{slug}/schedules/{schedule_id}")
    flash(response, "The schedule was changed.")
    return response


@router.post("/{schedule_id}/pause")
def pause(
    request: Request, session: WriteSessionDep, _: MayWrite, slug: str, schedule_id: uuid.UUID
) -> Response:
    """Lets it fire no more until it is resumed."""
    _project, schedule = _find(session, slug, schedule_id)
    service.pause_schedule(session, schedule)
    return redirect(request, f"/p/{slug}/schedules/{schedule_id}")


@router.post("/{schedule_id}/resume")
def resume(
    request: Request,
    lab: LabDep,
    session: WriteSessionDep,
    principal: MayWrite,
    slug: str,
    schedule_id: uuid.UUID,
) -> Response:
    """Lets it fire again."""
    project, schedule = _find(session, slug, schedule_id)
    try:
        check_may_schedule(lab.settings, principal, service.load_test_of(session, schedule))
        service.resume_schedule(session, schedule)
    except Problem as problem:
        return _show(request, session, project, schedule, problem=problem)
    return redirect(request, f"/p/{slug}/schedules/{schedule_id}")


@router.post("/{schedule_id}/delete")
def delete(
    request: Request, session: WriteSessionDep, _: MayWrite, slug: str, schedule_id: uuid.UUID
) -> Response:
    """Deletes it with its history."""
    _project, schedule = _find(session, slug, schedule_id)
    service.delete_schedule(session, schedule)
    response = redirect(request, f"/p/{slug}/schedules")
    flash(response, "The schedule was deleted; its runs stay.")
    return response


def _show(
    request: Request,
    session: ReadSession,
    project: Project,
    schedule: Schedule,
    *,
    cursor: str | None = None,
    problem: Problem | None = None,
) -> HTMLResponse:
    wanted = PageRequest(cursor=cursor, limit=SHOWN_FIRINGS)
    firings, following = service.list_firings(session, schedule, wanted)
    address = Url(request)("/p", project.slug, "schedules", schedule.public_id, cursor=following)
    context = {
        "project": project,
        "schedule": service.view_schedule(session, schedule),
        "firings": firings,
        "next_address": address if following else None,
        "may_write": known_principal(request).may(Scope.WRITE),
        "problem": problem,
    }
    status = problem.status if problem else 200
    return render(
        request, "schedules/page.html", context, project=project.slug, here="schedules",
        status=status,
    )  # fmt: skip


def _show_form(
    request: Request,
    lab: Lab,
    session: ReadSession,
    project: Project,
    tested: LoadTest,
    texts: ScheduleTexts,
    schedule: Schedule | None = None,
    problem: Problem | None = None,
) -> HTMLResponse:
    errors = problem.errors if isinstance(problem, Invalid) else []
    context = {
        "project": project,
        "load_test": tested,
        "schedule": schedule,
        "texts": texts,
        "examples": form.EXAMPLES,
        "zones": sorted(zone_names()),
        "problem": problem,
        "errors": {error["field"]: error["message"] for error in errors},
        **_preview(lab, session, tested, texts),
    }
    status = problem.status if problem else 200
    return render(
        request, "schedules/form.html", context, project=project.slug, here="schedules",
        status=status,
    )  # fmt: skip


def _preview(
    lab: Lab, session: ReadSession, tested: LoadTest, texts: ScheduleTexts
) -> dict[str, SchedulePreview | list[str] | None]:
    try:
        wish = form.preview_of(texts, tested.public_id)
        return {"preview": service.preview(session, lab.settings.schedules, wish), "faults": []}
    except Invalid as problem:
        return {"preview": None, "faults": [error["message"] for error in problem.errors]}


def _find(session: ReadSession, slug: str, schedule_id: uuid.UUID) -> tuple[Project, Schedule]:
    project = projects.get_project(session, slug)
    return project, service.get_schedule(session, schedule_id, project.id)


def _find_test(session: ReadSession, slug: str, test_id: uuid.UUID) -> tuple[Project, LoadTest]:
    project = projects.get_project(session, slug)
    load_test = loadtests.get_load_test(session, test_id)
    if load_test.project_id != project.id:
        raise NotFound("This project has no such load test.")
    return project, load_test
