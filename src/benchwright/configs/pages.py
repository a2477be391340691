"""Pages of configs: all of them, and one. Every project shows the same files."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, Response

from benchwright.access.scopes import Scope, known_principal, requires
from benchwright.configs import service
from benchwright.configs.schemas import ConfigSummary, ConfigView
from benchwright.kit.errors import Conflict, NotFound, Problem
from benchwright.kit.pagination import Page
from benchwright.lab import LabDep, ReadSessionDep
from benchwright.projects import service as projects
from benchwright.projects.models import Project
from benchwright.web.flash import flash
from benchwright.web.rendering import Url, redirect_to, render

router = APIRouter(prefix="/p/{slug}/configs", include_in_schema=False)

READ = [Depends(requires(Scope.READ))]
WRITE = [Depends(requires(Scope.WRITE))]
Words = Annotated[str, Query(max_length=200)]
Order = Annotated[str, Query(max_length=20)]
Start = Annotated[int, Query(ge=0, le=1_000_000)]
Sent = Annotated[str, Form(max_length=1000)]

SHOWN_CONFIGS = 100


class Narrowed(NamedTuple):
    """The configs of a page, and how many there are."""

    items: Sequence[ConfigSummary]
    matching: int
    total: int


@router.get("", dependencies=READ)
def show_configs(
    request: Request,
    lab: LabDep,
    session: ReadSessionDep,
    slug: str,
    *,
    q: Words = "",
    sort: Order = "name",
    cursor: Start = 0,
    deleted: uuid.UUID | None = None,
) -> HTMLResponse:
    """The configs of the installation."""
    project = projects.get_project(session, slug)
    found = _narrow(service.list_configs(lab.settings), q, sort, cursor)
    following = cursor + SHOWN_CONFIGS
    more = {"q": q, "sort": sort if sort != "name" else None, "cursor": following}
    context = {
        "project": project,
        "found": found,
        "q": q,
        "sort": sort,
        "start": cursor,
        "next_address": Url(request)("/p", slug, "configs", **more)
        if following < found.matching
        else None,
        "may_write": may_write(request),
        "deleted": deleted,
        "deleted_name": service.deleted_name(lab.settings, deleted) if deleted else None,
    }
    return render(request, "configs/list.html", context, project=slug)


@router.get(".json", dependencies=READ)
def list_configs(
    lab: LabDep,
    session: ReadSessionDep,
    slug: str,
    *,
    q: Words = "",
    sort: Order = "name",
    cursor: Start = 0,
) -> Page[ConfigSummary]:
    """The same as JSON."""
    projects.get_project(session, slug)
    found = _narrow(service.list_configs(lab.settings), q, sort, cursor)
    following = cursor + SHOWN_CONFIGS
    return Page(
        items=list(found.items), next_cursor=str(following) if following < found.matching else None
    )


@router.post("/undo", dependencies=WRITE)
def restore(
    request: Request, lab: LabDep, session: ReadSessionDep, slug: str,
    deleted: Annotated[uuid.UUID, Form()],
) -> Response:  # fmt: skip
    """Puts back what was deleted."""
    projects.get_project(session, slug)
    name = service.restore_config(lab.settings, deleted)
    response = redirect_to(request, "/p", slug, "configs", name, "view")
    flash(response, f"“{name}” is back.")
    return response


@router.get("/{config_name}/view", dependencies=READ)
def show_config(
    request: Request, lab: LabDep, session: ReadSessionDep, slug: str, config_name: str
) -> HTMLResponse:
    """A config with its text, and what a simulation would trip over."""
    project = projects.get_project(session, slug)
    view = service.read_config(lab.settings, config_name)
    return show_page(request, project, view)


@router.get("/{config_name}/view.json", dependencies=READ)
def get_config(lab: LabDep, session: ReadSessionDep, slug: str, config_name: str) -> ConfigView:
    """The same as JSON."""
    projects.get_project(session, slug)
    return service.read_config(lab.settings, config_name)


@router.post("/{config_name}/rename", dependencies=WRITE)
def rename(
    request: Request, lab: LabDep, session: ReadSessionDep, slug: str, config_name: str,
    name: Sent = "", etag: Sent = "",
) -> Response:  # fmt: skip
    """Gives it another name."""
    project = projects.get_project(session, slug)
    try:
        new_name = service.rename_config(
            lab.settings, config_name, name.strip(), expected=etag or None
        )
    except NotFound:
        raise
    except Problem as problem:
        view = service.read_config(lab.settings, config_name)
        return show_page(request, project, view, wanted_name=name, problem=problem)
    response = redirect_to(request, "/p", slug, "configs", new_name, "view")
    flash(response, f"“{config_name}” is called “{new_name}” now.")
    return response


@router.post("/{config_name}/delete", dependencies=WRITE)
def delete(
    request: Request, lab: LabDep, session: ReadSessionDep, slug: str, config_name: str,
    etag: Sent = "",
) -> Response:  # fmt: skip
    """Deletes the version that was seen; the list offers to put it back."""
    project = projects.get_project(session, slug)
    try:
        kept_id = service.delete_config(lab.settings, config_name, expected=etag or None)
    except Conflict as problem:
        view = service.read_config(lab.settings, config_name)
        return show_page(request, project, view, problem=problem)
    response = redirect_to(request, "/p", slug, "configs", deleted=kept_id)
    if kept_id is None:
        flash(response, f"“{config_name}” was deleted.")
    return response


def show_page(
    request: Request,
    project: Project,
    view: ConfigView,
    *,
    wanted_name: str = "",
    problem: Problem | None = None,
) -> HTMLResponse:
    """A config, also with what kept it from being changed."""
    context = {
        "project": project,
        "config": view,
        "wanted_name": wanted_name or view.name,
        "problem": problem,
        "may_write": may_write(request),
    }
    status = problem.status if problem else 200
    return render(request, "configs/page.html", context, project=project.slug, status=status)


def _narrow(found: list[ConfigSummary], q: str, sort: str, start: int) -> Narrowed:
    words = q.casefold().split()
    matching = [c for c in found if all(word in c.name.casefold() for word in words)]
    if sort == "changed":
        matching.sort(key=lambda config: config.modified_at, reverse=True)
    elif sort == "size":
        matching.sort(key=lambda config: config.size_bytes, reverse=True)
    return Narrowed(matching[start : start + SHOWN_CONFIGS], len(matching), len(found))


def may_write(request: Request) -> bool:
    """Whether the reader of the page may change configs."""
    return known_principal(request).may(Scope.WRITE)
