"""Pages of load tests: looking at one, starting it; and what the pages that make one share."""

from __future__ import annotations

import uuid
from functools import partial
from typing import Annotated, Any, Literal, NamedTuple

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, Response

from benchwright.access.principal import Principal
from benchwright.access.scopes import Scope, requires
from benchwright.kit.db import ReadSession, after_commit
from benchwright.kit.errors import Invalid, NotFound, Problem
from benchwright.kit.pagination import PageRequest
from benchwright.lab import Lab, LabDep, ReadSessionDep, WriteSessionDep
from benchwright.loadtests import own_scripts, service, starting
from benchwright.loadtests.history import RANGES, Range, draw_history, limits_of
from benchwright.loadtests.models import LoadTest
from benchwright.loadtests.plan import Plan, parse_plan
from benchwright.loadtests.plan_text import as_yaml
from benchwright.loadtests.plan_words import tell_plan
from benchwright.loadtests.schemas import LoadTestView
from benchwright.metrics.glance import glance
from benchwright.projects import service as projects
from benchwright.projects.models import Project
from benchwright.runs import service as runs
from benchwright.runs.history import get_history
from benchwright.runs.presentation import list_lines
from benchwright.runs.run_filter import RunFilter
from benchwright.schedules.service import list_schedules
from benchwright.web.flash import flash
from benchwright.web.rendering import redirect, render

router = APIRouter(prefix="/p/{slug}/load-tests", include_in_schema=False)

READ = [Depends(requires(Scope.READ))]
MayRun = Annotated[Principal, Depends(requires(Scope.RUN))]
MayWrite = Annotated[Principal, Depends(requires(Scope.WRITE))]

SHOWN_RUNS = 20
MAX_SHOWN_SCENARIOS = 500

Tab = Literal["runs", "plan", "script"]


class View(NamedTuple):
    """Which part of a load test is looked at."""

    tab: Tab = "runs"
    last: Range = "20"
    scenario: str = ""


@router.get("/{test_id}.json", dependencies=READ)
def get_load_test(session: ReadSessionDep, slug: str, test_id: uuid.UUID) -> LoadTestView:
    """The same as JSON."""
    _, load_test = find_load_test(session, slug, test_id)
    return service.view_load_test(session, load_test)


@router.get("/{test_id}", dependencies=READ)
def show_load_test(
    request: Request,
    lab: LabDep,
    session: ReadSessionDep,
    slug: str,
    test_id: uuid.UUID,
    tab: Tab = "runs",
    last: Range = "20",
    scenario: Annotated[str, Query(max_length=200)] = "",
) -> HTMLResponse:
    """A load test with its history, its plan or its script."""
    project, load_test = find_load_test(session, slug, test_id)
    view = View(tab, last, scenario)
    return _show_load_test(request, lab, session, project, load_test, view)


@router.post("/{test_id}/run")
def run_load_test(
    request: Request, lab: LabDep, principal: MayRun, slug: str, test_id: uuid.UUID
) -> Response:
    """Starts a run and shows it."""
    return start_and_show(request, lab, principal, slug, test_id)


@router.post("/{test_id}/delete", dependencies=[Depends(requires(Scope.WRITE))])
def delete_load_test(
    request: Request, session: WriteSessionDep, slug: str, test_id: uuid.UUID
) -> Response:
    """Takes the load test out of the lists."""
    _, load_test = find_load_test(session, slug, test_id)
    service.delete_load_test(session, load_test)
    response = redirect(request, f"/p/{slug}/")
    flash(response, f"The load test “{load_test.name}” was deleted.")
    return response


@router.post("/{test_id}/duplicate", dependencies=[Depends(requires(Scope.WRITE))])
def duplicate_load_test(
    request: Request, session: WriteSessionDep, slug: str, test_id: uuid.UUID
) -> Response:
    """Makes a load test that does the same, and shows it."""
    _, load_test = find_load_test(session, slug, test_id)
    copy = service.duplicate_load_test(session, load_test)
    response = redirect(request, f"/p/{slug}/load-tests/{copy.public_id}")
    flash(response, "This is the copy. Its history begins with its first run.")
    return response


