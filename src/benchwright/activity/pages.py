"""The page of what runs now."""

from __future__ import annotations

import uuid

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from benchwright.access.scopes import Scope, known_principal, requires
from benchwright.activity import service
from benchwright.activity.schemas import Activity
from benchwright.kit.db import after_commit
from benchwright.lab import LabDep, ReadSessionDep, WriteSessionDep
from benchwright.runs import service as runs
from benchwright.web.rendering import redirect, render

router = APIRouter(prefix="/activity", include_in_schema=False)

READ = [Depends(requires(Scope.READ))]
RUN = [Depends(requires(Scope.RUN))]


@router.get("", dependencies=READ)
def show_activity(request: Request, lab: LabDep, session: ReadSessionDep) -> HTMLResponse:
    """What runs now, for those who look after the server."""
    context = {
        "activity": service.view_activity(session, lab),
        "may_run": known_principal(request).may(Scope.RUN),
    }
    return render(request, "activity/page.html", context, here="activity")


@router.get(".json", dependencies=READ)
def get_activity(lab: LabDep, session: ReadSessionDep) -> Activity:
    """The same as JSON."""
    return service.view_activity(session, lab)


@router.post("/runs/{run_id}/collect", dependencies=RUN)
def collect_again(
    request: Request, lab: LabDep, session: WriteSessionDep, run_id: uuid.UUID
) -> Response:
    """Has collecting a run's results tried again at once."""
    runs.collect_again(session, runs.get_run(session, run_id))
    after_commit(session, lab.wake)
    return redirect(request, "/activity")
