"""From a plan to queued runs: every check first, then their rows."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from benchwright.jobs import repository
from benchwright.jobs.freezing import Freezer, check_tokens, workload_digest
from benchwright.jobs.matrix import (
    check_size,
    combinations,
    run_name,
    run_tags,
    with_parameters,
)
from benchwright.jobs.models import Job
from benchwright.jobs.placement import Placement
from benchwright.jobs.plan import JobPlan
from benchwright.jobs.schemas import JobSpec
from benchwright.jobs.stored_inputs import check_stored
from benchwright.kit.db import ReadSession, WriteSession
from benchwright.kit.disk import check_free_disk
from benchwright.kit.errors import Conflict, FieldError, Invalid
from benchwright.projects.models import Project
from benchwright.runs import service as runs
from benchwright.runs import tag_repository
from benchwright.runs.models import Run
from benchwright.runs.state import RunKind
from benchwright.runs.tag_names import clean_tags

if TYPE_CHECKING:
    from benchwright.lab import Lab


@dataclass(frozen=True)
class JobExtras:
    """What a documented interface says of its jobs beyond a plan."""

    container_name: str | None = None
    """`{run_id}` in it stands for the run's id."""
    job_info: Mapping[str, Any] = field(default_factory=dict)
    """What stands in `job_info.json` in place of what every run has there; as `container_name`."""


@dataclass(frozen=True)
class PreparedRun:
    """One run of a job that passed every check."""

    name: str
    target: str
    spec: JobSpec
    tags: Sequence[str]


@dataclass(frozen=True)
class PreparedJob:
    """The runs of a plan, which only have to be queued."""

    project_id: int
    job_id: int | None
    home: str
    timeout_s: float
    planned_duration_s: float | None
    note: str
    runs: Sequence[PreparedRun]
    group_id: uuid.UUID | None = None


def start_job(
    session: WriteSession,
    lab: Lab,
    plan: JobPlan,
    project: Project,
    job: Job | None = None,
    *,
    parameters: Mapping[str, Any] | None = None,
    extras: JobExtras | None = None,
    public_id: uuid.UUID | None = None,
) -> list[Run]:
    """Queues the runs of a plan: one, or one for each combination of its matrix.

    `public_id` is that of the run, where there is one only. Who may start it is the caller's
    question (`permission.check_allowed`), and waking the reconciler after the commit too.
    """
    prepared = prepare_job(session, lab, plan, project, job, parameters=parameters, extras=extras)
    return start_prepared(session, prepared, public_id=public_id)


def prepare_job(
    session: ReadSession,
    lab: Lab,
    plan: JobPlan,
    project: Project,
    job: Job | None = None,
    *,
    parameters: Mapping[str, Any] | None = None,
    extras: JobExtras | None = None,
) -> PreparedJob:
    """Checks everything that the runs need, and keeps their configs and files.

    `parameters` take the place of the plan's values. Raises `Invalid` with each faulty field,
    `Conflict` for a job that was archived, and `Unavailable` when the disk is nearly full.
    """
    check_free_disk(lab.settings.data_dir, lab.settings.retention.min_free_bytes)
    if job is not None and job.archived_at is not None:
        raise Conflict("This job was archived; bring it back first.")
    plan = with_parameters(plan, parameters or {})
    placement = check_plan(session, lab, plan, project.id)
    freezer, wish = Freezer(lab, plan), extras or JobExtras()
    tags = clean_tags(plan.tags)
    added = {"container_name": wish.container_name, "job_info": dict(wish.job_info)}
    made = [
        PreparedRun(
            name=run_name(plan, values),
            target=placement.next_target(),
            spec=freezer.freeze(values).model_copy(update=added),
            tags=run_tags(plan, values, tags),
        )
        for values in combinations(plan)
    ]
    return PreparedJob(
        project_id=project.id,
        job_id=job.id if job is not None else None,
        home=lab.home,
        timeout_s=plan.timeout_s or lab.settings.runs.max_timeout_s,
        planned_duration_s=plan.planned_duration_s,
        note=plan.note,
        runs=made,
        group_id=uuid.uuid4() if plan.matrix else None,
    )


