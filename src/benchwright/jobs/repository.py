"""All SQL about jobs."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import defer

from benchwright.access.models import Secret
from benchwright.jobs.models import Job
from benchwright.kit.db import ReadSession, WriteSession
from benchwright.kit.pagination import PageRequest, fetch_page
from benchwright.projects.models import Project
from benchwright.runs.models import Result, Run
from benchwright.runs.state import RunKind


def find(session: ReadSession, public_id: uuid.UUID) -> Job | None:
    """The job of this id, archived or not."""
    return session.scalar(select(Job).where(Job.public_id == public_id))


def find_by_id(session: ReadSession, job_id: int) -> Job | None:
    """The job of this row, archived or not."""
    return session.get(Job, job_id)


def page(
    session: ReadSession, project_id: int, request: PageRequest, *, archived: bool = False
) -> tuple[Sequence[Job], str | None]:
    """One page of a project's jobs, newest first: those that are archived, or the others."""
    is_shown = Job.archived_at.is_not(None) if archived else Job.archived_at.is_(None)
    query = select(Job).where(Job.project_id == project_id, is_shown)
    return fetch_page(session, query, Job.id, request)


def count_archived(session: ReadSession, project_id: int) -> int:
    """How many jobs of a project are archived."""
    query = select(func.count()).where(Job.project_id == project_id, Job.archived_at.is_not(None))
    return session.scalar(query) or 0


def last_runs(session: ReadSession, job_id: int, limit: int) -> Sequence[int]:
    """The newest runs of a job, as keys of their rows."""
    query = select(Run.id).where(Run.job_id == job_id).order_by(Run.id.desc()).limit(limit)
    return session.scalars(query).all()


def runs_with(session: ReadSession, run_ids: Sequence[int]) -> Sequence[Run]:
    """These runs, newest first, without what they were told."""
    query = select(Run).where(Run.id.in_(run_ids)).options(defer(Run.spec))
    return session.scalars(query.order_by(Run.id.desc())).all()


def newest_runs(session: ReadSession, job_ids: Sequence[int]) -> dict[int, Run]:
    """The newest run of each job."""
    newest = select(func.max(Run.id)).where(Run.job_id.in_(job_ids)).group_by(Run.job_id)
    runs = session.scalars(select(Run).where(Run.id.in_(newest)).options(defer(Run.spec)))
    return {run.job_id: run for run in runs if run.job_id is not None}


def count_runs(session: ReadSession, job_ids: Sequence[int]) -> dict[int, int]:
    """How many runs each job has."""
    query = select(Run.job_id, func.count()).where(Run.job_id.in_(job_ids)).group_by(Run.job_id)
    return {job_id: count for job_id, count in session.execute(query) if job_id is not None}


def runs_of_group(session: ReadSession, project_id: int, group_id: uuid.UUID) -> Sequence[Run]:
    """The runs that were started together, in the order of their matrix."""
    query = select(Run).where(Run.group_id == group_id, Run.project_id == project_id)
    return session.scalars(query.order_by(Run.id)).all()


def project_of_group(session: ReadSession, group_id: uuid.UUID) -> Project | None:
    """The project of a group, if there is such a group."""
    query = select(Project).join(Run, Run.project_id == Project.id).where(Run.group_id == group_id)
    return session.scalar(query.limit(1))


def recent_groups(session: ReadSession, job_id: int, limit: int) -> Sequence[Any]:
    """The newest groups of a job, each with how many runs it has and when it was started."""
    query = (
        select(Run.group_id, func.count().label("runs"), func.min(Run.created_at).label("at"))
        .where(Run.job_id == job_id, Run.group_id.is_not(None))
        .group_by(Run.group_id)
        .order_by(func.max(Run.id).desc())
        .limit(limit)
    )
    return session.execute(query).all()


def results_of(session: ReadSession, run_ids: Sequence[int], limit: int) -> list[Result]:
    """Results of runs, in a stable order."""
    query = select(Result).where(Result.run_id.in_(run_ids))
    ordered = query.order_by(Result.run_id, Result.benchmark, Result.metric, Result.stat)
    return list(session.scalars(ordered.limit(limit)))


def add(session: WriteSession, job: Job) -> Job:
    """Writes a new job."""
    session.add(job)
    session.flush()
    return job


def project_of(session: ReadSession, job: Job) -> Project:
    """The project that a job belongs to."""
    return session.get_one(Project, job.project_id)


def known_secrets(session: ReadSession, project_id: int) -> set[str]:
    """The names of a project's secrets."""
    return set(session.scalars(select(Secret.name).where(Secret.project_id == project_id)))


def referenced_blobs(session: ReadSession) -> set[str]:
    """The plans, configs and files of all runs of jobs."""
    found: set[str | None] = set()
    specs = select(Run.spec["plan_blob"], Run.spec["files"], Run.spec["config"]).where(
        Run.kind == RunKind.JOB
    )
    for plan, files, config in session.execute(specs):
        found.update([plan, *(files or {}).values(), (config or {}).get("blob")])
    return {blob for blob in found if blob}
