"""Pages of kept jobs: the list, one with its runs, and what is done with it."""

from __future__ import annotations

import uuid
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, Response

from benchwright.access.principal import Principal
from benchwright.access.scopes import Scope, known_principal, requires
from benchwright.jobs import history, permission, service, starting
from benchwright.jobs.description import JobDescription
from benchwright.jobs.examples import EXAMPLES
from benchwright.jobs.models import Job
from benchwright.jobs.plan_yaml import write_plan
from benchwright.jobs.schemas import JobSummary, JobView
from benchwright.jobs.typed_values import MAX_VALUES, read_values, scalar_text
from benchwright.kit.db import ReadSession, after_commit
from benchwright.kit.downloads import file_name, save_as
from benchwright.kit.errors import Invalid, NotFound, Problem
from benchwright.kit.pagination import Page, PageRequest
from benchwright.kit.threads import in_thread
from benchwright.lab import Lab, LabDep, ReadSessionDep, WriteSessionDep
from benchwright.metrics.glance import glance
from benchwright.projects import service as projects
from benchwright.projects.models import Project
from benchwright.runs.presentation import list_lines
from benchwright.web.flash import flash
from benchwright.web.rendering import Url, redirect, render

router = APIRouter(prefix="/p/{slug}/jobs", include_in_schema=False)

READ = [Depends(requires(Scope.READ))]
WRITE = [Depends(requires(Scope.WRITE))]
MayRun = Annotated[Principal, Depends(requires(Scope.RUN))]
Cursor = Annotated[str | None, Query(max_length=64)]
Tab = Literal["runs", "plan"]

SHOWN_JOBS = 50
SHOWN_RUNS = 20
SHOWN_GROUPS = 5


@router.get("", dependencies=READ)
def show_jobs(
    request: Request,
    session: ReadSessionDep,
    slug: str,
    cursor: Cursor = None,
    *,
    archived: bool = False,
) -> HTMLResponse:
    """The kept jobs of a project, or what to begin with."""
    project = projects.get_project(session, slug)
    page = PageRequest(cursor=cursor, limit=SHOWN_JOBS)
    lines, following = history.list_lines(session, project, page, archived=archived)
    context = {
        "project": project,
        "lines": lines,
        "examples": EXAMPLES,
        "is_archive": archived,
        "archived_count": history.count_archived(session, project),
        "next_address": Url(request)(
            "/p", slug, "jobs", cursor=following, archived="true" if archived else None
        )
        if following
        else None,
    }
    return render(request, "jobs/list.html", context, project=slug, here="jobs")


@router.get(".json", dependencies=READ)
def list_jobs(
    session: ReadSessionDep, slug: str, cursor: Cursor = None, *, archived: bool = False
) -> Page[JobSummary]:
    """The same as JSON."""
    page = PageRequest(cursor=cursor, limit=SHOWN_JOBS)
    items, following = service.list_jobs(session, slug, page, archived=archived)
    return Page(items=items, next_cursor=following)


@router.get("/{kept_id}.json", dependencies=READ)
def get_job(session: ReadSessionDep, slug: str, kept_id: uuid.UUID) -> JobView:
    """The same as JSON."""
    return service.view_job(session, find_job(session, slug, kept_id)[1])


@router.get("/{kept_id}.yaml", dependencies=READ)
def get_plan(session: ReadSessionDep, slug: str, kept_id: uuid.UUID) -> Response:
    """The plan as a file, for the command line."""
    _, job = find_job(session, slug, kept_id)
    headers = save_as(file_name(job.name, "yaml", "job"))
    return Response(write_plan(job.plan), media_type="application/yaml", headers=headers)


@router.get("/{kept_id}", dependencies=READ)
def show_job(
    request: Request,
    lab: LabDep,
    session: ReadSessionDep,
    slug: str,
    kept_id: uuid.UUID,
    tab: Tab = "runs",
) -> HTMLResponse:
    """A job with its runs or its plan."""
    project, job = find_job(session, slug, kept_id)
    return _show_job(request, lab, session, project, job, tab)


