"""What the buttons of a plan's pages do: keep, start, put aside, preview, rearrange."""

from __future__ import annotations

import copy
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse, Response

from benchwright.kit.db import ReadSession, after_commit
from benchwright.kit.downloads import file_name, save_as
from benchwright.kit.errors import BadRequest, Invalid, Problem
from benchwright.kit.yaml import load_yaml
from benchwright.lab import Lab
from benchwright.loadtests import drafts, repository, service, starting
from benchwright.loadtests.endpoints import Endpoint
from benchwright.loadtests.models import LoadTest
from benchwright.loadtests.pages import find_load_test
from benchwright.loadtests.plan import parse_plan
from benchwright.loadtests.plan_form import (
    DEFAULTS,
    MAX_SCENARIOS,
    PlanForm,
    ScenarioFields,
    kept_fields,
    read_form,
    sent_endpoints,
)
from benchwright.loadtests.plan_intake import plan_of
from benchwright.loadtests.plan_text import as_yaml
from benchwright.loadtests.plan_views import (
    Desk,
    find_endpoints,
    key_of,
    show_form,
    show_plan,
    stored_secrets,
)
from benchwright.projects import service as projects
from benchwright.projects.models import Project
from benchwright.web.rendering import redirect, root_path

MAX_FIELDS = 40_000
MAX_FIELD_BYTES = 8 * 1024 * 1024

_SHOWING = ("preview", "plan", "show", "add")
_KEEPING = ("save", "run", "draft", "choose", "download")
_MOVES = ("up", "down", "copy", "remove", "open")


@dataclass(frozen=True)
class Sent:
    """A sent page: its texts by name, and the load test that it changes."""

    slug: str
    texts: Mapping[str, str]
    test_id: uuid.UUID | None = None

    @property
    def is_text(self) -> bool:
        """Whether it is the plan's text rather than the form."""
        return "plan" in self.texts

    @property
    def draft_id(self) -> uuid.UUID | None:
        """The draft that it came from."""
        try:
            return uuid.UUID(self.texts.get("draft", ""))
        except ValueError:
            return None

    def form(self, session: ReadSession, project: Project) -> PlanForm:
        """The form that was sent."""
        try:
            wanted = [uuid.UUID(text) for text in sent_endpoints(self.texts)]
        except ValueError:
            raise BadRequest("The form names an endpoint by something that is no id.") from None
        return read_form(self.texts, find_endpoints(session, project, wanted))

    def plan(self, session: ReadSession, project: Project) -> dict[str, Any]:
        """The plan that was sent; raises `Invalid`, and for a text what `load_yaml` raises."""
        if not self.is_text:
            return plan_of(self.form(session, project))
        plan = load_yaml(self.texts["plan"])
        if not isinstance(plan, dict):
            message = "A plan is a mapping"
            raise Invalid("The plan is not valid.", [{"field": "", "message": message}])
        return plan


async def sent_texts(request: Request) -> dict[str, str]:
    """The texts of a sent form by name."""
    async with request.form(
        max_fields=MAX_FIELDS, max_files=0, max_part_size=MAX_FIELD_BYTES
    ) as sent:
        return {name: value for name, value in sent.items() if isinstance(value, str)}


def desk_of(
    session: ReadSession,
    project: Project,
    key: str,
    *,
    load_test: LoadTest | None = None,
    draft_id: uuid.UUID | None = None,
) -> Desk:
    """The desk on which something is made or changed."""
    return Desk(
        project, key, load_test, draft_id, secrets=stored_secrets(session, project)
    )  # fmt: skip


def open_draft(
    session: ReadSession, project: Project, draft_id: uuid.UUID
) -> tuple[Desk, PlanForm | None]:
    """A draft's desk and its form; None stands for a plan's text."""
    draft = drafts.get_draft(session, project.slug, draft_id)
    load_test = None
    if draft.load_test_id is not None:
        test_id = repository.public_id_of(session, draft.load_test_id)
        load_test = service.get_load_test(session, test_id) if test_id else None
    key = key_of("draft", draft_id)
    desk = desk_of(session, project, key, load_test=load_test, draft_id=draft_id)
    sent = Sent(project.slug, draft.fields)
    return desk, None if sent.is_text else sent.form(session, project)


def act(request: Request, lab: Lab, sent: Sent) -> Response:
    """Does what the pressed button says, or shows what stands in the way."""
    action, number = _action(sent.texts)
    with lab.database.read() as session:
        project = projects.get_project(session, sent.slug)
        load_test = find_load_test(session, sent.slug, sent.test_id)[1] if sent.test_id else None
        form = None if sent.is_text else sent.form(session, project)
        key = sent.texts.get("form_key", "")[:100]
        desk = desk_of(session, project, key, load_test=load_test, draft_id=sent.draft_id)
    try:
        if action in _MOVES and form is not None:
            return show_form(request, _move(desk, form, action, number), form)
        if action in ("draft", "choose"):
            return _put_aside(request, lab, sent, form, desk, action)
        if action == "add" and form is not None:
            _add_request(form)
            desk = replace(desk, opened=frozenset({len(form.scenarios) - 1}))
        if action in ("show", "add"):
            return _show(request, desk, sent, form)
        with lab.database.read() as session:
            plan = sent.plan(session, project)
            if action == "plan":
                return show_plan(request, desk, as_yaml(plan))
            preview = service.preview_script(session, sent.slug, plan)
        if action == "preview":
            return _show(request, replace(desk, preview=preview), sent, form)
        if action == "download":
            return _download(preview.script, str(plan["name"]))
        return _keep(request, lab, sent, plan, form, desk, is_started=action == "run")
    except Problem as problem:
        return _show(request, desk.with_problem(problem), sent, form)


