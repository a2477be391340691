"""Pages of datasets: all of them, one with its files, uploads. Every project shows the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, Response

from benchwright.access.scopes import Scope, known_principal, requires
from benchwright.datasets import intake, service
from benchwright.datasets.previews import FilePreview
from benchwright.datasets.schemas import DataFile, DatasetSummary, DatasetView
from benchwright.datasets.tree import tree_of
from benchwright.datasets.upload import Upload
from benchwright.kit.errors import BadRequest, NotFound, Problem
from benchwright.kit.pagination import Page
from benchwright.kit.requests import prefers_html
from benchwright.kit.threads import in_thread
from benchwright.lab import Lab, LabDep, ReadSessionDep
from benchwright.projects import service as projects
from benchwright.projects.models import Project
from benchwright.web.flash import flash
from benchwright.web.rendering import Url, redirect_to, render

router = APIRouter(prefix="/p/{slug}/datasets", include_in_schema=False)

READ = [Depends(requires(Scope.READ))]
WRITE = [Depends(requires(Scope.WRITE))]
Words = Annotated[str, Query(max_length=200)]
Start = Annotated[int, Query(ge=0, le=1_000_000)]
FilePath = Annotated[str, Query(max_length=5000)]

SHOWN_DATASETS, SHOWN_FILES = 100, 200


class Part(NamedTuple):
    """Some of a list, and how many there are."""

    items: Sequence[Any]
    matching: int
    total: int


@router.get("", dependencies=READ)
def show_datasets(
    request: Request,
    lab: LabDep,
    session: ReadSessionDep,
    slug: str,
    q: Words = "",
    cursor: Start = 0,
) -> HTMLResponse:
    """The datasets of the installation."""
    project = projects.get_project(session, slug)
    found = _narrow(lab, q, cursor)
    following = cursor + SHOWN_DATASETS
    address = Url(request)("/p", slug, "datasets", q=q, cursor=following)
    context = {
        "project": project,
        "found": found,
        "q": q,
        "start": cursor,
        "next_address": address if following < found.matching else None,
        "may_write": _may_write(request),
    }
    return render(request, "datasets/list.html", context, project=slug)


@router.get(".json", dependencies=READ)
def list_datasets(
    lab: LabDep, session: ReadSessionDep, slug: str, q: Words = "", cursor: Start = 0
) -> Page[DatasetSummary]:
    """The same as JSON."""
    projects.get_project(session, slug)
    found = _narrow(lab, q, cursor)
    following = cursor + SHOWN_DATASETS
    return Page(
        items=list(found.items), next_cursor=str(following) if following < found.matching else None
    )


@router.get("/new", dependencies=READ)
def show_new(request: Request, lab: LabDep, session: ReadSessionDep, slug: str) -> HTMLResponse:
    """The form of a new dataset."""
    return _show_new(request, lab, projects.get_project(session, slug))


@router.post("/upload", dependencies=WRITE)
async def create(request: Request, lab: LabDep, slug: str) -> Response:
    """Makes a dataset of the files that were chosen."""
    project = await in_thread(_find_project, lab, slug)
    sent: dict[str, str] = {}

    def finish(upload: Upload, fields: Mapping[str, str]) -> str:
        sent.update(fields)
        intake.check_any(upload)
        folder = upload.unwrap()
        name = fields.get("name", "").strip() or folder
        if not name:
            raise BadRequest("Give the dataset a name.")
        return upload.create(name, replace=bool(fields.get("replace")))

    try:
        name = await intake.take_form(request, lab.settings, finish)
    except Problem as problem:
        if not prefers_html(request.scope):
            raise
        return await in_thread(_show_new, request, lab, project, sent, problem)
    response = redirect_to(request, "/p", slug, "datasets", name, "files")
    flash(response, f"The dataset “{name}” was made.")
    return response


@router.get("/{dataset_name}/files", dependencies=READ)
def show_dataset(
    request: Request,
    lab: LabDep,
    session: ReadSessionDep,
    slug: str,
    dataset_name: str,
    *,
    file: FilePath = "",
    q: Words = "",
    start: Start = 0,
) -> HTMLResponse:
    """A dataset: its files, one of them in part, and its schema."""
    project = projects.get_project(session, slug)
    preview = service.preview_file(lab.settings, dataset_name, file) if file else None
    return _show_dataset(request, lab, project, dataset_name, q=q, start=start, preview=preview)


@router.get("/{dataset_name}/files.json", dependencies=READ)
def get_dataset(lab: LabDep, session: ReadSessionDep, slug: str, dataset_name: str) -> DatasetView:
    """The same as JSON; the files are a list of `/api/v1`."""
    projects.get_project(session, slug)
    return service.view_dataset(lab.settings, dataset_name)


@router.post("/{dataset_name}/upload", dependencies=WRITE)
async def add_files(request: Request, lab: LabDep, slug: str, dataset_name: str) -> Response:
    """Adds the files that were chosen, over those of the same paths."""
    project = await in_thread(_find_project, lab, slug)

    def finish(upload: Upload, _fields: Mapping[str, str]) -> int:
        intake.check_any(upload)
        upload.add_to(dataset_name)
        return len(upload.paths)

    try:
        number = await intake.take_form(request, lab.settings, finish)
    except NotFound:
        raise
    except Problem as problem:
        if not prefers_html(request.scope):
            raise
        return await in_thread(_show_dataset, request, lab, project, dataset_name, problem=problem)
    response = redirect_to(request, "/p", slug, "datasets", dataset_name, "files")
    flash(response, "One file was added." if number == 1 else f"{number:,} files were added.")
    return response


@router.post("/{dataset_name}/files/delete", dependencies=WRITE)
def delete_file(
    request: Request, lab: LabDep, session: ReadSessionDep, slug: str, dataset_name: str,
    file: Annotated[str, Form(max_length=5000)],
) -> Response:  # fmt: skip
    """Deletes one file."""
    projects.get_project(session, slug)
    service.delete_file(lab.settings, dataset_name, file)
    response = redirect_to(request, "/p", slug, "datasets", dataset_name, "files")
    flash(response, f"“{file}” was deleted.")
    return response


@router.post("/{dataset_name}/delete", dependencies=WRITE)
def delete(
    request: Request, lab: LabDep, session: ReadSessionDep, slug: str, dataset_name: str
) -> Response:
    """Deletes the dataset with its files."""
    projects.get_project(session, slug)
    service.delete_dataset(lab.settings, dataset_name)
    response = redirect_to(request, "/p", slug, "datasets")
    flash(response, f"The dataset “{dataset_name}” was deleted.")
    return response


def _find_project(lab: Lab, slug: str) -> Project:
    with lab.database.read() as session:
        return projects.get_project(session, slug)


def _show_new(
    request: Request,
    lab: Lab,
    project: Project,
    sent: Mapping[str, str] | None = None,
    problem: Problem | None = None,
) -> HTMLResponse:
    context = {
        "project": project,
        "sent": sent or {},
        "problem": problem,
        "limits": lab.settings.datasets,
        "may_write": _may_write(request),
    }
    status = problem.status if problem else 200
    return render(request, "datasets/new.html", context, project=project.slug, status=status)


def _show_dataset(
    request: Request,
    lab: Lab,
    project: Project,
    name: str,
    *,
    q: str = "",
    start: int = 0,
    preview: FilePreview | None = None,
    problem: Problem | None = None,
) -> HTMLResponse:
    view = service.view_dataset(lab.settings, name)
    part = _narrow_files(service.list_files(lab.settings, name), q, start)
    following = start + SHOWN_FILES
    address = Url(request)("/p", project.slug, "datasets", name, "files", q=q, start=following)
    context = {
        "project": project,
        "dataset": view,
        "tree": tree_of(view.data_schema) if view.data_schema is not None else None,
        "part": part,
        "q": q,
        "start": start,
        "next_address": address if following < part.matching else None,
        "preview": preview,
        "problem": problem,
        "limits": lab.settings.datasets,
        "may_write": _may_write(request),
    }
    status = problem.status if problem else 200
    return render(request, "datasets/page.html", context, project=project.slug, status=status)


def _narrow(lab: Lab, q: str, start: int) -> Part:
    names = service.dataset_names(lab.settings)
    words = q.casefold().split()
    matching = [name for name in names if all(word in name.casefold() for word in words)]
    # Only what is shown is counted: that looks at every file.
    shown = service.list_datasets(lab.settings, matching[start : start + SHOWN_DATASETS])
    return Part(shown, len(matching), len(names))


def _narrow_files(files: list[DataFile], q: str, start: int) -> Part:
    words = q.casefold().split()
    matching = [file for file in files if all(word in file.path.casefold() for word in words)]
    return Part(matching[start : start + SHOWN_FILES], len(matching), len(files))


def _may_write(request: Request) -> bool:
    return known_principal(request).may(Scope.WRITE)
