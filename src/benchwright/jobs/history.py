"""What became of kept jobs: their last runs and groups."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import NamedTuple

from benchwright.jobs import repository, service
from benchwright.jobs.models import Job
from benchwright.jobs.schemas import JobSummary
from benchwright.kit.db import ReadSession
from benchwright.kit.pagination import PageRequest
from benchwright.projects.models import Project
from benchwright.runs import service as run_service
from benchwright.runs.models import Run
from benchwright.runs.schemas import RunSummary


class JobLine(NamedTuple):
    """A job with its newest run and how many there are."""

    job: JobSummary
    last_run: Run | None
    runs: int


class GroupLine(NamedTuple):
    """Runs that were started together."""

    group_id: uuid.UUID
    runs: int
    at: dt.datetime


def list_lines(
    session: ReadSession, project: Project, request: PageRequest, *, archived: bool = False
) -> tuple[list[JobLine], str | None]:
    """One page of a project's jobs with what became of them, and the cursor of the next."""
    found, cursor = repository.page(session, project.id, request, archived=archived)
    ids = [job.id for job in found]
    newest, counts = repository.newest_runs(session, ids), repository.count_runs(session, ids)
    summaries = service.summarise(found, project.slug)
    lines = [
        JobLine(summary, newest.get(job.id), counts.get(job.id, 0))
        for job, summary in zip(found, summaries, strict=True)
    ]
    return lines, cursor


def count_archived(session: ReadSession, project: Project) -> int:
    """How many jobs of a project are archived."""
    return repository.count_archived(session, project.id)


def last_runs(session: ReadSession, job: Job, limit: int) -> list[RunSummary]:
    """The newest runs of a job."""
    found = repository.runs_with(session, repository.last_runs(session, job.id, limit))
    return run_service.summarise_runs(session, found)


def recent_groups(session: ReadSession, job: Job, limit: int) -> Sequence[GroupLine]:
    """The newest groups of a job."""
    return [GroupLine(*row) for row in repository.recent_groups(session, job.id, limit)]