def go(request: Request, path: str) -> Response:
    """To another page; a script that sent the form is told its address."""
    if "application/json" in request.headers.get("accept", ""):
        return JSONResponse({"address": root_path(request) + path}, 201)
    return redirect(request, path)


def _action(sent: Mapping[str, str]) -> tuple[str, int]:
    action, _, number = sent.get("then", "preview").partition(":")
    if action in _MOVES and number.isascii() and number.isdigit() and len(number) <= 6:
        return action, int(number)
    if (action in _SHOWING or action in _KEEPING) and not number:
        return action, 0
    raise BadRequest("The form names no known action.")


def _show(request: Request, desk: Desk, sent: Sent, form: PlanForm | None) -> Response:
    if form is None:
        return show_plan(request, desk, sent.texts["plan"])
    return show_form(request, desk, form)


def _move(desk: Desk, form: PlanForm, action: str, number: int) -> Desk:
    cards = form.scenarios
    if number >= len(cards):
        raise BadRequest("The form has no scenario of this number.")
    place = number
    match action:
        case "up" | "down":
            place = max(0, min(len(cards) - 1, number + (-1 if action == "up" else 1)))
            cards.insert(place, cards.pop(number))
        case "copy":
            _require_room(form)
            place = number + 1
            cards.insert(place, copy.deepcopy(cards[number]))
        case "remove":
            del cards[number]
            place = max(0, number - 1)
    form.renumber()
    return replace(desk, opened=frozenset({place}))


def _require_room(form: PlanForm) -> None:
    if len(form.scenarios) >= MAX_SCENARIOS:
        raise Invalid(
            f"The form holds {MAX_SCENARIOS} scenarios at most; “Edit as text” takes more."
        )


def _add_request(form: PlanForm) -> None:
    """Appends a scenario whose request is written by hand."""
    _require_room(form)
    values = {**DEFAULTS, "method": "GET", "path": "/"}
    form.scenarios.append(ScenarioFields(len(form.scenarios), "", Endpoint("GET", "/"), values))


def _put_aside(
    request: Request, lab: Lab, sent: Sent, form: PlanForm | None, desk: Desk, action: str
) -> Response:
    """Keeps a draft; before endpoints are chosen too, so that nothing is lost on the way."""
    if form is None:
        fields = {"plan": sent.texts["plan"], "name": _text_name(sent.texts["plan"])}
    else:
        fields = kept_fields(form)
    with lab.database.write() as session:
        draft = drafts.keep_draft(
            session, sent.slug, fields, draft_id=sent.draft_id, load_test=desk.load_test
        )
        public_id = draft.public_id
    if action == "choose":
        return go(request, f"/p/{sent.slug}/load-tests/new?draft={public_id}")
    return go(request, f"/p/{sent.slug}/load-tests/drafts/{public_id}")


def _text_name(text: str) -> str:
    first = next((line for line in text.splitlines() if line.startswith("name:")), "")
    return first.removeprefix("name:").strip().strip("\"'")


def _keep(
    request: Request,
    lab: Lab,
    sent: Sent,
    plan: Mapping[str, Any],
    form: PlanForm | None,
    desk: Desk,
    *,
    is_started: bool,
) -> Response:
    prepared = None
    if is_started:
        # Whatever would keep the run from starting is said here, where it can be corrected.
        with lab.database.read() as session:
            parsed = parse_plan(plan)
            endpoints, _ = service.find_endpoints(session, desk.project.id, parsed)
            prepared = starting.prepare_plan_run(
                session, lab, parsed, endpoints, project_id=desk.project.id
            )
    with lab.database.write() as session:
        if sent.test_id is None:
            description = form.get("description") if form else ""
            load_test = service.create_load_test(session, sent.slug, plan, description)
        else:
            load_test = find_load_test(session, sent.slug, sent.test_id)[1]
            description = form.get("description") if form else load_test.description
            service.update_load_test(session, load_test, plan, description)
        drafts.forget_draft(session, sent.slug, sent.draft_id)
        path = f"/p/{sent.slug}/load-tests/{load_test.public_id}"
        if prepared is not None:
            run = starting.start_run(session, replace(prepared, load_test_id=load_test.id))
            after_commit(session, lab.wake)
            path = f"/p/{sent.slug}/runs/{run.public_id}"
    return go(request, path)


def _download(script: str, name: str) -> Response:
    headers = save_as(file_name(name, "js", "script"))
    return Response(script, media_type="text/javascript; charset=utf-8", headers=headers)
