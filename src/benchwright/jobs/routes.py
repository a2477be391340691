"""JSON routes of jobs."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from benchwright.access.principal import Principal
from benchwright.access.scopes import requires
from benchwright.jobs import groups, permission, service, starting
from benchwright.jobs.matrix import with_host
from benchwright.jobs.previewing import preview_job
from benchwright.jobs.rerun import prepare_rerun
from benchwright.jobs.schemas import (
    GroupView,
    JobPreview,
    JobStart,
    JobSummary,
    JobView,
    JobWrite,
    PlanSource,
    PlanStart,
    StartedJob,
    StartedJobRun,
)
from benchwright.kit.db import ReadSession, after_commit
from benchwright.kit.downloads import save_as
from benchwright.kit.idempotency import Idempotent, answer_once, kept_answer
from benchwright.kit.pagination import Page, PageRequest, page_request
from benchwright.lab import Lab, LabDep, ReadSessionDep, WriteSessionDep
from benchwright.projects import service as projects
from benchwright.runs.models import Run

router = APIRouter(prefix="/api/v1", tags=["jobs"])

READ = [Depends(requires("read"))]
WRITE = [Depends(requires("write"))]
MayRead = Annotated[Principal, Depends(requires("read"))]
MayRun = Annotated[Principal, Depends(requires("run"))]


@router.get("/projects/{slug}/jobs", dependencies=READ)
def list_jobs(
    session: ReadSessionDep,
    slug: str,
    request: Annotated[PageRequest, Depends(page_request)],
    *,
    archived: Annotated[bool, Query(description="The archived ones instead.")] = False,
) -> Page[JobSummary]:
    """Lists a project's jobs, newest first."""
    items, cursor = service.list_jobs(session, slug, request, archived=archived)
    return Page(items=items, next_cursor=cursor)


@router.post("/projects/{slug}/jobs", status_code=201, dependencies=WRITE)
def create_job(session: WriteSessionDep, slug: str, wish: JobWrite) -> JobView:
    """Keeps a plan, to be run again."""
    job = service.create_job(session, slug, service.read_plan(wish), wish.description)
    return service.view_job(session, job)


@router.post("/projects/{slug}/jobs/preview")
def preview(
    lab: LabDep, session: ReadSessionDep, principal: MayRead, slug: str, source: PlanSource
) -> JobPreview:
    """Shows what a plan would start and where, or what is wrong with it by field and line."""
    project = projects.get_project(session, slug)
    return preview_job(session, lab, principal, project, source)


@router.post("/projects/{slug}/job-runs", status_code=201, response_model=StartedJob)
def start_plan(
    lab: LabDep, principal: MayRun, idempotent: Idempotent, slug: str, wish: PlanStart
) -> Response:
    """Queues the runs of a plan that is not kept."""
    plan = with_host(service.read_plan(wish), wish.host)
    permission.check_allowed(lab.settings, principal, plan)

    def prepare(session: ReadSession) -> starting.PreparedJob:
        project = projects.get_project(session, slug)
        return starting.prepare_job(session, lab, plan, project, parameters=wish.parameters)

    return _start(lab, idempotent, prepare)


@router.get("/jobs/{kept_id}", dependencies=READ)
def get_job(session: ReadSessionDep, kept_id: uuid.UUID) -> JobView:
    """Shows a job with its plan."""
    return service.view_job(session, service.get_job(session, kept_id))


@router.put("/jobs/{kept_id}", dependencies=WRITE)
def update_job(session: WriteSessionDep, kept_id: uuid.UUID, wish: JobWrite) -> JobView:
    """Replaces a plan; runs that were started keep theirs."""
    job = service.get_job(session, kept_id)
    service.update_job(session, job, service.read_plan(wish), wish.description)
    return service.view_job(session, job)


@router.delete("/jobs/{kept_id}", status_code=204, dependencies=WRITE)
def archive_job(session: WriteSessionDep, kept_id: uuid.UUID) -> None:
    """Archives a job: it leaves the list, its runs stay."""
    service.archive_job(session, service.get_job(session, kept_id))


