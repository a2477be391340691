"""JSON of what runs now."""

from __future__ import annotations

import uuid

from fastapi import APIRouter, Depends

from benchwright.access.scopes import requires
from benchwright.activity import service
from benchwright.activity.schemas import Activity
from benchwright.kit.db import after_commit
from benchwright.lab import LabDep, ReadSessionDep, WriteSessionDep
from benchwright.runs import service as runs
from benchwright.runs.schemas import RunView

router = APIRouter(prefix="/api/v1", tags=["runs"])


@router.get("/activity", dependencies=[Depends(requires("read"))])
def get_activity(session: ReadSessionDep, lab: LabDep) -> Activity:
    """Shows what runs now, with deadlines and retries, and whether the server's loops do their work."""
    return service.view_activity(session, lab)


@router.post("/runs/{run_id}/collect", dependencies=[Depends(requires("run"))])
def collect_again(session: WriteSessionDep, lab: LabDep, run_id: uuid.UUID) -> RunView:
    """Has collecting the run's results tried again at once, after it failed."""
    run = runs.get_run(session, run_id)
    runs.collect_again(session, run)
    after_commit(session, lab.wake)
    return runs.view_run(session, run)
