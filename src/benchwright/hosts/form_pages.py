"""The form of a host: added, changed, and tried before either."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import HTMLResponse, Response

from benchwright.access.scopes import Scope, requires
from benchwright.hosts import form, service
from benchwright.hosts.form import HostTexts, SentForm
from benchwright.hosts.models import Host
from benchwright.hosts.schemas import ConnectionTest, HostConnection
from benchwright.hosts.trying import try_connection
from benchwright.kit.db import after_commit
from benchwright.kit.errors import Invalid, Problem
from benchwright.kit.threads import in_thread
from benchwright.lab import Lab, LabDep, ReadSessionDep, WriteSessionDep
from benchwright.projects import service as projects
from benchwright.projects.models import Project
from benchwright.web.flash import flash
from benchwright.web.rendering import redirect, render

router = APIRouter(prefix="/p/{slug}/hosts", include_in_schema=False)

ADMIN = [Depends(requires(Scope.ADMIN))]
HostName = Annotated[str, Path(max_length=100)]


@router.get("/new", dependencies=ADMIN)
def show_new(request: Request, session: ReadSessionDep, lab: LabDep, slug: str) -> HTMLResponse:
    """The form of a new host."""
    texts = HostTexts(capacity=str(lab.settings.hosts.capacity))
    return _show(request, lab, projects.get_project(session, slug), texts)


@router.post("/new", dependencies=ADMIN)
def create(
    request: Request, session: WriteSessionDep, lab: LabDep, slug: str, texts: SentForm
) -> Response:
    """Adds the host and shows it."""
    project = projects.get_project(session, slug)
    try:
        with session.begin_nested():
            wish = form.create_of(texts)
            host = service.create_host(session, lab.keyring, lab.settings.hosts, wish)
    except Problem as problem:
        return _show(request, lab, project, texts, problem=problem)
    after_commit(session, lab.wake_hosts)
    response = redirect(request, f"/p/{slug}/hosts/{host.name}")
    flash(response, f"The host {host.name} was added.")
    return response


@router.post("/test", dependencies=ADMIN)
async def try_it(request: Request, lab: LabDep, slug: str, texts: SentForm) -> HTMLResponse:
    """Tries the connection and shows the form again, with what came of it."""
    project, host, wish, problem = await in_thread(_read, lab, slug, texts)
    tried = None
    if wish is not None:
        try:
            tried = await try_connection(lab, wish)
        except Problem as refused:
            problem = refused
    return _show(request, lab, project, texts, host, problem=problem, tried=tried, is_tried=True)


@router.get("/{host_name}/edit", dependencies=ADMIN)
def show_edit(
    request: Request, session: ReadSessionDep, lab: LabDep, slug: str, host_name: HostName
) -> HTMLResponse:
    """The form of a host that there is."""
    project, host = projects.get_project(session, slug), service.get_host(session, host_name)
    return _show(request, lab, project, form.texts_of(host), host)


@router.post("/{host_name}/edit", dependencies=ADMIN)
def update(
    request: Request,
    session: WriteSessionDep,
    lab: LabDep,
    slug: str,
    host_name: HostName,
    texts: SentForm,
) -> Response:
    """Changes the host and shows it."""
    project, host = projects.get_project(session, slug), service.get_host(session, host_name)
    try:
        with session.begin_nested():
            service.update_host(session, lab.keyring, host, form.update_of(texts))
    except Problem as problem:
        return _show(request, lab, project, texts, host, problem=problem)
    after_commit(session, lab.wake_hosts)
    after_commit(session, lab.wake)
    response = redirect(request, f"/p/{slug}/hosts/{host.name}")
    flash(response, f"The host {host.name} was changed.")
    return response


def _read(
    lab: Lab, slug: str, texts: HostTexts
) -> tuple[Project, Host | None, HostConnection | None, Problem | None]:
    """What a test is about; of a host that there is, with the keys that are stored."""
    with lab.database.read() as session:
        project = projects.get_project(session, slug)
        host = service.get_host(session, texts.stored) if texts.stored else None
    try:
        wish = form.connection_of(texts, is_new=host is None)
        if host is not None:
            wish = service.merged_connection(host, lab.keyring, wish)
    except Problem as problem:
        return project, host, None, problem
    return project, host, wish, None


def _show(
    request: Request,
    lab: Lab,
    project: Project,
    texts: HostTexts,
    host: Host | None = None,
    *,
    problem: Problem | None = None,
    tried: ConnectionTest | None = None,
    is_tried: bool = False,
) -> HTMLResponse:
    networks = tried.facts.networks if tried else None
    context = {
        "project": project,
        "host": host,
        "texts": texts,
        "examples": form.EXAMPLES,
        "data_dir": str(lab.settings.data_dir.resolve()),
        "networks": networks or (host.facts.get("networks") if host else None) or [],
        "default_network": lab.settings.hosts.network,
        "problem": problem,
        "errors": form.errors_by_field(problem) if isinstance(problem, Invalid) else {},
        "tried": tried,
    }
    # What a try brought is an answer, whatever it is: htmx shows nothing of a refusal.
    status = problem.status if problem and not is_tried else 200
    return render(
        request, "hosts/form.html", context, project=project.slug, here="hosts", status=status
    )