@router.post("/jobs/{kept_id}/restore", dependencies=WRITE)
def restore_job(session: WriteSessionDep, kept_id: uuid.UUID) -> JobView:
    """Brings an archived job back."""
    job = service.get_job(session, kept_id)
    service.restore_job(session, job)
    return service.view_job(session, job)


@router.post("/jobs/{kept_id}/duplicate", status_code=201, dependencies=WRITE)
def duplicate_job(session: WriteSessionDep, kept_id: uuid.UUID) -> JobView:
    """Makes a job that does the same under another name."""
    job = service.get_job(session, kept_id)
    return service.view_job(session, service.duplicate_job(session, job))


@router.post("/jobs/{kept_id}/runs", status_code=201, response_model=StartedJob)
def start_job(
    lab: LabDep,
    principal: MayRun,
    idempotent: Idempotent,
    kept_id: uuid.UUID,
    wish: JobStart | None = None,
) -> Response:
    """Queues the runs of a kept job: one, or one for each combination of its matrix."""
    asked = wish or JobStart()

    def prepare(session: ReadSession) -> starting.PreparedJob:
        job = service.get_job(session, kept_id)
        plan = with_host(service.plan_of(job), asked.host)
        permission.check_allowed(lab.settings, principal, plan)
        project = service.project_of(session, job)
        return starting.prepare_job(session, lab, plan, project, job, parameters=asked.parameters)

    return _start(lab, idempotent, prepare)


@router.get("/job-groups/{group_id}", dependencies=READ)
def get_group(session: ReadSessionDep, group_id: uuid.UUID) -> GroupView:
    """Shows the runs of a matrix with their parameters and figures, and which is best in what."""
    return groups.view_group(session, groups.find_group(session, group_id))


@router.get(
    "/job-groups/{group_id}/csv",
    dependencies=READ,
    response_class=Response,
    responses={200: {"content": {"text/csv": {}}}},
)
def get_group_csv(session: ReadSessionDep, group_id: uuid.UUID) -> Response:
    """Downloads the same as a table, a line for each run."""
    view = groups.view_group(session, groups.find_group(session, group_id))
    headers = save_as(f"group-{group_id}.csv")
    return Response(groups.as_csv(view), media_type="text/csv; charset=utf-8", headers=headers)


@router.post("/job-groups/{group_id}/stop", dependencies=[Depends(requires("run"))])
def stop_group(lab: LabDep, session: WriteSessionDep, group_id: uuid.UUID) -> GroupView:
    """Asks all unfinished runs of a group to end."""
    group = groups.find_group(session, group_id)
    groups.stop_group(session, group)
    after_commit(session, lab.wake)
    return groups.view_group(session, group)


@router.post("/job-groups/{group_id}/again", status_code=201, response_model=StartedJob)
def run_group_again(
    lab: LabDep,
    principal: MayRun,
    idempotent: Idempotent,
    group_id: uuid.UUID,
    *,
    failed: Annotated[bool, Query(description="Only those that did not succeed.")] = False,
) -> Response:
    """Runs the same once more as a new group: all, or those that did not succeed."""

    def prepare(session: ReadSession) -> starting.PreparedJob:
        group = groups.find_group(session, group_id)
        return prepare_rerun(
            session, lab, principal, groups.to_repeat(group, failed=failed), uuid.uuid4()
        )

    return _start(lab, idempotent, prepare)


def _start(
    lab: Lab, idempotent: Idempotent, prepare: Callable[[ReadSession], starting.PreparedJob]
) -> Response:
    # A matrix has much to be kept: that is done before the transaction begins.
    with lab.database.read() as session:
        if (earlier := kept_answer(session, idempotent)) is not None:
            return earlier
        prepared = prepare(session)
    with lab.database.write() as session:
        answer = answer_once(
            session, idempotent, lambda: _started(starting.start_prepared(session, prepared))
        )
    lab.wake()
    return answer


def _started(runs: Sequence[Run]) -> StartedJob:
    shown = [StartedJobRun.model_validate(run) for run in runs]
    return StartedJob(**shown[0].model_dump(), group_id=runs[0].group_id, runs=shown)
