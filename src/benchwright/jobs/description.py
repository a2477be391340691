"""What a run of a job was told to do, in words."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from benchwright.jobs import repository
from benchwright.jobs.faults import parse_plan
from benchwright.jobs.freezing import digest
from benchwright.jobs.plan import JobPlan
from benchwright.jobs.plan_yaml import write_plan
from benchwright.jobs.rerun import plan_of_run
from benchwright.jobs.schemas import JobSpec
from benchwright.jobs.substitution import BadToken, substitute, text_of
from benchwright.kit.db import ReadSession
from benchwright.kit.errors import Invalid, Problem
from benchwright.runs.models import Run
from benchwright.runs.workload import Fact, PlanView
from benchwright.web import figures

if TYPE_CHECKING:
    from benchwright.lab import Lab

MAX_SHOWN = 2000


class JobDescription:
    """Implements `runs.workload.Description`."""

    def view_plan(self, spec: Mapping[str, Any]) -> PlanView:
        """The plan as facts; one that another version wrote may have none."""
        try:
            return PlanView(list(_facts(JobSpec.model_validate(spec))))
        except ValidationError:
            return PlanView([])

    def view_wish(self, plan: Mapping[str, Any]) -> list[Fact]:
        """A kept plan as facts; one that today's rules refuse has none."""
        try:
            wish = parse_plan(plan)
        except Invalid:
            return []
        known = {name: getattr(wish, name) for name in JobSpec.model_fields if hasattr(wish, name)}
        known |= {"config": None, "host": {}}
        spec = JobSpec(
            **known, files={f.name: "" for f in wish.inputs}, plan_blob="", plan_digest=""
        )
        return [*_facts(spec), *_wish_facts(wish)]

    def write_plan(self, lab: Lab, run: Run) -> str:
        """The plan of this very run as YAML; empty where it is no longer kept."""
        try:
            return write_plan(plan_of_run(lab, run))
        except (Problem, ValueError, KeyError):
            return ""

    def has_changed(self, session: ReadSession, run: Run) -> bool:
        """Whether the kept job's plan is another one now."""
        if run.job_id is None:
            return False
        job = repository.find_by_id(session, run.job_id)
        return job is not None and digest(job.plan) != run.spec.get("plan_digest")


def shown_words(words: list[str], spec: JobSpec) -> str:
    """Words as one would type them, with the parameters in their places."""
    shown = []
    for word in words:
        try:
            shown.append(substitute(word, {**spec.parameters, **_UNKNOWN_YET}))
        except BadToken:
            shown.append(word)
    return shlex.join(shown)


# The places of a run stay as they were written: only its target knows them.
_UNKNOWN_YET = {
    f"run.{name}": f"${{{{ run.{name} }}}}"
    for name in ("id", "folder", "inputs", "config", "results", "progress")
}


def _facts(spec: JobSpec) -> Iterator[Fact]:
    if spec.image:
        yield Fact("Image", spec.image)
    if spec.entrypoint is not None:
        yield Fact("Entrypoint", _short(shown_words(spec.entrypoint, spec)) or "none")
    if spec.command:
        yield Fact("Command", _short(shown_words(spec.command, spec)))
    for name, value in spec.parameters.items():
        yield Fact("Parameter", f"{name}={_short(text_of(value))}")
    if spec.config is not None:
        origin = spec.config.stored or "written in the plan"
        yield Fact("Config", f"{origin} (SHA-256 {spec.config.sha256[:12]}…)")
    for name in spec.datasets:
        yield Fact("Dataset", name)
    for name in spec.files:
        yield Fact("Input file", name)
    for name, value in spec.environment.items():
        yield Fact("Environment", _short(f"{name}={value}"))
    for variable, name in spec.secrets.items():
        yield Fact("Secret", variable if variable == name else f"{variable} from {name}")
    yield from _container_facts(spec)
    if spec.success_exit_codes != [0]:
        yield Fact("Success is", ", ".join(f"exit code {code}" for code in spec.success_exit_codes))


def _wish_facts(plan: JobPlan) -> Iterator[Fact]:
    if plan.config is not None:
        yield Fact("Config", plan.config.stored or "written in the plan")
    for name, values in plan.matrix.items():
        shown = ", ".join(map(text_of, values[:20])) + ("…" if len(values) > 20 else "")
        yield Fact("Matrix", f"{name}: {_short(shown)}")
    if plan.host:
        yield Fact("Host", plan.host)
    for name, value in plan.labels.items():
        yield Fact("Host with", f"{name}={value}")
    if plan.timeout_s:
        yield Fact("Stopped after", figures.duration(plan.timeout_s))
    if plan.tags:
        yield Fact("Tags", ", ".join(plan.tags))


def _container_facts(spec: JobSpec) -> Iterator[Fact]:
    resources = spec.resources
    if resources.cpus:
        yield Fact("Processors", f"{resources.cpus:g} at most")
    if resources.memory_mib:
        yield Fact("Memory", f"{figures.size(resources.memory_mib * 2**20)} at most")
    if resources.shm_mib:
        yield Fact("Shared memory", figures.size(resources.shm_mib * 2**20))
    if resources.gpus:
        yield Fact("GPUs", str(resources.gpus))
    for mount in spec.mounts:
        mode = "read-only" if mount.read_only else "writable"
        yield Fact("Mount", f"{mount.source} as {mount.target} ({mode})")
    for name, value in (
        ("Network", spec.network),
        ("User", spec.user),
        ("Working folder", spec.working_dir),
        ("Pull", None if spec.pull == "missing" else spec.pull),
    ):
        if value:
            yield Fact(name, value)


def _short(text: str) -> str:
    return text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 1] + "…"
