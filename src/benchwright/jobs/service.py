"""Rules of kept jobs: checking plans and keeping them; `starting` makes runs of them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from benchwright.jobs import repository
from benchwright.jobs.faults import dump_plan, parse_plan
from benchwright.jobs.freezing import check_tokens
from benchwright.jobs.matrix import check_size, count_runs
from benchwright.jobs.models import Job
from benchwright.jobs.plan import JobPlan
from benchwright.jobs.schemas import JobSummary, JobView, PlanSource
from benchwright.kit.db import ReadSession, WriteSession, now
from benchwright.kit.errors import Conflict, Invalid, NotFound
from benchwright.kit.pagination import PageRequest
from benchwright.kit.yaml import YamlLimits, load_yaml
from benchwright.projects import service as projects
from benchwright.projects.models import Project
from benchwright.runs.tag_names import clean_tags

COPIED = " (copy)"
MAX_NAME = 200
TEXT_LIMITS = YamlLimits(max_bytes=16 * 1024 * 1024)
"""A plan may hold files."""


def read_plan(source: PlanSource) -> JobPlan:
    """The plan that was sent; raises `Invalid`, and `YamlProblem` for a text that is none."""
    if source.text is None:
        return parse_plan(source.plan or {})
    return parse_plan(load_plan_text(source.text))


def load_plan_text(text: str) -> dict[str, Any]:
    """The mapping in a text of YAML; raises `YamlProblem`, `TooLarge`, `Invalid`."""
    data = load_yaml(text, limits=TEXT_LIMITS)
    if not isinstance(data, dict):
        message = "A plan is a mapping: it begins with `name: …`"
        raise Invalid("The plan is not valid.", [{"field": "", "message": message}])
    return data


def get_job(session: ReadSession, public_id: uuid.UUID) -> Job:
    """The job of this id; raises `NotFound`."""
    job = repository.find(session, public_id)
    if job is None:
        raise NotFound(f"There is no job {public_id}.")
    return job


def list_jobs(
    session: ReadSession, slug: str, request: PageRequest, *, archived: bool = False
) -> tuple[list[JobSummary], str | None]:
    """One page of a project's jobs, newest first, and the cursor of the next."""
    project = projects.get_project(session, slug)
    found, cursor = repository.page(session, project.id, request, archived=archived)
    return summarise(found, project.slug), cursor


def summarise(found: Sequence[Job], slug: str) -> list[JobSummary]:
    """What lists show; `slug` is the jobs' project's."""
    return [JobSummary(**_summary(job, slug)) for job in found]


def view_job(session: ReadSession, job: Job) -> JobView:
    """Everything about a job."""
    project = repository.project_of(session, job)
    return JobView(**_summary(job, project.slug), plan=job.plan)


def project_of(session: ReadSession, job: Job) -> Project:
    """The project that a job belongs to."""
    return repository.project_of(session, job)


def create_job(session: WriteSession, slug: str, plan: JobPlan, description: str = "") -> Job:
    """Keeps a plan; raises `Invalid` for one that could not run anywhere."""
    project = projects.get_project(session, slug)
    job = Job(project_id=project.id)
    _put(job, plan, description)
    return repository.add(session, job)


def update_job(session: WriteSession, job: Job, plan: JobPlan, description: str) -> Job:
    """Replaces the plan; runs that were started keep the one that they had."""
    if job.archived_at is not None:
        raise Conflict("This job was archived; bring it back first.")
    _put(job, plan, description)
    session.flush()
    return job


def duplicate_job(session: WriteSession, job: Job) -> Job:
    """A job that does the same under another name; the history stays with the first."""
    name = f"{job.name[: MAX_NAME - len(COPIED)]}{COPIED}"
    copy = Job(
        project_id=job.project_id,
        name=name,
        description=job.description,
        plan={**job.plan, "name": name},
    )
    return repository.add(session, copy)


def archive_job(session: WriteSession, job: Job) -> None:
    """Takes a job out of the list; its runs stay and still lead to it."""
    if job.archived_at is None:
        job.archived_at = now()
    session.flush()


def restore_job(session: WriteSession, job: Job) -> None:
    """Brings an archived job back."""
    job.archived_at = None
    session.flush()


def plan_of(job: Job) -> JobPlan:
    """The kept plan; raises `Invalid` where today's rules refuse it."""
    return parse_plan(job.plan)


def _put(job: Job, plan: JobPlan, description: str) -> None:
    if "\0" in description or any("\ud800" <= c <= "\udfff" for c in description):
        message = "Contains a character that cannot be stored"
        raise Invalid("The job was not kept.", [{"field": "description", "message": message}])
    check_size(plan)
    check_tokens(plan)
    clean_tags(plan.tags)
    job.name = plan.name
    job.description = description.strip()
    job.plan = dump_plan(plan)
    job.updated_at = now()


def _summary(job: Job, slug: str) -> dict[str, Any]:
    plain = ("public_id", "name", "description", "created_at", "updated_at", "archived_at")
    return {
        **{name: getattr(job, name) for name in plain},
        "project": slug,
        "image": job.plan.get("image"),
        "run_count": _count(job.plan),
    }


def _count(plan: dict[str, Any]) -> int:
    try:
        return count_runs(parse_plan(plan))
    except Invalid:
        return 1
