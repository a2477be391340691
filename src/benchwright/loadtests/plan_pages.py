"""Pages on which a load test is planned: as a form, and as the plan's text."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, Response

from benchwright.access.scopes import Scope, requires
from benchwright.kit.db import ReadSession
from benchwright.kit.errors import NotFound, Problem
from benchwright.kit.threads import in_thread
from benchwright.lab import Lab, LabDep, ReadSessionDep, WriteSessionDep
from benchwright.loadtests import drafts, service
from benchwright.loadtests.endpoint_choice import show_choice
from benchwright.loadtests.endpoints import Endpoint
from benchwright.loadtests.outlook import look_ahead
from benchwright.loadtests.pages import READ, errors_of, find_load_test
from benchwright.loadtests.plan import parse_plan
from benchwright.loadtests.plan_actions import Sent, act, desk_of, open_draft, sent_texts
from benchwright.loadtests.plan_filling import form_of, unshown
from benchwright.loadtests.plan_form import MAX_SCENARIOS, add_endpoints, new_form, read_form
from benchwright.loadtests.plan_intake import plan_of
from benchwright.loadtests.plan_text import as_yaml
from benchwright.loadtests.plan_views import (
    Desk,
    card_words,
    find_endpoints,
    key_of,
    show_form,
    show_part,
    show_plan,
    stored_secrets,
    text_faults,
)
from benchwright.projects import service as projects
from benchwright.projects.models import Project
from benchwright.runs import service as runs
from benchwright.specs.endpoint_browser import BrowserWishDep
from benchwright.web.rendering import redirect

router = APIRouter(prefix="/p/{slug}/load-tests", include_in_schema=False)

WRITE = [Depends(requires(Scope.WRITE))]


@router.get("/new", dependencies=READ)
def show_new(
    request: Request,
    session: ReadSessionDep,
    slug: str,
    asked: BrowserWishDep,
    *,
    draft: uuid.UUID | None = None,
    from_run: uuid.UUID | None = None,
    from_test: Annotated[uuid.UUID | None, Query(alias="from")] = None,
    spec: uuid.UUID | None = None,
) -> Response:
    """The form of a new load test; without anything to begin with, the endpoints to choose from."""
    project = projects.get_project(session, slug)
    if from_run is not None:
        return _show_run_again(request, session, project, from_run)
    if from_test is not None:
        _, load_test = find_load_test(session, slug, from_test)
        desk = desk_of(session, project, key_of("from", from_test))
        return _show_known(request, session, desk, load_test.plan)
    found = find_endpoints(session, project, asked.chosen)
    if not found:
        return show_choice(request, session, project, asked, draft_id=draft, spec_id=spec)
    return show_chosen(request, session, project, found, draft)


def show_chosen(
    request: Request,
    session: ReadSession,
    project: Project,
    chosen: Mapping[str, Endpoint],
    draft: uuid.UUID | None = None,
) -> HTMLResponse:
    """The form with scenarios for what was chosen, behind those of the draft if there is one."""
    if draft is not None:
        desk, form = open_draft(session, project, draft)
        if form is not None:
            first = len(form.scenarios)
            add_endpoints(form, chosen)
            if len(form.scenarios) <= MAX_SCENARIOS:
                return show_form(request, replace(desk, opened=frozenset({first})), form)
            return show_plan(request, desk, as_yaml(plan_of(form)))
    form = new_form(chosen, _default_name([e.label for e in chosen.values()]), _base_url(chosen))
    desk = desk_of(session, project, key_of("new", *chosen))
    if len(chosen) > MAX_SCENARIOS:
        return show_plan(request, desk, as_yaml(plan_of(form)))
    return show_form(request, desk, form)


@router.post("/new", dependencies=WRITE)
async def make(request: Request, lab: LabDep, slug: str) -> Response:
    """Keeps, starts, previews or changes what the form describes, or shows it as text."""
    sent = await sent_texts(request)
    return await in_thread(act, request, lab, Sent(slug, sent))


@router.get("/{test_id}/edit", dependencies=READ)
def show_edit(
    request: Request,
    session: ReadSessionDep,
    slug: str,
    test_id: uuid.UUID,
    *,
    text: bool = False,
) -> Response:
    """The plan in the form that made it, or as text."""
    project, load_test = find_load_test(session, slug, test_id)
    if load_test.is_own_script:
        return redirect(request, f"/p/{slug}/load-tests/{test_id}/own-script")
    desk = desk_of(session, project, key_of("edit", test_id), load_test=load_test)
    if text:
        return show_plan(request, desk, as_yaml(load_test.plan or {}))
    return _show_known(request, session, desk, load_test.plan, load_test.description)


@router.post("/{test_id}/edit", dependencies=WRITE)
async def edit(request: Request, lab: LabDep, slug: str, test_id: uuid.UUID) -> Response:
    """As `make`, for a load test that is there already."""
    sent = await sent_texts(request)
    return await in_thread(act, request, lab, Sent(slug, sent, test_id))


@router.get("/drafts/{draft_id}", dependencies=READ)
def show_draft(
    request: Request, session: ReadSessionDep, slug: str, draft_id: uuid.UUID
) -> HTMLResponse:
    """What was put aside unfinished, to go on with it."""
    project = projects.get_project(session, slug)
    desk, form = open_draft(session, project, draft_id)
    if form is None:
        return show_plan(request, desk, drafts.get_draft(session, slug, draft_id).fields["plan"])
    return show_form(request, desk, form)


@router.post("/drafts/{draft_id}/delete", dependencies=WRITE)
def discard_draft(
    request: Request, session: WriteSessionDep, slug: str, draft_id: uuid.UUID
) -> Response:
    """Forgets a draft."""
    drafts.discard_draft(session, slug, draft_id)
    return redirect(request, f"/p/{slug}/")


@router.post("/outlook", dependencies=READ)
async def show_outlook(request: Request, lab: LabDep, slug: str) -> HTMLResponse:
    """The load over time of what stands in the form."""
    return await in_thread(_outlook, request, lab, slug, await sent_texts(request))


@router.post("/script", dependencies=READ)
async def show_script(request: Request, lab: LabDep, slug: str) -> HTMLResponse:
    """The script of what stands in the form, or what keeps it from being made."""
    return await in_thread(_script, request, lab, slug, await sent_texts(request))


@router.post("/card", dependencies=READ)
async def show_card(request: Request, lab: LabDep, slug: str, number: int = 0) -> HTMLResponse:
    """The fields of one scenario that was folded, under its number on the page."""
    return await in_thread(_card, request, lab, slug, await sent_texts(request), number)


@router.post("/lint", dependencies=READ)
async def lint(request: Request, lab: LabDep, slug: str) -> list[dict[str, str | int]]:
    """What is wrong with a plan's text, by line."""
    return await in_thread(_lint, lab, slug, await sent_texts(request))


