"""The button of a run's page that runs the same once more."""

from __future__ import annotations

import uuid
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from benchwright.access.principal import Principal
from benchwright.access.scopes import Scope, requires
from benchwright.kit.db import after_commit
from benchwright.kit.errors import NotFound, Problem
from benchwright.lab import LabDep
from benchwright.loadtests.rerun import prepare_again
from benchwright.projects import service as projects
from benchwright.runs import service as runs
from benchwright.web.flash import flash
from benchwright.web.rendering import redirect

router = APIRouter(prefix="/p/{slug}/runs", include_in_schema=False)


@router.post("/{run_id}/again")
def run_again(
    request: Request,
    lab: LabDep,
    principal: Annotated[Principal, Depends(requires(Scope.RUN))],
    slug: str,
    run_id: uuid.UUID,
) -> Response:
    """Queues a run of the same and shows it; where it cannot start, says why."""
    with lab.database.read() as session:
        project = projects.get_project(session, slug)
        run = runs.get_run(session, run_id)
        if run.project_id != project.id:
            raise NotFound(f"There is no run {run_id} in this project.")
        try:
            start = prepare_again(session, lab, principal, run)
        except Problem as problem:
            response = redirect(request, f"/p/{slug}/runs/{run_id}")
            details = "; ".join(error["message"] for error in getattr(problem, "errors", []))
            flash(response, f"{problem.detail} {details}".strip(), "bad")
            return response
    with lab.database.write() as session:
        started = start(session)
        after_commit(session, lab.wake)
        started_id = started.public_id
    return redirect(request, f"/p/{slug}/runs/{started_id}")
