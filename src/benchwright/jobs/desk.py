"""The page on which a job is written: its form and its YAML are two views of one plan."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from fastapi import Request
from fastapi.responses import HTMLResponse

from benchwright.access.principal import Principal
from benchwright.access.secret_store import list_secrets
from benchwright.configs import service as configs
from benchwright.datasets import service as datasets
from benchwright.hosts import repository as host_rows
from benchwright.jobs.models import Job
from benchwright.jobs.plan_form import LABELS, PREFIX, FormProblem, Texts, merge, texts_of
from benchwright.jobs.plan_yaml import write_plan
from benchwright.jobs.previewing import plan_faults, preview_job
from benchwright.jobs.schemas import JobPreview, PlanFault, PlanSource
from benchwright.jobs.service import load_plan_text
from benchwright.kit.db import ReadSession
from benchwright.kit.errors import Problem
from benchwright.projects.models import Project
from benchwright.web.rendering import render

if TYPE_CHECKING:
    from benchwright.lab import Lab

Side = Literal["form", "text"]

MAX_CHOICES = 1000
MAX_DESCRIPTION = 20_000

_FORM_FIELDS = {
    "config.stored": "config_stored",
    "config.inline": "config_inline",
    "resources.cpus": "cpus",
    "resources.memory_mib": "memory_mib",
    "resources.gpus": "gpus",
}


@dataclass(frozen=True)
class Sheet:
    """A plan as it is being written: its YAML, the form's texts, and which of both leads."""

    text: str
    fields: Texts
    side: Side = "form"
    problem: Problem | None = None
    """Why both could not be brought together."""

    @property
    def source(self) -> PlanSource:
        return PlanSource(text=self.text)


@dataclass(frozen=True)
class Desk:
    """What the page stands on."""

    project: Project
    key: str
    """Names what is being typed, so that a browser finds it again."""
    job: Job | None = None
    description: str = ""
    notice: str = ""
    problem: Problem | None = None
    choices: Mapping[str, Sequence[str]] = field(default_factory=dict)


def sheet_of(plan: Mapping[str, Any], side: Side = "form") -> Sheet:
    """A kept plan on both sides."""
    return Sheet(write_plan(plan), texts_of(plan), side)


def sheet_of_text(text: str, side: Side = "form") -> Sheet:
    """A text of YAML, comments and all, on both sides."""
    return Sheet(text, texts_of(load_plan_text(text)), side)


def read_sheet(texts: Mapping[str, str]) -> Sheet:
    """What was sent, with the side that was written on brought over to the other.

    A fault that keeps them apart stands in the sheet, and both sides stay as they were sent.
    """
    side: Side = "text" if texts.get("edited") == "text" else "form"
    text = texts.get("plan", "").replace("\r\n", "\n")
    fields = {
        name.removeprefix(PREFIX): value for name, value in texts.items() if name.startswith(PREFIX)
    }
    try:
        plan = load_plan_text(text) if text.strip() else {}
        if side == "text":
            return Sheet(text, texts_of(plan), side)
        merged = merge(plan, fields)
    except Problem as problem:
        return Sheet(text, fields, side, problem)
    return Sheet(text if merged == plan else write_plan(merged), fields, side)


def make_desk(
    session: ReadSession, lab: Lab, project: Project, key: str, job: Job | None = None
) -> Desk:
    """The desk with what its fields offer to choose from."""
    choices = {
        "configs": [one.name for one in configs.list_configs(lab.settings)][:MAX_CHOICES],
        "datasets": datasets.dataset_names(lab.settings)[:MAX_CHOICES],
        "hosts": [host.name for host in host_rows.list_hosts(session)][:MAX_CHOICES],
        "secrets": [secret.name for secret in list_secrets(session, project.id)][:MAX_CHOICES],
    }
    description = job.description if job is not None else ""
    return Desk(project, key, job, description, choices=choices)


def preview_sheet(
    session: ReadSession, lab: Lab, principal: Principal, project: Project, sheet: Sheet
) -> JobPreview:
    """What the sheet would start, or what is wrong with it."""
    if sheet.problem is not None:
        return JobPreview(faults=plan_faults(sheet.problem, _text_of(sheet)))
    return preview_job(session, lab, principal, project, sheet.source)


def show_desk(
    request: Request,
    session: ReadSession,
    lab: Lab,
    principal: Principal,
    desk: Desk,
    sheet: Sheet,
) -> HTMLResponse:
    """The whole page; its status is that of the problem that it shows."""
    preview = preview_sheet(session, lab, principal, desk.project, sheet)
    problem = desk.problem or sheet.problem
    faults = plan_faults(problem, _text_of(sheet)) if problem is not None else []
    context = {
        "project": desk.project,
        "desk": desk,
        "job": desk.job,
        "sheet": sheet,
        "f": dict.fromkeys(texts_of({}), "") | sheet.fields,
        "preview": preview,
        "problem": problem,
        "errors": errors_by_field([*faults, *preview.faults]) if problem is not None else {},
        **preview_words(),
    }
    status = problem.status if problem is not None else 200
    return render(
        request, "jobs/form.html", context, project=desk.project.slug, here="jobs", status=status
    )


def preview_words() -> dict[str, Any]:
    """What the preview is drawn with."""
    return {"labels": LABELS, "form_field": form_field}


def with_problem(desk: Desk, problem: Problem) -> Desk:
    """The same, refused."""
    return replace(desk, problem=problem)


def form_field(name: str) -> str | None:
    """The form's field that shows a field of the plan, without its prefix; None where none does."""
    for start, own in _FORM_FIELDS.items():
        if name == start or name.startswith(f"{start}."):
            return own
    first = name.split(".", 1)[0]
    return first if first in LABELS else None


def errors_by_field(faults: Sequence[PlanFault]) -> dict[str, str]:
    """The first fault of each field of the form, by the field's name."""
    found: dict[str, str] = {}
    for fault in faults:
        own = form_field(fault.field)
        if own is not None:
            found.setdefault(PREFIX + own, fault.message)
    return found


def key_of(kind: str, name: uuid.UUID | str = "") -> str:
    """The name of what is being typed."""
    return f"job:{kind}:{name}" if name else f"job:{kind}"


def _text_of(sheet: Sheet) -> str | None:
    # Lines of the YAML say nothing to who writes in the form and sees no YAML that is read.
    return None if isinstance(sheet.problem, FormProblem) else sheet.text
