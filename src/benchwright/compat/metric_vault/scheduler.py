"""Routes of the scheduler: the load tests that have not ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path

from benchwright.access.scopes import Scope, requires
from benchwright.compat.metric_vault.envelope import Envelope, VaultRoute
from benchwright.compat.metric_vault.names import find_run, job_name
from benchwright.kit.db import ReadSession, after_commit
from benchwright.kit.errors import BadRequest, Conflict, NotFound
from benchwright.kit.unicode import STORABLE
from benchwright.lab import LabDep, ReadSessionDep, WriteSessionDep
from benchwright.runs import lookup_repository as lookup
from benchwright.runs.models import Run
from benchwright.runs.service import collect_again, request_stop
from benchwright.runs.state import RunKind, RunState, StopReason

router = APIRouter(prefix="/scheduler", tags=["metric vault"], route_class=VaultRoute)

READ = [Depends(requires(Scope.READ))]
RUN = [Depends(requires(Scope.RUN))]

JobName = Annotated[str, Path(max_length=200, pattern=STORABLE)]

STATUS_WORDS: Mapping[RunState, str] = {
    RunState.QUEUED: "Unknown",
    RunState.LAUNCHING: "Unknown",
    RunState.RUNNING: "Running",
    RunState.COLLECTING: "Running",
    RunState.SUCCEEDED: "Succeeded",
    RunState.FAILED: "Failed",
    RunState.STOPPED: "Failed",
    RunState.TIMED_OUT: "Failed",
    RunState.LOST: "Unknown",
}
"""A job that has not begun has none of the words of Metric Vault but `Unknown`."""


@router.get("/jobs", dependencies=READ)
def list_jobs(session: ReadSessionDep) -> Envelope:
    """Lists the load tests that have not ended, oldest first."""
    return Envelope(
        data=[
            {
                "name": job_name(run),
                "job_name": job_name(run),
                "original_job_name": job_name(run),
                "status": STATUS_WORDS[run.state],
                "start_time": run.started_at,
                "completion_time": run.ended_at,
                "labels": {"app": "k6-runner", "original-job-name": job_name(run)},
                **_incomplete(run),
            }
            for run in lookup.list_unfinished(session, RunKind.LOAD_TEST)
        ]
    )


@router.get("/status", dependencies=READ)
def get_status(lab: LabDep, session: ReadSessionDep) -> Envelope:
    """Shows whether runs are driven, and those that have not ended."""
    is_running = not lab.closing.is_set()
    incomplete = lookup.list_unfinished(session, RunKind.LOAD_TEST)
    return Envelope(
        data={
            "scheduler": {
                "is_running": is_running,
                "poll_interval": lab.settings.runs.poll_interval_s,
                "retry_jobs": {
                    job_name(run): run.collect_attempts
                    for run in incomplete
                    if run.collect_attempts
                },
                "thread_alive": is_running,
            },
            "incomplete_jobs": [_incomplete(run) for run in incomplete],
            "incomplete_count": len(incomplete),
        }
    )


@router.post("/restart", dependencies=RUN)
def restart(lab: LabDep) -> Envelope:
    """Has all runs looked at at once; there is nothing that would need a restart."""
    lab.wake()
    return Envelope()


@router.post("/force-process/{job_name}", dependencies=RUN)
def force_process(lab: LabDep, session: WriteSessionDep, job_name: JobName) -> Envelope:
    """Has a run looked at at once, and its results collected if its work is over."""
    run = _find(session, job_name)
    if run.state is RunState.COLLECTING:
        collect_again(session, run)
    after_commit(session, lab.wake)
    return Envelope()


@router.post("/suspend/{job_name}", dependencies=RUN)
@router.post("/resume/{job_name}", dependencies=RUN)
def refuse_pause(session: ReadSessionDep, job_name: JobName) -> Envelope:
    """Answers 400: a load that paused measures nothing that could be compared."""
    _find(session, job_name)
    raise BadRequest("A load test cannot be paused; stop it and start another.")


@router.delete("/stop/{job_name}", dependencies=RUN)
def stop(lab: LabDep, session: WriteSessionDep, job_name: JobName) -> Envelope:
    """Asks a run to end; what it measured so far counts. 400 if it has ended already."""
    run = _find(session, job_name)
    if run.state.is_final:
        raise Conflict("The run has ended already.")
    request_stop(session, run, StopReason.USER, "Stopped through the interface of Metric Vault")
    after_commit(session, lab.wake)
    return Envelope()


def _find(session: ReadSession, name: str) -> Run:
    run = find_run(session, name)
    if run is None:
        raise NotFound(f"There is no job {name[:100]}.")
    return run


def _incomplete(run: Run) -> dict[str, Any]:
    return {
        "job_name": job_name(run),
        "title": run.name,
        "tested_at": run.started_at or run.created_at,
        "scenario_count": len(run.spec.get("scenarios", [])),
    }