@router.post("/{kept_id}/run")
async def run_job(
    request: Request, lab: LabDep, principal: MayRun, slug: str, kept_id: uuid.UUID
) -> Response:
    """Starts it, with other values of its parameters if some were written."""
    async with request.form(max_fields=2 * MAX_VALUES, max_files=0) as sent:
        texts = {name: value for name, value in sent.items() if isinstance(value, str)}
    return await in_thread(_run, request, lab, principal, slug, kept_id, texts)


@router.post("/{kept_id}/duplicate", dependencies=WRITE)
def duplicate_job(
    request: Request, session: WriteSessionDep, slug: str, kept_id: uuid.UUID
) -> Response:
    """Makes a job that does the same, and shows it."""
    _, job = find_job(session, slug, kept_id)
    copy = service.duplicate_job(session, job)
    response = redirect(request, f"/p/{slug}/jobs/{copy.public_id}")
    flash(response, "This is the copy. Its history begins with its first run.")
    return response


@router.post("/{kept_id}/archive", dependencies=WRITE)
def archive_job(
    request: Request, session: WriteSessionDep, slug: str, kept_id: uuid.UUID
) -> Response:
    """Takes the job out of the list."""
    _, job = find_job(session, slug, kept_id)
    service.archive_job(session, job)
    response = redirect(request, f"/p/{slug}/jobs")
    flash(response, f"“{job.name}” is archived. Its runs stay.")
    return response


@router.post("/{kept_id}/restore", dependencies=WRITE)
def restore_job(
    request: Request, session: WriteSessionDep, slug: str, kept_id: uuid.UUID
) -> Response:
    """Brings it back."""
    _, job = find_job(session, slug, kept_id)
    service.restore_job(session, job)
    return redirect(request, f"/p/{slug}/jobs/{kept_id}")


def find_job(session: ReadSession, slug: str, kept_id: uuid.UUID) -> tuple[Project, Job]:
    """The job with its project; raises `NotFound`, also for one of another project."""
    project = projects.get_project(session, slug)
    job = service.get_job(session, kept_id)
    if job.project_id != project.id:
        raise NotFound("This project has no such job.")
    return project, job


def _run(
    request: Request,
    lab: Lab,
    principal: Principal,
    slug: str,
    kept_id: uuid.UUID,
    texts: dict[str, str],
) -> Response:
    try:
        with lab.database.read() as session:
            project, job = find_job(session, slug, kept_id)
            plan = service.plan_of(job)
            permission.check_allowed(lab.settings, principal, plan)
            values = read_values(job.plan, texts)
            prepared = starting.prepare_job(session, lab, plan, project, job, parameters=values)
    except NotFound:
        raise
    except Problem as problem:
        with lab.database.read() as session:
            project, job = find_job(session, slug, kept_id)
            return _show_job(request, lab, session, project, job, "runs", problem, texts)
    with lab.database.write() as session:
        started = starting.start_prepared(session, prepared)
        after_commit(session, lab.wake)
        if prepared.group_id is not None:
            return redirect(request, f"/p/{slug}/jobs/groups/{prepared.group_id}")
        return redirect(request, f"/p/{slug}/runs/{started[0].public_id}")


def _show_job(
    request: Request,
    lab: Lab,
    session: ReadSession,
    project: Project,
    job: Job,
    tab: Tab,
    problem: Problem | None = None,
    texts: dict[str, str] | None = None,
) -> HTMLResponse:
    summaries = history.last_runs(session, job, SHOWN_RUNS)
    values = {**job.plan.get("parameters", {}), **job.plan.get("matrix", {})}
    context: dict[str, Any] = {
        "project": project,
        "job": service.view_job(session, job),
        "facts": JobDescription().view_wish(job.plan),
        "plan": write_plan(job.plan),
        "runs": summaries,
        "run_lines": list_lines(summaries, lambda run_id: glance(lab.live, run_id)),
        "groups": history.recent_groups(session, job, SHOWN_GROUPS),
        "tab": tab,
        "values": {
            name: (texts or {}).get(f"p.{name}", scalar_text(value))
            for name, value in values.items()
        },
        "problem": problem,
        "errors": problem.errors if isinstance(problem, Invalid) else [],
        "may_write": known_principal(request).may(Scope.WRITE),
    }
    status = problem.status if problem is not None else 200
    return render(
        request, "jobs/page.html", context, project=project.slug, here="jobs", status=status
    )
