"""The pages on which a plan is made, put together: the form, the text, and parts of the form."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse

from benchwright.access.secret_store import list_secrets
from benchwright.kit.db import ReadSession
from benchwright.kit.errors import Problem
from benchwright.kit.plaintext import TextProblem
from benchwright.kit.yaml_lines import error_lines
from benchwright.loadtests import repository
from benchwright.loadtests.endpoints import Endpoint, endpoint_of
from benchwright.loadtests.models import LoadTest
from benchwright.loadtests.outlook import look_ahead
from benchwright.loadtests.pages import errors_of, render_page
from benchwright.loadtests.plan_form import (
    PlanForm,
    errors_by_field,
    field_of,
    fields_by_place,
)
from benchwright.loadtests.scenarios import EXECUTORS
from benchwright.loadtests.schemas import Preview
from benchwright.projects.models import Project
from benchwright.web.rendering import render

OPEN_CARDS = 2
"""With more scenarios only the first card is open."""

WHOLE_CARDS = 12
"""With more scenarios, cards that are closed are sent folded, and filled when they are opened."""

LABELS = {
    "base_url": "base address",
    "target_tps": "requests/s of the whole",
    "environment": "variables",
    "setup.address": "path or address of the set-up request",
    "setup.token_pointer": "token in the answer",
    "authorisation.secret": "stored secret",
    "executor": "load",
    "rate": "requests/s",
    "vus": "virtual users",
    "iterations": "requests",
    "start_time": "starts after",
    "pre_allocated_vus": "virtual users prepared",
    "max_vus": "virtual users at most",
    "targets.response_time": "response time at most",
    "targets.error_rate": "errors at most",
}
"""Fields that the page calls otherwise than the plan does."""

EXECUTOR_WORDS = {
    "constant-arrival-rate": "Constant rate of requests",
    "ramping-arrival-rate": "Rate of requests in stages",
    "constant-vus": "Constant number of virtual users",
    "ramping-vus": "Virtual users in stages",
    "shared-iterations": "A number of requests, shared by virtual users",
    "per-vu-iterations": "A number of requests for each virtual user",
}
assert set(EXECUTOR_WORDS) == set(EXECUTORS)


@dataclass(frozen=True)
class Desk:
    """What a page of a plan stands on: the project, and what is being made or changed."""

    project: Project
    key: str
    """Names what is being typed, so that a browser finds it again."""
    load_test: LoadTest | None = None
    draft_id: uuid.UUID | None = None
    notice: str = ""
    lost: Sequence[str] = ()
    """Parts of the plan that the form would lose, which is why its text is shown."""
    opened: frozenset[int] = frozenset()
    preview: Preview | None = None
    problem: Problem | None = None
    secrets: Sequence[str] = field(default_factory=list)

    def with_problem(self, problem: Problem) -> Desk:
        """The same, refused."""
        return replace(self, problem=problem)


def key_of(kind: str, *ids: object) -> str:
    """The name of what is being typed."""
    if len(ids) <= 1:
        return ":".join([kind, *map(str, ids)])
    digest = hashlib.sha256(" ".join(sorted(map(str, ids))).encode()).hexdigest()
    return f"{kind}:{digest[:16]}"


def find_endpoints(
    session: ReadSession, project: Project, wanted: Sequence[uuid.UUID]
) -> dict[str, Endpoint]:
    """Those of the endpoints that the project has, in the order in which they are wanted."""
    rows = repository.find_endpoints(session, project.id, list(dict.fromkeys(wanted)))
    found = {row.public_id: endpoint_of(row, spec) for row, spec in rows}
    return {str(key): found[key] for key in wanted if key in found}


def stored_secrets(session: ReadSession, project: Project) -> list[str]:
    """The names of the project's secrets."""
    return [secret.name for secret in list_secrets(session, project.id)]


def show_form(request: Request, desk: Desk, form: PlanForm) -> HTMLResponse:
    """The form, with what is wrong at its fields."""
    listed = errors_of(desk.problem)
    places = fields_by_place(form)
    errors = errors_by_field(listed, places)
    context = {
        **_context(desk),
        **card_words(desk.project, desk.secrets, errors),
        "form": form,
        "outlook": look_ahead(form),
        "faults": [_fault(error, places, form) for error in listed],
        "folded": _folded(form, desk, errors),
        "opened": _opened(form, desk, errors),
    }
    return render_page(request, "loadtests/form.html", context, desk.project, desk.problem)


def card_words(
    project: Project, secrets: Sequence[str], errors: Mapping[str, str]
) -> dict[str, Any]:
    """What the fields of a scenario are drawn with."""
    return {
        "project": project,
        "executors": list(EXECUTOR_WORDS.items()),
        "stored_secrets": [(name, name) for name in secrets],
        "errors": errors,
        "has_error": lambda *starts: any(name.startswith(starts) for name in errors),
    }


def show_part(request: Request, template: str, context: Mapping[str, Any]) -> HTMLResponse:
    """A part of the form by itself."""
    return render(request, "loadtests/part.html", {**context, "part": f"loadtests/{template}"})


def show_plan(request: Request, desk: Desk, text: str) -> HTMLResponse:
    """The plan's text, with what is wrong at its lines."""
    context = {**_context(desk), "plan": text, "faults": text_faults(text, desk.problem)}
    return render_page(request, "loadtests/plan.html", context, desk.project, desk.problem)


def text_faults(text: str, problem: Problem | None) -> list[dict[str, str | int]]:
    """What is wrong with a plan's text, by line."""
    if isinstance(problem, TextProblem):
        return [{"line": problem.line or 1, "message": problem.detail, "field": ""}]
    return error_lines(text, errors_of(problem))


def _context(desk: Desk) -> dict[str, Any]:
    return {
        "project": desk.project,
        "desk": desk,
        "load_test": desk.load_test,
        "problem": desk.problem,
        "preview": desk.preview,
    }


def _fault(error: Mapping[str, str], places: Mapping[str, str], form: PlanForm) -> dict[str, str]:
    name = field_of(error["field"], places)
    label = LABELS.get(name, name or error["field"])
    parts = name.split(".")
    if parts[0] == "scenarios" and len(parts) > 2:
        part = ".".join(parts[2:])
        label = f"{form.scenarios[int(parts[1])].label} · {LABELS.get(part, part)}"
    return {"name": name, "label": label.replace("_", " "), "message": error["message"]}


def _faulty(errors: Mapping[str, str]) -> set[int]:
    return {
        int(parts[1])
        for parts in (name.split(".") for name in errors)
        if parts[0] == "scenarios" and len(parts) > 2 and parts[1].isdecimal()
    }


def _opened(form: PlanForm, desk: Desk, errors: Mapping[str, str]) -> set[int]:
    first = range(len(form.scenarios) if len(form.scenarios) <= OPEN_CARDS else 1)
    return set(desk.opened or (set() if errors else first)) | _faulty(errors)


def _folded(form: PlanForm, desk: Desk, errors: Mapping[str, str]) -> set[int]:
    if len(form.scenarios) <= WHOLE_CARDS:
        return set()
    return set(range(len(form.scenarios))) - _opened(form, desk, errors)
