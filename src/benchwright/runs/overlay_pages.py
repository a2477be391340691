"""The page that lays several runs over each other."""

from __future__ import annotations

import uuid
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from benchwright.access.scopes import Scope, requires
from benchwright.kit.db import ReadSession
from benchwright.kit.pagination import PageRequest
from benchwright.kit.unicode import STORABLE
from benchwright.lab import LabDep, ReadSessionDep
from benchwright.projects.models import Project
from benchwright.runs import overlay, service
from benchwright.runs.models import Run
from benchwright.runs.overlay import MAX_RUNS, Overlay, WithQuery
from benchwright.runs.overlay_lines import overlay_context
from benchwright.runs.pages import find_run
from benchwright.runs.run_filter import RunFilter
from benchwright.runs.schemas import RunSummary
from benchwright.web.rendering import Url, redirect, render

router = APIRouter(prefix="/p/{slug}/runs", include_in_schema=False)

READ = [Depends(requires(Scope.READ))]
OFFERED = 30

SearchQuery = Annotated[str, Query(max_length=200, pattern=STORABLE)]


@router.get("/{run_id}/overlay.json", dependencies=READ)
def get_overlay(
    lab: LabDep,
    session: ReadSessionDep,
    slug: str,
    run_id: uuid.UUID,
    others: WithQuery = [],  # noqa: B006 - FastAPI copies defaults
) -> Overlay:
    """The same as JSON, with the figures over time."""
    _, run = find_run(session, slug, run_id)
    return overlay.overlay_with_series(lab, session, run, others)


@router.get("/{run_id}/overlay", dependencies=READ)
def show_overlay(
    request: Request,
    session: ReadSessionDep,
    slug: str,
    run_id: uuid.UUID,
    others: WithQuery = [],  # noqa: B006 - FastAPI copies defaults
    q: SearchQuery = "",
) -> Response:
    """The run and others on one time axis; which, stands in the address."""
    project, run = find_run(session, slug, run_id)
    ids = overlay.read_ids(others)
    found = overlay.find_others(session, run, ids)
    if len(others) > 1:
        # A form sends each run by itself: the address that people share is the short one.
        return redirect(request, _path(slug, run, found))
    context: dict[str, Any] = {
        "project": project,
        "run": service.view_run(session, run),
        "search": q,
        "offered": _offered(session, project, [run, *found], q),
        "most_runs": MAX_RUNS,
        **overlay_context(Url(request), slug, overlay.overlay_runs(session, run, found)),
    }
    return render(request, "runs/overlay.html", context, project=slug, here="runs")


def _path(slug: str, run: Run, others: list[Run]) -> str:
    joined = ",".join(str(other.public_id) for other in others)
    return f"/p/{slug}/runs/{run.public_id}/overlay" + (f"?with={joined}" if joined else "")


def _offered(
    session: ReadSession, project: Project, shown: list[Run], text: str
) -> list[RunSummary]:
    """Runs that may be laid over these: with a text those that have it, else of the same test first."""
    page = PageRequest(limit=OFFERED + MAX_RUNS)
    found, _ = service.list_runs(session, RunFilter(project_id=project.id, text=text), page)
    (first,) = service.summarise_runs(session, shown[:1])
    if not text and first.load_test is not None:
        narrow = RunFilter(project_id=project.id, load_tests=(first.load_test,))
        same, _ = service.list_runs(session, narrow, page)
        found = [*same, *found]
    by_id = {one.public_id: one for one in found}
    for run in shown:
        by_id.pop(run.public_id, None)
    return list(by_id.values())[:OFFERED]
