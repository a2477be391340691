"""What is done with runs that were ticked in a list, and with one from its page."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response

from benchwright.access.scopes import Scope, requires
from benchwright.kit.db import ReadSession
from benchwright.kit.errors import Invalid
from benchwright.kit.pagination import MAX_ID, PageRequest
from benchwright.lab import LabDep, WriteSessionDep
from benchwright.projects import service as projects
from benchwright.projects.models import Project
from benchwright.runs import removal, service
from benchwright.runs.list_query import RunQuery
from benchwright.runs.models import Run
from benchwright.runs.overlay import MAX_RUNS
from benchwright.runs.run_filter import RunFilter
from benchwright.runs.schemas import MAX_NOTE, RunUpdate
from benchwright.runs.tag_names import split_tags
from benchwright.web.flash import flash
from benchwright.web.rendering import Url, redirect, render

router = APIRouter(prefix="/p/{slug}/runs", include_in_schema=False)

WRITE = [Depends(requires(Scope.WRITE))]
MAX_TICKED = 500
SHOWN_EXAMPLES = 5

Action = Literal["compare", "tag", "untag", "delete"]


class Selection:
    """The runs that a form names: those ticked, or all that match the list's address."""

    def __init__(
        self,
        run: Annotated[list[uuid.UUID], Form(max_length=MAX_TICKED)] = [],  # noqa: B006 - FastAPI copies defaults
        match: Annotated[str, Form(max_length=8000)] = "",
        all: Annotated[str, Form(max_length=1)] = "",  # noqa: A002 - the field of the form
        up_to: Annotated[int, Form(ge=0, le=MAX_ID)] = 0,
    ) -> None:
        self.ids = list(dict.fromkeys(run))
        self.is_all = bool(all)
        self.match = match
        self.asked = RunQuery.parse(match)
        self.up_to = up_to

    def narrow(self, project: Project) -> RunFilter:
        """The runs; those that were created after they were shown do not belong to them."""
        if self.is_all:
            narrow = self.asked.narrow(project.id)
            return replace(narrow, up_to_id=self.up_to or None)
        return RunFilter(project_id=project.id, ids=tuple(self.ids))

    @property
    def is_empty(self) -> bool:
        """Whether nothing was chosen."""
        return not (self.ids or self.is_all)


SelectionDep = Annotated[Selection, Depends(Selection)]


@router.post("/selection", dependencies=WRITE)
def handle_selection(
    request: Request,
    session: WriteSessionDep,
    slug: str,
    selection: SelectionDep,
    do: Annotated[Action, Form()],
    tags: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Compares, tags or asks whether to delete."""
    project = projects.get_project(session, slug)
    if selection.is_empty:
        raise Invalid("No run was selected: tick those that are meant.", [])
    if do == "compare":
        return _compare(request, project, session, selection)
    if do == "delete":
        return _ask(request, session, project, selection)
    given = split_tags(tags)
    if not given:
        raise Invalid("No tag was given: write one beside the button.", [])
    narrow = selection.narrow(project)
    changed = service.tag_runs(session, narrow, given, add=do == "tag")
    answer = redirect(request, _list_path(slug, selection.asked))
    named = ", ".join(given)
    flash(answer, f"{'Added' if do == 'tag' else 'Removed'} {named}: {_runs(changed)}")
    return answer


@router.post("/delete", dependencies=WRITE)
def delete_runs(
    request: Request,
    lab: LabDep,
    slug: str,
    selection: SelectionDep,
    done: Annotated[int, Form(ge=0, le=MAX_ID)] = 0,
) -> Response:
    """Deletes for two seconds; while runs are left, the answer asks for more by itself."""
    with lab.database.read() as session:
        project = projects.get_project(session, slug)
        narrow = selection.narrow(project)
    done += removal.delete_batch(lab, narrow, MAX_ID)
    with lab.database.read() as session:
        found = removal.measure(session, narrow)
        if found.runs:
            return _ask(request, session, project, selection, done=done)
    kept = found.pinned + found.under_way
    answer = redirect(request, f"/p/{slug}/runs")
    text = f"Deleted {_runs(done)}" + (f"; {_runs(kept)} stayed" if kept else "")
    flash(answer, text, "good" if done else "warn")
    return answer


@router.post("/{run_id}/delete", dependencies=WRITE)
def delete_run(
    request: Request, lab: LabDep, session: WriteSessionDep, slug: str, run_id: uuid.UUID
) -> Response:
    """Deletes one run."""
    run = _find(session, slug, run_id)
    name = run.name
    removal.delete_one(lab, session, run)
    answer = redirect(request, f"/p/{slug}/runs")
    flash(answer, f"Deleted the run {name}")
    return answer


@router.post("/{run_id}/annotate", dependencies=WRITE)
def annotate_run(
    request: Request,
    session: WriteSessionDep,
    slug: str,
    run_id: uuid.UUID,
    tags: Annotated[str, Form(max_length=4000)] = "",
    note: Annotated[str, Form(max_length=MAX_NOTE + 1000)] = "",
    pinned: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Replaces the tags and the note of a run, and pins it or not."""
    run = _find(session, slug, run_id)
    text = note.replace("\r\n", "\n").strip()
    if len(text) > MAX_NOTE or "\0" in text:
        message = f"A note is text of {MAX_NOTE} characters at most"
        raise Invalid("Not valid: note.", [{"field": "note", "message": message}])
    wish = RunUpdate(tags=split_tags(tags), note=text, pinned=bool(pinned))
    service.update_run(session, run, wish)
    return redirect(request, f"/p/{slug}/runs/{run_id}")


def _find(session: ReadSession, slug: str, run_id: uuid.UUID) -> Run:
    project = projects.get_project(session, slug)
    return service.get_run(session, run_id, project)


def _compare(
    request: Request, project: Project, session: ReadSession, selection: Selection
) -> Response:
    """The newer run beside the older one; more than two laid over the oldest."""
    narrow = selection.narrow(project)
    found, more = service.list_runs(session, narrow, PageRequest(limit=MAX_RUNS))
    if len(found) < 2 or more is not None:
        raise Invalid(f"A comparison needs two to {MAX_RUNS} runs: tick so many.", [])
    base = f"/p/{project.slug}/runs"
    if len(found) == 2:
        newer, older = found
        return redirect(request, f"{base}/{newer.public_id}/compare?with={older.public_id}")
    first, *others = (str(run.public_id) for run in reversed(found))
    return redirect(request, f"{base}/{first}/overlay?with={','.join(others)}")


def _ask(
    request: Request, session: ReadSession, project: Project, selection: Selection, done: int = 0
) -> Response:
    narrow = selection.narrow(project)
    found = removal.measure(session, narrow)
    examples, _ = service.list_runs(session, narrow, PageRequest(limit=SHOWN_EXAMPLES))
    url = Url(request)
    context: dict[str, Any] = {
        "project": project,
        "found": found,
        "done": done,
        "examples": [e for e in examples if e.state.is_final and not e.pinned],
        "chosen": [] if selection.is_all else selection.ids,
        "match": selection.match,
        "up_to": selection.up_to or found.up_to_id,
        "back": url("/p", project.slug, "runs", **selection.asked.parameters()),
    }
    return render(request, "runs/delete.html", context, project=project.slug, here="runs")


def _list_path(slug: str, asked: RunQuery) -> str:
    query = asked.query_text
    return f"/p/{slug}/runs" + (f"?{query}" if query else "")


def _runs(number: int) -> str:
    return f"{number:,} run" + ("" if number == 1 else "s")
