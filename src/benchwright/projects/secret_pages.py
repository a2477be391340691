"""The page of a project's secrets: their names, and how to store and forget one."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, Response

from benchwright.access import secret_store
from benchwright.access.schemas import SecretView
from benchwright.access.scopes import Scope, known_principal, requires
from benchwright.kit.db import ReadSession
from benchwright.kit.errors import Invalid
from benchwright.lab import LabDep, ReadSessionDep, WriteSessionDep
from benchwright.projects import service
from benchwright.web.flash import flash
from benchwright.web.rendering import redirect, render

router = APIRouter(prefix="/p/{slug}/secrets", include_in_schema=False)

READ = [Depends(requires(Scope.READ))]
WRITE = [Depends(requires(Scope.WRITE))]


@router.get("", dependencies=READ)
def show_secrets(request: Request, session: ReadSessionDep, slug: str) -> HTMLResponse:
    """The names of the project's secrets; values are shown to nobody."""
    return _show(request, session, slug)


@router.get(".json", dependencies=READ)
def list_secrets(session: ReadSessionDep, slug: str) -> list[SecretView]:
    """The same as JSON."""
    project = service.get_project(session, slug)
    return [SecretView.model_validate(s) for s in secret_store.list_secrets(session, project.id)]


@router.post("", dependencies=WRITE)
def write_secret(
    request: Request,
    lab: LabDep,
    session: WriteSessionDep,
    slug: str,
    name: Annotated[str, Form()] = "",
    value: Annotated[str, Form()] = "",
) -> Response:
    """Stores a secret in place of the one of the same name."""
    project = service.get_project(session, slug)
    try:
        secret_store.write_secret(session, lab.keyring, project.id, name.strip(), value)
    except Invalid as problem:
        return _show(request, session, slug, name=name, problem=problem)
    response = redirect(request, f"/p/{slug}/secrets")
    flash(response, f"The secret {name.strip()} was stored.")
    return response


@router.post("/{name}/delete", dependencies=WRITE)
def delete_secret(request: Request, session: WriteSessionDep, slug: str, name: str) -> Response:
    """Forgets a secret."""
    secret_store.delete_secret(session, service.get_project(session, slug).id, name)
    response = redirect(request, f"/p/{slug}/secrets")
    flash(response, f"The secret {name} was forgotten.")
    return response


def _show(
    request: Request,
    session: ReadSession,
    slug: str,
    *,
    name: str = "",
    problem: Invalid | None = None,
) -> HTMLResponse:
    project = service.get_project(session, slug)
    context = {
        "project": project,
        "secrets": secret_store.list_secrets(session, project.id),
        "may_write": known_principal(request).may(Scope.WRITE),
        "name": name,
        "errors": {e["field"]: e["message"] for e in problem.errors} if problem else {},
    }
    status = problem.status if problem else 200
    return render(
        request, "projects/secrets.html", context, project=slug, here="project", status=status
    )
