"""JSON routes of the reports to MLflow."""

from __future__ import annotations

import uuid

from fastapi import APIRouter, Depends

from benchwright.access.scopes import Scope, requires
from benchwright.lab import LabDep, ReadSessionDep, WriteSessionDep
from benchwright.runs import service as runs
from benchwright.tracking import service
from benchwright.tracking.schemas import ReportView

router = APIRouter(prefix="/api/v1/runs/{run_id}/mlflow", tags=["runs"])


@router.get("", dependencies=[Depends(requires(Scope.READ))])
def get_report(lab: LabDep, session: ReadSessionDep, run_id: uuid.UUID) -> ReportView:
    """Tells whether the run has been reported to MLflow, and where it is to be found there."""
    return service.get_report(session, runs.get_run(session, run_id), lab.settings.tracking)


@router.post("", dependencies=[Depends(requires(Scope.RUN))], status_code=202)
def report_run(lab: LabDep, session: WriteSessionDep, run_id: uuid.UUID) -> ReportView:
    """Has the run reported to MLflow at once: one that waits, was given up, or is of another kind."""
    settings = lab.settings.tracking
    report = service.report_again(session, runs.get_run(session, run_id), settings)
    return service.view_report(report, settings)