def check_plan(session: ReadSession, lab: Lab, plan: JobPlan, project_id: int) -> Placement:
    """Where the plan's runs would go; raises `Invalid` for all that cannot be carried out here."""
    problems: list[Invalid] = []
    placement: Placement | None = None

    def place() -> None:
        nonlocal placement
        placement = Placement(session, lab.settings, lab.home, plan)

    for check in (
        lambda: check_size(plan),
        lambda: check_tokens(plan),
        lambda: clean_tags(plan.tags),
        lambda: _check_times(lab, plan),
        lambda: require_secrets(session, project_id, plan.secrets),
        lambda: check_stored(lab.settings, plan),
        place,
    ):
        try:
            check()
        except Invalid as problem:
            problems.append(problem)
    if problems or placement is None:
        detail = problems[0].detail if len(problems) == 1 else "Some values are not valid."
        raise Invalid(detail, [error for problem in problems for error in problem.errors])
    return placement


def start_prepared(
    session: WriteSession,
    prepared: PreparedJob,
    *,
    public_id: uuid.UUID | None = None,
    lease_owner: str | None = None,
    lease_until: dt.datetime | None = None,
) -> list[Run]:
    """Queues the runs, in the order of the matrix."""
    started = [
        _start(session, prepared, one, public_id if place == 0 else None, lease_owner, lease_until)
        for place, one in enumerate(prepared.runs)
    ]
    # A tag at a time, not a run at a time: a matrix has far more runs than tags.
    tagged: dict[str, list[int]] = {}
    for run, one in zip(started, prepared.runs, strict=True):
        for tag in one.tags:
            tagged.setdefault(tag, []).append(run.id)
    for tag, run_ids in tagged.items():
        for first in range(0, len(run_ids), runs.TAGGED_AT_ONCE):
            tag_repository.add(session, run_ids[first : first + runs.TAGGED_AT_ONCE], [tag])
    return started


def _start(  # the columns of a row
    session: WriteSession,
    prepared: PreparedJob,
    one: PreparedRun,
    public_id: uuid.UUID | None,
    lease_owner: str | None,
    lease_until: dt.datetime | None,
) -> Run:
    run = runs.create_run(
        session,
        project_id=prepared.project_id,
        kind=RunKind.JOB,
        name=one.name,
        spec=one.spec.model_dump(mode="json"),
        planned_duration_s=prepared.planned_duration_s,
        timeout_s=prepared.timeout_s,
        home=prepared.home,
        target=one.target,
        job_id=prepared.job_id,
        group_id=prepared.group_id,
        workload_digest=workload_digest(one.spec),
        public_id=public_id,
        lease_owner=lease_owner,
        lease_until=lease_until,
    )
    if prepared.note.strip():
        run.note = prepared.note.strip()
    return run


def _check_times(lab: Lab, plan: JobPlan) -> None:
    most_s = lab.settings.runs.max_timeout_s
    errors: list[FieldError] = [
        {
            "field": name,
            "message": f"No run may take longer than `runs.max_timeout_s`, {most_s:g} s",
        }
        for name in ("timeout_s", "planned_duration_s")
        if (value := getattr(plan, name)) is not None and value > most_s
    ]
    if errors:
        raise Invalid("The job would take longer than a run may.", errors)


def require_secrets(session: ReadSession, project_id: int, secrets: Mapping[str, str]) -> None:
    """Raises `Invalid` for each variable whose secret the project lacks."""
    if not secrets:
        return
    known = repository.known_secrets(session, project_id)
    errors: list[FieldError] = [
        {"field": f"secrets.{variable}", "message": f"Store a secret {name} in the project first"}
        for variable, name in secrets.items()
        if name not in known
    ]
    if errors:
        raise Invalid("The project lacks a secret that the job uses.", errors)