def _show_run_again(
    request: Request, session: ReadSession, project: Project, run_id: uuid.UUID
) -> HTMLResponse:
    run = runs.get_run(session, run_id)
    plan = run.spec.get("plan")
    if run.project_id != project.id or not plan:
        raise NotFound("This project has no such run with a plan.")
    desk = desk_of(session, project, key_of("run", run_id))
    desk = replace(desk, notice="This is the plan of the run, as it was when it started.")
    return _show_known(request, session, desk, plan)


def _show_known(
    request: Request,
    session: ReadSession,
    desk: Desk,
    stored: Mapping[str, object] | None,
    description: str = "",
) -> HTMLResponse:
    """A plan in the form, or as text if the form would lose something of it."""
    if stored is None:
        raise NotFound("This load test is a script of one's own; it has no plan.")
    try:
        plan = parse_plan(stored)
    except Problem as problem:
        return show_plan(request, desk.with_problem(problem), as_yaml(stored))
    wanted = [s.endpoint for s in plan.scenarios if s.endpoint is not None]
    form = form_of(plan, find_endpoints(session, desk.project, wanted), description)
    if lost := unshown(plan, form):
        return show_plan(request, replace(desk, lost=lost[:20]), as_yaml(stored))
    return show_form(request, desk, form)


def _outlook(request: Request, lab: Lab, slug: str, sent: Mapping[str, str]) -> HTMLResponse:
    with lab.database.read() as session:
        project = projects.get_project(session, slug)
    form = read_form(sent, {})
    return show_part(request, "_outlook.html", {"project": project, "outlook": look_ahead(form)})


def _script(request: Request, lab: Lab, slug: str, sent: Mapping[str, str]) -> HTMLResponse:
    context: dict[str, object] = {"preview": None, "problem": None, "faults": []}
    with lab.database.read() as session:
        project = projects.get_project(session, slug)
        try:
            plan = Sent(slug, sent).plan(session, project)
            context["preview"] = service.preview_script(session, slug, plan)
        except Problem as problem:
            context |= {"problem": problem, "faults": errors_of(problem)}
    return show_part(request, "_script.html", context)


def _card(
    request: Request, lab: Lab, slug: str, sent: Mapping[str, str], number: int
) -> HTMLResponse:
    with lab.database.read() as session:
        project = projects.get_project(session, slug)
        form = Sent(slug, sent).form(session, project)
        secrets = stored_secrets(session, project)
    if not form.scenarios:
        raise NotFound("The form names no scenario.")
    scenario = form.scenarios[0]
    scenario.index = max(0, min(number, 999_999))
    context = {**card_words(project, secrets, {}), "scenario": scenario}
    return show_part(request, "_scenario_fields.html", context)


def _lint(lab: Lab, slug: str, sent: Mapping[str, str]) -> list[dict[str, str | int]]:
    text = sent.get("plan", "")
    with lab.database.read() as session:
        project = projects.get_project(session, slug)
        try:
            service.preview_script(session, slug, Sent(slug, sent).plan(session, project))
        except Problem as problem:
            return text_faults(text, problem)
    return []


def _default_name(labels: list[str]) -> str:
    return f"{labels[0]} and {len(labels) - 1} more" if len(labels) > 1 else labels[0]


def _base_url(endpoints: Mapping[str, Endpoint]) -> str:
    addresses = {endpoint.base_url or "" for endpoint in endpoints.values()}
    return addresses.pop() if len(addresses) == 1 else ""
