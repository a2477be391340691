"""What a plan would start, with all that is wrong with it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from benchwright.access.hosts import is_loopback_name
from benchwright.access.principal import Principal
from benchwright.jobs import permission
from benchwright.jobs.faults import dump_plan, parse_plan
from benchwright.jobs.matrix import combinations, count_runs, run_name
from benchwright.jobs.placement import Placement
from benchwright.jobs.plan import JobPlan, Scalar
from benchwright.jobs.schemas import HostGlance, JobPreview, PlanFault, PlanSource
from benchwright.jobs.service import load_plan_text
from benchwright.jobs.starting import check_plan
from benchwright.jobs.stored_inputs import read_config
from benchwright.jobs.substitution import substitute, substitute_all
from benchwright.jobs.workload import MOUNTED, SHARED
from benchwright.kit.db import ReadSession
from benchwright.kit.errors import FieldError, Invalid, Problem
from benchwright.kit.plaintext import TextProblem
from benchwright.kit.yaml_lines import error_lines
from benchwright.loadtests.plan_text import as_yaml
from benchwright.projects.models import Project

if TYPE_CHECKING:
    from benchwright.lab import Lab

SHOWN_NAMES = 12
MAX_SHOWN_CONFIG = 64 * 1024
HIDDEN = "•••"


def preview_job(
    session: ReadSession, lab: Lab, principal: Principal, project: Project, source: PlanSource
) -> JobPreview:
    """Never refuses: what is wrong stands in the answer."""
    try:
        data = source.plan if source.text is None else load_plan_text(source.text)
        plan = parse_plan(data or {})
    except Problem as problem:
        return JobPreview(faults=plan_faults(problem, source.text))
    preview = JobPreview(faults=[], plan=dump_plan(plan), run_count=count_runs(plan))
    try:
        permission.check_allowed(lab.settings, principal, plan)
        placement = check_plan(session, lab, plan, project.id)
    except Problem as problem:
        return preview.model_copy(update={"faults": plan_faults(problem, source.text)})
    return preview.model_copy(update=_outlook(lab, plan, placement))


def plan_faults(problem: Problem, text: str | None) -> list[PlanFault]:
    """What is wrong with a plan, by field, and by line where it was sent as text."""
    if isinstance(problem, TextProblem):
        return [PlanFault(field="", message=problem.detail, line=problem.line or 1)]
    errors: Sequence[FieldError] = problem.errors if isinstance(problem, Invalid) else []
    errors = errors or [{"field": "", "message": problem.detail}]
    if text is None:
        return [PlanFault(field=error["field"], message=error["message"]) for error in errors]
    return [PlanFault.model_validate(fault) for fault in error_lines(text, errors)]


def _outlook(lab: Lab, plan: JobPlan, placement: Placement) -> dict[str, Any]:
    shown, host = _first_names(plan), placement.first
    first = next(combinations(plan))
    values: dict[str, Scalar] = {**first, **_places(plan)}
    return {
        "notes": _notes(lab, placement),
        "run_names": shown,
        "target": "local" if host is None else host.target,
        "host": host
        and HostGlance(
            name=host.name,
            is_reachable=host.is_reachable,
            problem=host.problem,
            free=max(0, placement.free_on(host)),
        ),
        "image": plan.image,
        "command": (command := [substitute(word, values) for word in plan.command]),
        "entrypoint": plan.entrypoint and [substitute(word, values) for word in plan.entrypoint],
        "command_line": shlex.join(command),
        "environment": {
            **{name: substitute(text, values) for name, text in plan.environment.items()},
            **dict.fromkeys(plan.secrets, HIDDEN),
        },
        "parameters": first,
        "folders": [] if plan.is_process else _folders(),
        "config": _config(lab, plan, first),
        "timeout_s": plan.timeout_s or lab.settings.runs.max_timeout_s,
    }


def _first_names(plan: JobPlan) -> list[str]:
    names: list[str] = []
    for one in combinations(plan):
        if len(names) == SHOWN_NAMES:
            break
        names.append(run_name(plan, one))
    return names


def _places(plan: JobPlan) -> Mapping[str, str]:
    folder = "‹run folder›" if plan.is_process else f"{MOUNTED}/jobs/‹run›"
    config = "config.yaml"
    if plan.config is not None and (plan.config.stored or "").lower().endswith(".json"):
        config = "config.json"
    return {
        "run.id": "‹run›",
        "run.folder": folder,
        "run.inputs": f"{folder}/inputs",
        "run.config": f"{folder}/inputs/{config}" if plan.config is not None else "",
        "run.results": f"{folder}/results",
        "run.progress": f"{folder}/progress/progress.json",
    }


def _folders() -> list[str]:
    shared = [f"{MOUNTED}/{name}{' (read-only)' if fixed else ''}" for name, fixed in SHARED]
    return [*shared, f"{MOUNTED}/jobs/‹run›"]


def _config(lab: Lab, plan: JobPlan, first: Mapping[str, Scalar]) -> str | None:
    if plan.config is None:
        return None
    if plan.config.inline is not None:
        return as_yaml(substitute_all(plan.config.inline, first))[:MAX_SHOWN_CONFIG]
    content = read_config(lab.settings, plan.config.stored or "")[1]
    return content.decode("utf-8", "replace")[:MAX_SHOWN_CONFIG].replace("\0", "�")


def _notes(lab: Lab, placement: Placement) -> list[str]:
    notes: list[str] = []
    host = placement.first
    if host is not None:
        if host.is_drained:
            notes.append(f"{host.name} is drained: the run waits until it takes runs again.")
        elif not host.is_reachable:
            notes.append(f"{host.name} cannot be reached: the run waits. {host.problem}".strip())
        elif placement.free_on(host) < 1:
            notes.append(f"All places of {host.name} are taken: the run waits for one.")
        if not lab.settings.server.public_url and is_loopback_name(lab.settings.server.host):
            notes.append(
                "Containers cannot reach this server, which listens on this machine alone; results "
                "and progress come all the same. BENCHWRIGHT_SERVER__PUBLIC_URL says where it is."
            )
    return notes
