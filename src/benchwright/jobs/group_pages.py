"""Pages of groups: the runs of a matrix side by side."""

from __future__ import annotations

import uuid
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, Response

from benchwright.access.principal import Principal
from benchwright.access.scopes import Scope, requires
from benchwright.jobs import groups
from benchwright.jobs.group_chart import draw_group, number_text, numeric_parameters
from benchwright.jobs.rerun import prepare_rerun
from benchwright.jobs.schemas import GroupView
from benchwright.jobs.starting import start_prepared
from benchwright.jobs.substitution import text_of
from benchwright.kit.db import after_commit
from benchwright.kit.downloads import save_as
from benchwright.kit.errors import Problem
from benchwright.kit.unicode import STORABLE
from benchwright.lab import LabDep, ReadSessionDep, WriteSessionDep
from benchwright.projects import service as projects
from benchwright.web.flash import flash
from benchwright.web.rendering import Url, redirect, render

router = APIRouter(prefix="/p/{slug}/jobs/groups", include_in_schema=False)

READ = [Depends(requires(Scope.READ))]
MayRun = Annotated[Principal, Depends(requires(Scope.RUN))]
Key = Annotated[str, Query(max_length=700, pattern=STORABLE)]

SHOWN_METRICS = 6
"""Columns of the table; the choice of the chart and the CSV have all."""


@router.get("/{group_id}.json", dependencies=READ)
def get_group(session: ReadSessionDep, slug: str, group_id: uuid.UUID) -> GroupView:
    """The same as JSON."""
    project = projects.get_project(session, slug)
    return groups.view_group(session, groups.get_group(session, project, group_id))


@router.get("/{group_id}.csv", dependencies=READ)
def get_csv(session: ReadSessionDep, slug: str, group_id: uuid.UUID) -> Response:
    """The same as a table for other programs."""
    project = projects.get_project(session, slug)
    view = groups.view_group(session, groups.get_group(session, project, group_id))
    headers = save_as(f"group-{group_id}.csv")
    return Response(groups.as_csv(view), media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/{group_id}", dependencies=READ)
def show_group(
    request: Request,
    session: ReadSessionDep,
    slug: str,
    group_id: uuid.UUID,
    sort: Key = "",
    metric: Key = "",
    over: Key = "",
) -> HTMLResponse:
    """The runs with their parameters and figures; the best of each figure is marked."""
    project = projects.get_project(session, slug)
    view = groups.view_group(session, groups.get_group(session, project, group_id))
    here = Url(request)("/p", slug, "jobs", "groups", group_id)
    descending = sort.startswith("-")
    ordered = groups.sort_runs(view, sort.removeprefix("-"), descending=descending)
    shown = view.metrics[:SHOWN_METRICS]
    numeric = numeric_parameters(view)
    chosen = next((m for m in view.metrics if m.key == metric), shown[0] if shown else None)
    axis = over if over in numeric else (numeric[0] if numeric else "")
    context: dict[str, Any] = {
        "project": project,
        "group": view,
        "here_url": here,
        "runs": ordered,
        "metrics": shown,
        "orders": _orders(here, view, [m.key for m in shown], sort, metric, over),
        "numeric": numeric,
        "axis": axis,
        "chosen": chosen,
        "sort": sort,
        "best_values": {
            m.key: run.results[m.key] for m in shown for run in view.runs if run.public_id == m.best
        },
        "chart": draw_group(view, chosen, axis) if chosen is not None and axis else None,
        "text_of": text_of,
        "number_text": number_text,
        "is_under_way": any(state in view.states for state in groups.UNDER_WAY),
        "has_failed": any(state in view.states for state in groups.FAILED),
    }
    return render(request, "jobs/group.html", context, project=slug, here="jobs")


@router.post("/{group_id}/stop", dependencies=[Depends(requires(Scope.RUN))])
def stop_group(
    request: Request, lab: LabDep, session: WriteSessionDep, slug: str, group_id: uuid.UUID
) -> Response:
    """Asks all unfinished runs to end."""
    project = projects.get_project(session, slug)
    asked = groups.stop_group(session, groups.get_group(session, project, group_id))
    after_commit(session, lab.wake)
    response = redirect(request, f"/p/{slug}/jobs/groups/{group_id}")
    flash(
        response,
        f"{asked} run{'s' if asked != 1 else ''} will stop." if asked else "All have ended.",
    )
    return response


@router.post("/{group_id}/again")
def run_again(
    request: Request,
    lab: LabDep,
    principal: MayRun,
    slug: str,
    group_id: uuid.UUID,
    which: Annotated[str, Form(max_length=10)] = "all",
) -> Response:
    """Runs the same once more as a new group: all, or those that did not succeed."""
    try:
        with lab.database.read() as session:
            project = projects.get_project(session, slug)
            group = groups.get_group(session, project, group_id)
            again = groups.to_repeat(group, failed=which == "failed")
            prepared = prepare_rerun(session, lab, principal, again, uuid.uuid4())
    except Problem as problem:
        if problem.status == 404:
            raise
        response = redirect(request, f"/p/{slug}/jobs/groups/{group_id}")
        flash(response, problem.detail, "bad")
        return response
    with lab.database.write() as session:
        start_prepared(session, prepared)
        after_commit(session, lab.wake)
    return redirect(request, f"/p/{slug}/jobs/groups/{prepared.group_id}")


def _orders(
    here: str, view: GroupView, metrics: list[str], sort: str, metric: str, over: str
) -> dict[str, tuple[str, str]]:
    """By column, where its head leads and how the table is sorted by it now."""
    keys = [
        "state",
        *(f"param:{name}" for name in view.parameters),
        *(f"metric:{m}" for m in metrics),
    ]
    orders: dict[str, tuple[str, str]] = {}
    for key in keys:
        now = {key: "ascending", f"-{key}": "descending"}.get(sort, "none")
        following = f"-{key}" if now == "ascending" else key
        given = {"sort": following, "metric": metric, "over": over}
        query = urlencode({name: value for name, value in given.items() if value})
        orders[key] = (f"{here}?{query}", now)
    return orders
