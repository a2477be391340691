"""What the page of a run can do about its report."""

from __future__ import annotations

import uuid

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from benchwright.access.scopes import Scope, requires
from benchwright.lab import LabDep, WriteSessionDep
from benchwright.projects import service as projects
from benchwright.runs import service as runs
from benchwright.tracking import service
from benchwright.web.flash import flash
from benchwright.web.rendering import redirect

router = APIRouter(prefix="/p/{slug}/runs", include_in_schema=False)


@router.post("/{run_id}/mlflow", dependencies=[Depends(requires(Scope.RUN))])
def report_run(
    request: Request, lab: LabDep, session: WriteSessionDep, slug: str, run_id: uuid.UUID
) -> Response:
    """Has the run reported at once."""
    project = projects.get_project(session, slug)
    run = runs.get_run(session, run_id, project)
    service.report_again(session, run, lab.settings.tracking)
    response = redirect(request, f"/p/{slug}/runs/{run_id}")
    flash(response, "The run is being reported to MLflow.")
    return response
