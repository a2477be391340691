"""Pages of Docker hosts: all of them, one, and what was left over there.

Hosts belong to the whole installation; a project's address only keeps the navigation in it.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Path, Request
from fastapi.responses import HTMLResponse, Response

from benchwright.access.scopes import Scope, known_principal, requires
from benchwright.hosts import orphans, service
from benchwright.hosts.places import places_of
from benchwright.hosts.schemas import HostView, OrphanList
from benchwright.hosts.trying import check_now
from benchwright.hosts.views import view_host, view_hosts
from benchwright.kit.db import after_commit
from benchwright.kit.errors import Problem
from benchwright.kit.threads import in_thread
from benchwright.lab import Lab, LabDep, ReadSessionDep, WriteSessionDep
from benchwright.projects import service as projects
from benchwright.projects.models import Project
from benchwright.web.flash import flash
from benchwright.web.rendering import redirect, render

router = APIRouter(prefix="/p/{slug}/hosts", include_in_schema=False)

READ = [Depends(requires(Scope.READ))]
RUN = [Depends(requires(Scope.RUN))]
ADMIN = [Depends(requires(Scope.ADMIN))]
HostName = Annotated[str, Path(max_length=100)]
SentId = Annotated[str, Form(pattern="^[0-9a-f]{12,64}$")]


@router.get("", dependencies=READ)
def show_hosts(request: Request, session: ReadSessionDep, lab: LabDep, slug: str) -> HTMLResponse:
    """All hosts: their state, their places, and what runs there."""
    context = {
        "project": projects.get_project(session, slug),
        "hosts": view_hosts(session, places_of(lab), service.list_hosts(session)),
        "may_edit": known_principal(request).may(Scope.ADMIN),
    }
    return render(request, "hosts/list.html", context, project=slug, here="hosts")


@router.get(".json", dependencies=READ)
def list_hosts(session: ReadSessionDep, lab: LabDep, slug: str) -> list[HostView]:
    """The same as JSON."""
    projects.get_project(session, slug)
    return view_hosts(session, places_of(lab), service.list_hosts(session))


@router.get("/{host_name}.json", dependencies=READ)
def get_host(session: ReadSessionDep, lab: LabDep, slug: str, host_name: HostName) -> HostView:
    """A host's page as JSON."""
    projects.get_project(session, slug)
    return view_host(session, places_of(lab), service.get_host(session, host_name))


@router.get("/{host_name}", dependencies=READ)
def show_host(
    request: Request, session: ReadSessionDep, lab: LabDep, slug: str, host_name: HostName
) -> HTMLResponse:
    """A host in detail."""
    project = projects.get_project(session, slug)
    host = view_host(session, places_of(lab), service.get_host(session, host_name))
    return _show(request, lab, project, host)


@router.post("/{host_name}/check", dependencies=RUN)
async def check(request: Request, lab: LabDep, slug: str, host_name: HostName) -> Response:
    """Looks at it now."""
    await check_now(lab, host_name)
    return redirect(request, f"/p/{slug}/hosts/{host_name}")


@router.post("/{host_name}/drain", dependencies=ADMIN)
def drain(request: Request, session: WriteSessionDep, slug: str, host_name: HostName) -> Response:
    """Lets nothing new begin there."""
    service.set_drained(session, service.get_host(session, host_name), is_drained=True)
    return redirect(request, f"/p/{slug}/hosts/{host_name}")


@router.post("/{host_name}/undrain", dependencies=ADMIN)
def undrain(
    request: Request, session: WriteSessionDep, lab: LabDep, slug: str, host_name: HostName
) -> Response:
    """Lets runs begin there again."""
    service.set_drained(session, service.get_host(session, host_name), is_drained=False)
    after_commit(session, lab.wake)
    return redirect(request, f"/p/{slug}/hosts/{host_name}")


@router.post("/{host_name}/remove", dependencies=ADMIN)
def remove(
    request: Request, session: WriteSessionDep, lab: LabDep, slug: str, host_name: HostName
) -> Response:
    """Forgets a host that no run is on."""
    project, host = projects.get_project(session, slug), service.get_host(session, host_name)
    try:
        service.remove_host(session, host)
    except Problem as problem:
        return _show(request, lab, project, view_host(session, places_of(lab), host), problem)
    after_commit(session, lab.wake_hosts)
    response = redirect(request, f"/p/{slug}/hosts")
    flash(response, f"The host {host_name} was removed; its runs stay.")
    return response


@router.get("/{host_name}/left-over.json", dependencies=READ)
async def list_orphans(lab: LabDep, slug: str, host_name: HostName) -> OrphanList:
    """What was left over, as JSON."""
    await in_thread(_project, lab, slug)
    return await orphans.list_orphans(lab, host_name)


@router.get("/{host_name}/left-over", dependencies=READ)
async def show_orphans(
    request: Request, lab: LabDep, slug: str, host_name: HostName
) -> HTMLResponse:
    """Containers of this installation that no unfinished run has."""
    context = {
        "project": await in_thread(_project, lab, slug),
        "name": host_name,
        "left_over": await orphans.list_orphans(lab, host_name),
        "grace_s": lab.settings.hosts.orphan_grace_s,
        "may_edit": known_principal(request).may(Scope.ADMIN),
    }
    return render(request, "hosts/left_over.html", context, project=slug, here="hosts")


@router.post("/{host_name}/left-over/remove", dependencies=ADMIN)
async def remove_orphan(
    request: Request, lab: LabDep, slug: str, host_name: HostName, container_id: SentId
) -> Response:
    """Ends and removes one of them."""
    response = redirect(request, f"/p/{slug}/hosts/{host_name}/left-over")
    try:
        gone = await orphans.remove_orphan(lab, host_name, container_id)
        flash(response, f"The container {gone.name} was removed.")
    except Problem as problem:
        flash(response, problem.detail, "bad")
    return response


def _show(
    request: Request, lab: Lab, project: Project, host: HostView, problem: Problem | None = None
) -> HTMLResponse:
    principal = known_principal(request)
    context = {
        "project": project,
        "host": host,
        "default_network": lab.settings.hosts.network,
        "may_edit": principal.may(Scope.ADMIN),
        "may_check": principal.may(Scope.RUN),
        "problem": problem,
    }
    status = problem.status if problem else 200
    return render(
        request, "hosts/page.html", context, project=project.slug, here="hosts", status=status
    )


def _project(lab: Lab, slug: str) -> Project:
    with lab.database.read() as session:
        return projects.get_project(session, slug)
