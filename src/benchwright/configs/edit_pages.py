"""Pages on which a config is written: the editor, and what is wrong with a text while one types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response

from benchwright.configs import service
from benchwright.configs.pages import READ, WRITE, may_write, show_page
from benchwright.configs.schemas import ConfigFault, ConfigView
from benchwright.kit.errors import Conflict, NotFound, Problem
from benchwright.kit.threads import in_thread
from benchwright.lab import Lab, LabDep, ReadSessionDep
from benchwright.projects import service as projects
from benchwright.projects.models import Project
from benchwright.web.flash import flash
from benchwright.web.rendering import redirect_to, render

router = APIRouter(prefix="/p/{slug}/configs", include_in_schema=False)

STARTING_TEXT = """experiment:
  name: my_experiment
  run_name: first

simulator:
  dataset_name: my_dataset
  dataset_path: /data/datasets/my_dataset/schema.json
"""


@router.get("/new", dependencies=READ)
def show_new(
    request: Request,
    lab: LabDep,
    session: ReadSessionDep,
    slug: str,
    source: Annotated[str, Query(alias="from", max_length=1000)] = "",
) -> HTMLResponse:
    """The editor with a new config, or with a copy of another."""
    project = projects.get_project(session, slug)
    if not source:
        return _show_editor(request, project, Draft("", STARTING_TEXT))
    copied = service.read_config(lab.settings, source)
    stem, _, ending = source.rpartition(".")
    return _show_editor(request, project, Draft(f"{stem} copy.{ending}", copied.text))


@router.post("/new", dependencies=WRITE)
async def create(request: Request, lab: LabDep, slug: str) -> Response:
    """Makes a config and shows it."""
    return await in_thread(_save, request, lab, slug, None, await _sent(request))


@router.post("/lint", dependencies=READ)
async def lint(
    request: Request, lab: LabDep, slug: str, name: Annotated[str, Query(max_length=1000)] = ""
) -> list[ConfigFault]:
    """What is wrong with a config's text, by line."""
    await in_thread(_find_project, lab, slug)
    text = (await _sent(request)).get("text", "")
    return await in_thread(service.check_text, lab.settings, name or "config.yaml", text)


@router.get("/{config_name}/edit", dependencies=READ)
def show_edit(
    request: Request, lab: LabDep, session: ReadSessionDep, slug: str, config_name: str
) -> HTMLResponse:
    """The editor of a config."""
    project = projects.get_project(session, slug)
    view = service.read_config(lab.settings, config_name)
    if not view.is_readable:
        return show_page(request, project, view)
    draft = Draft(view.name, view.text, view.etag, view.faults)
    return _show_editor(request, project, draft, has_file=True)


@router.post("/{config_name}/edit", dependencies=WRITE)
async def update(request: Request, lab: LabDep, slug: str, config_name: str) -> Response:
    """Writes a config and shows it."""
    return await in_thread(_save, request, lab, slug, config_name, await _sent(request))


class Draft(NamedTuple):
    """What stands in the editor, and the version that it began from."""

    name: str
    text: str
    etag: str = ""
    faults: Sequence[ConfigFault] = ()


def _save(
    request: Request, lab: Lab, slug: str, known: str | None, sent: Mapping[str, str]
) -> Response:
    """Writes what the editor sent; shows it again with what keeps it from being written."""
    project = _find_project(lab, slug)
    name = known if known is not None else sent.get("name", "").strip()
    text, etag = sent.get("text", ""), sent.get("etag", "")
    try:
        view = service.write_config(
            lab.settings,
            name,
            text,
            expected=etag or None,
            is_new=known is None or sent.get("then") == "anew",
            must_be_valid=sent.get("then") != "keep",
        )
    except Problem as problem:
        faults = service.check_text(lab.settings, name or "config.yaml", text)
        there = _what_is_there(lab, known, problem)
        draft = Draft(name, text, there.etag if there else etag, faults)
        return _show_editor(
            request, project, draft, has_file=known is not None, there=there, problem=problem
        )
    response = redirect_to(request, "/p", slug, "configs", view.name, "view")
    flash(response, f"“{view.name}” was saved.")
    return response


def _find_project(lab: Lab, slug: str) -> Project:
    with lab.database.read() as session:
        return projects.get_project(session, slug)


def _what_is_there(lab: Lab, known: str | None, problem: Problem) -> ConfigView | None:
    """The version that somebody else wrote meanwhile."""
    if known is None or not isinstance(problem, Conflict):
        return None
    try:
        return service.read_config(lab.settings, known)
    except NotFound:
        return None


def _show_editor(
    request: Request,
    project: Project,
    draft: Draft,
    *,
    has_file: bool = False,
    there: ConfigView | None = None,
    problem: Problem | None = None,
) -> HTMLResponse:
    context: dict[str, Any] = {
        "project": project,
        "draft": draft,
        "has_file": has_file,
        "there": there,
        "is_gone": has_file and isinstance(problem, NotFound),
        "is_faulty": problem is not None and any(f.severity == "error" for f in draft.faults),
        "problem": problem,
        "may_write": may_write(request),
    }
    status = problem.status if problem else 200
    return render(request, "configs/edit.html", context, project=project.slug, status=status)


async def _sent(request: Request) -> dict[str, str]:
    """The texts of a sent form; a config's text, with every character escaped, fits in."""
    most = 4 * int(request.app.state.lab.settings.configs.max_bytes)
    async with request.form(max_files=0, max_fields=20, max_part_size=most) as sent:
        return {name: value for name, value in sent.items() if isinstance(value, str)}
