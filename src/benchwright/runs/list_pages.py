"""The list of a project's runs: looking, narrowing, sorting, and the rows that change."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from benchwright.access.scopes import Scope, requires
from benchwright.kit.pagination import Page, PageRequest
from benchwright.lab import LabDep, ReadSessionDep
from benchwright.metrics.glance import glance
from benchwright.projects import service as projects
from benchwright.runs import facets, list_columns, presentation, service
from benchwright.runs.list_columns import COLUMNS, NAME
from benchwright.runs.list_query import RunQuery, RunQueryDep
from benchwright.runs.listing import NEWEST, key_of
from benchwright.runs.progress import tell_progress
from benchwright.runs.run_filter import RunFilter
from benchwright.runs.schemas import RunSummary
from benchwright.web.rendering import Url, render

router = APIRouter(prefix="/p/{slug}/runs", include_in_schema=False)

READ = [Depends(requires(Scope.READ))]
MAX_ROWS = 100
"""More rows than that nobody reads, and they take long to draw."""

Columns = Annotated[list[str], Query(max_length=50)]


@router.get("", dependencies=READ)
def show_runs(
    request: Request,
    lab: LabDep,
    session: ReadSessionDep,
    slug: str,
    asked: RunQueryDep,
    columns: Columns = [],  # noqa: B006 - FastAPI copies defaults
) -> HTMLResponse:
    """The runs of a project."""
    project = projects.get_project(session, slug)
    wanted = PageRequest(cursor=asked.cursor, limit=min(asked.limit, MAX_ROWS))
    found, cursor = service.list_runs(session, asked.narrow(project.id), wanted, asked.sort)
    found = tell_progress(lab.progress, found)
    url = Url(request)
    shown = list_columns.choose_columns(columns, request)
    keys = [column.key for column in shown] if columns else []

    def address(parameters: Mapping[str, object]) -> str:
        return url("/p", slug, "runs", **parameters, columns=keys)

    around = facets.count_facets(session, project.id, asked, address)
    context = {
        "project": project,
        "asked": asked,
        "run_lines": presentation.list_lines(found, partial(glance, lab.live)),
        "run_columns": shown,
        "all_columns": COLUMNS,
        "orders": _orders(asked, address),
        "around": around,
        "given": asked.parameters(),
        "clear_address": address({"sort": asked.sort} if asked.sort != NEWEST else {}),
        "first_address": address(asked.parameters()) if asked.cursor else None,
        "next_address": address(asked.parameters(cursor=cursor)) if cursor else None,
        "rows_address": url("/p", slug, "runs", "rows", columns=[column.key for column in shown]),
    }
    page = render(request, "runs/list.html", context, project=slug, here="runs")
    if columns:
        list_columns.remember_columns(page, shown, request)
    return page


@router.get(".json", dependencies=READ)
def list_runs(
    lab: LabDep, session: ReadSessionDep, slug: str, asked: RunQueryDep
) -> Page[RunSummary]:
    """The same as JSON."""
    project = projects.get_project(session, slug)
    found, cursor = service.list_runs(session, asked.narrow(project.id), asked.page, asked.sort)
    return Page(items=tell_progress(lab.progress, found), next_cursor=cursor)


@router.get("/rows", dependencies=READ)
def show_rows(
    request: Request,
    lab: LabDep,
    session: ReadSessionDep,
    slug: str,
    run: Annotated[list[uuid.UUID], Query(min_length=1, max_length=MAX_ROWS)],
    columns: Columns = [],  # noqa: B006 - FastAPI copies defaults
) -> HTMLResponse:
    """The rows of these runs as they are now, for a list that is being looked at."""
    project = projects.get_project(session, slug)
    narrow = RunFilter(project_id=project.id, ids=tuple(run))
    found, _ = service.list_runs(session, narrow, PageRequest(limit=MAX_ROWS))
    found = tell_progress(lab.progress, found)
    context = {
        "project": project,
        "lines": presentation.list_lines(found, partial(glance, lab.live)),
        "run_columns": list_columns.choose_columns(columns, request),
        "is_selectable": True,
    }
    return render(request, "runs/rows.html", context, project=slug)


def _orders(asked: RunQuery, address: facets.Address) -> dict[str, tuple[str, str]]:
    """For each column that can be sorted by: where its head leads, and its order now."""
    by, descending = key_of(asked.sort)
    orders: dict[str, tuple[str, str]] = {}
    for column in (NAME, *COLUMNS):
        if column.sort is None:
            continue
        now = "none"
        follows: str = column.first or column.sort
        if column.sort == by:
            now = "descending" if descending else "ascending"
            follows = column.sort if descending else f"-{column.sort}"
        given = asked.parameters(sort=[] if follows == NEWEST else follows)
        orders[column.key] = (address(given), now)
    return orders