def start_and_show(
    request: Request, lab: Lab, principal: Principal, slug: str, test_id: uuid.UUID
) -> Response:
    """Starts a run and leads to it; where it cannot start, the load test's page says why."""
    try:
        with lab.database.read() as session:
            _, load_test = find_load_test(session, slug, test_id)
            if load_test.is_own_script:
                own_scripts.check_allowed(lab.settings, principal)
            prepared = starting.prepare_run(session, lab, load_test)
        with lab.database.write() as session:
            run = starting.start_run(session, prepared)
            after_commit(session, lab.wake)
            run_id = run.public_id
    except Problem as problem:
        with lab.database.read() as session:
            project, load_test = find_load_test(session, slug, test_id)
            return _show_load_test(
                request, lab, session, project, load_test, View(), problem=problem
            )
    return redirect(request, f"/p/{slug}/runs/{run_id}")


def find_load_test(session: ReadSession, slug: str, test_id: uuid.UUID) -> tuple[Project, LoadTest]:
    """The load test with its project; raises `NotFound`, also for one of another project."""
    project = projects.get_project(session, slug)
    load_test = service.get_load_test(session, test_id)
    if load_test.project_id != project.id:
        raise NotFound("This project has no such load test.")
    return project, load_test


def errors_of(problem: Problem | None) -> list[dict[str, str]]:
    """What is wrong with which field."""
    return problem.errors if isinstance(problem, Invalid) else []


def render_page(
    request: Request,
    template: str,
    context: dict[str, Any],
    project: Project,
    problem: Problem | None,
) -> HTMLResponse:
    """A page of load tests; its status is that of the problem that it shows."""
    status = problem.status if problem else 200
    return render(request, template, context, project=project.slug, here="project", status=status)


def _show_load_test(
    request: Request,
    lab: Lab,
    session: ReadSession,
    project: Project,
    load_test: LoadTest,
    shown: View,
    *,
    problem: Problem | None = None,
) -> HTMLResponse:
    narrow = RunFilter(project_id=project.id, load_tests=(load_test.public_id,))
    listed, more = runs.list_runs(session, narrow, PageRequest(limit=SHOWN_RUNS))
    plan = _readable_plan(load_test)
    context = {
        "project": project,
        "load_test": service.view_load_test(session, load_test),
        "runs": listed,
        "run_lines": list_lines(listed, partial(glance, lab.live)),
        "has_more": more is not None,
        "schedules": list_schedules(session, PageRequest(limit=20), load_test_id=load_test.id)[0],
        "tab": shown.tab,
        "last": shown.last,
        "plan": as_yaml(load_test.plan) if load_test.plan and shown.tab == "plan" else "",
        "plan_words": tell_plan(plan) if plan and shown.tab == "plan" else [],
        "script": _script(session, lab, load_test) if shown.tab == "script" else "",
        "problem": problem,
        "errors": errors_of(problem),
        **(_history(session, load_test, plan, shown) if shown.tab == "runs" else {}),
    }
    return render_page(request, "loadtests/page.html", context, project, problem)


def _history(
    session: ReadSession, load_test: LoadTest, plan: Plan | None, shown: View
) -> dict[str, Any]:
    scenarios = (
        [(plan.scenario_key(i), s.name) for i, s in enumerate(plan.scenarios)] if plan else []
    )
    chosen = shown.scenario if shown.scenario in dict(scenarios) else None
    found = get_history(session, load_test.id, limit=RANGES[shown.last], scenario=chosen)
    return {
        "history": found,
        "charts": draw_history(found, limits_of(plan, chosen)),
        "scenarios": scenarios[:MAX_SHOWN_SCENARIOS],
        "scenario": chosen or "",
    }


def _readable_plan(load_test: LoadTest) -> Plan | None:
    try:
        return parse_plan(load_test.plan) if load_test.plan else None
    except Invalid:  # kept by another version of this program, and stricter rules came since
        return None


def _script(session: ReadSession, lab: Lab, load_test: LoadTest) -> str:
    try:
        return service.script_text(session, lab, load_test)[1].decode("utf-8", "replace")
    except Problem as problem:  # an endpoint may be gone since
        return f"// The script cannot be made any more: {problem.detail}"
