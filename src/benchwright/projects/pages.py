"""Pages of projects: all of them, one with what belongs to it, and its settings."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import ValidationError

from benchwright.access.scopes import Scope, known_principal, requires
from benchwright.kit.db import ReadSession
from benchwright.kit.errors import Invalid, Problem
from benchwright.kit.pagination import PageRequest
from benchwright.kit.problems import invalid_from
from benchwright.kit.unicode import STORABLE
from benchwright.lab import ReadSessionDep, WriteSessionDep
from benchwright.loadtests import drafts
from benchwright.loadtests import service as loadtests
from benchwright.overview import service as overview
from benchwright.overview.schemas import ProjectList
from benchwright.projects import removal, service
from benchwright.projects.schemas import ProjectCreate, ProjectUpdate, ProjectView
from benchwright.runs import service as runs
from benchwright.runs.presentation import list_lines
from benchwright.runs.run_filter import RunFilter
from benchwright.specs import service as specs
from benchwright.web.flash import flash
from benchwright.web.rendering import redirect, render

router = APIRouter(prefix="/p", include_in_schema=False)

READ = [Depends(requires(Scope.READ))]
WRITE = [Depends(requires(Scope.WRITE))]
SHOWN_PROJECTS = 200
SHOWN_RUNS = 8
SHOWN_SPECS = 5
SHOWN_LOAD_TESTS = 100

Wish = TypeVar("Wish", ProjectCreate, ProjectUpdate)
Text = Annotated[str, Query(max_length=200, pattern=STORABLE)]
Limit = Annotated[int, Query(ge=1, le=SHOWN_PROJECTS)]
Name = Annotated[str, Form(max_length=10_000)]
Long = Annotated[str, Form(max_length=100_000)]


@router.get("", dependencies=READ)
@router.get("/", dependencies=READ)
def show_projects(request: Request, session: ReadSessionDep, q: Text = "") -> HTMLResponse:
    """All projects with what they hold, and a form for a new one."""
    return _show_projects(request, session, q=q)


@router.get(".json", dependencies=READ)
def list_projects(
    session: ReadSessionDep, q: Text = "", limit: Limit = SHOWN_PROJECTS
) -> ProjectList:
    """The same as JSON."""
    return overview.list_projects(session, text=q, limit=limit)


@router.post("/", dependencies=WRITE)
def create_project(
    request: Request, session: WriteSessionDep, name: Name = "", description: Long = ""
) -> Response:
    """Adds a project and shows it."""
    try:
        project = service.create_project(session, _read(ProjectCreate, name, description))
    except Problem as problem:
        sent = {"name": name, "description": description}
        return _show_projects(request, session, sent=sent, problem=problem)
    return redirect(request, f"/p/{project.slug}/")


@router.get("/{slug}.json", dependencies=READ)
@router.get("/{slug}/settings.json", dependencies=READ)
def get_project(session: ReadSessionDep, slug: str) -> ProjectView:
    """A project as JSON."""
    return ProjectView.model_validate(service.get_project(session, slug))


@router.get("/{slug}/", dependencies=READ)
def show_project(request: Request, session: ReadSessionDep, slug: str) -> HTMLResponse:
    """What belongs to a project: load tests and how they fared, the last runs, specs."""
    project = service.get_project(session, slug)
    narrow = RunFilter(project_id=project.id)
    recent, _ = runs.list_runs(session, narrow, PageRequest(limit=SHOWN_RUNS))
    tests, more = loadtests.list_load_tests(session, slug, PageRequest(limit=SHOWN_LOAD_TESTS))
    listed, more_specs = specs.list_specs(session, project, PageRequest(limit=SHOWN_SPECS))
    context = {
        "project": project,
        "recent": recent,
        "recent_lines": list_lines(recent),
        "load_tests": overview.load_test_lines(session, tests),
        "has_more": more is not None,
        "drafts": drafts.list_drafts(session, slug, PageRequest(limit=SHOWN_LOAD_TESTS))[0],
        "specs": listed,
        "has_more_specs": more_specs is not None,
    }
    return render(request, "projects/page.html", context, project=slug, here="project")


@router.get("/{slug}/settings", dependencies=READ)
def show_settings(request: Request, session: ReadSessionDep, slug: str) -> HTMLResponse:
    """A project's name and description, how long its runs are kept, and its end."""
    return _show_settings(request, session, slug)


@router.post("/{slug}/settings", dependencies=WRITE)
def save_settings(
    request: Request,
    session: WriteSessionDep,
    slug: str,
    name: Name = "",
    description: Long = "",
    retention_days: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    """Changes a project."""
    sent = {"name": name, "description": description, "retention_days": retention_days}
    try:
        days = retention_days.strip() or None
        service.update_project(
            session, slug, _read(ProjectUpdate, name, description, retention_days=days)
        )
    except Invalid as problem:
        return _show_settings(request, session, slug, sent=sent, problem=problem)
    answer = redirect(request, f"/p/{slug}/settings")
    flash(answer, "The project was changed.")
    return answer


@router.post("/{slug}/delete", dependencies=WRITE)
def delete_project(request: Request, session: WriteSessionDep, slug: str) -> Response:
    """Deletes a project that holds nothing any more."""
    name = service.get_project(session, slug).name
    try:
        removal.delete_project(session, slug)
    except Problem as problem:
        return _show_settings(request, session, slug, problem=problem)
    answer = redirect(request, "/p")
    flash(answer, f"The project “{name[:100]}” was deleted.")
    return answer


def _read(wish: type[Wish], name: str, description: str, **others: Any) -> Wish:
    values = {"name": name.strip(), "description": description.replace("\r\n", "\n"), **others}
    try:
        return wish.model_validate(values)
    except ValidationError as error:
        raise invalid_from(error) from None


def _show_projects(
    request: Request,
    session: ReadSession,
    *,
    q: str = "",
    sent: dict[str, str] | None = None,
    problem: Problem | None = None,
) -> HTMLResponse:
    context = {
        "listed": overview.list_projects(session, text=q, limit=SHOWN_PROJECTS),
        "q": q,
        "sent": sent or {"name": "", "description": ""},
        "errors": _at_fields(problem),
        "may_write": known_principal(request).may(Scope.WRITE),
    }
    status = problem.status if problem else 200
    return render(request, "projects/list.html", context, here="projects", status=status)


def _show_settings(
    request: Request,
    session: ReadSession,
    slug: str,
    *,
    sent: dict[str, str] | None = None,
    problem: Problem | None = None,
) -> HTMLResponse:
    project = service.get_project(session, slug)
    context = {
        "project": project,
        "sent": sent
        or {
            "name": project.name,
            "description": project.description,
            "retention_days": str(project.retention_days or ""),
        },
        "problem": problem,
        "errors": _at_fields(problem) if sent else {},
        "removal": removal.examine(session, project),
        "may_write": known_principal(request).may(Scope.WRITE),
    }
    status = problem.status if problem else 200
    return render(
        request, "projects/settings.html", context, project=slug, here="settings", status=status
    )


def _at_fields(problem: Problem | None) -> dict[str, str]:
    if problem is None:
        return {}
    if isinstance(problem, Invalid):
        return {error["field"]: error["message"] for error in problem.errors}
    return {"name": problem.detail}
