"""All SQL about jobs."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import select

from benchwright.access.models import Secret
from benchwright.hosts.models import Host
from benchwright.jobs.models import Job
from benchwright.kit.db import ReadSession, WriteSession
from benchwright.kit.pagination import PageRequest, fetch_page
from benchwright.projects.models import Project
from benchwright.runs.models import Run
from benchwright.runs.state import RunKind


def find(session: ReadSession, public_id: uuid.UUID) -> Job | None:
    """The job of this id, archived or not."""
    return session.scalar(select(Job).where(Job.public_id == public_id))


def find_by_id(session: ReadSession, job_id: int) -> Job | None:
    """The job of this row, archived or not."""
    return session.get(Job, job_id)


def page(
    session: ReadSession, project_id: int, request: PageRequest
) -> tuple[Sequence[Job], str | None]:
    """One page of a project's jobs, newest first, without archived ones."""
    query = select(Job).where(Job.project_id == project_id, Job.archived_at.is_(None))
    return fetch_page(session, query, Job.id, request)


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


def list_hosts(session: ReadSession) -> Sequence[Host]:
    """All hosts by name."""
    return session.scalars(select(Host).order_by(Host.name)).all()


def referenced_blobs(session: ReadSession) -> set[str]:
    """The plans, configs and files of all runs of jobs."""
    found: set[str | None] = set()
    specs = select(Run.spec["plan_blob"], Run.spec["files"], Run.spec["config"]).where(
        Run.kind == RunKind.JOB
    )
    for plan, files, config in session.execute(specs):
        found.update([plan, *(files or {}).values(), (config or {}).get("blob")])
    return {blob for blob in found if blob}
