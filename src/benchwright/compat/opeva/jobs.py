"""The routes that tell of jobs, stop and delete them."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Depends, HTTPException, Response
from fastapi.responses import StreamingResponse

from benchwright.access.scopes import Scope, requires
from benchwright.compat.opeva import job_files, repository
from benchwright.compat.opeva.answers import OpevaRoute, json_answer
from benchwright.compat.opeva.facts import container_of, job_info
from benchwright.compat.opeva.keeping import KeeperDep, TrackKeeper
from benchwright.compat.opeva.names import parse_job_id
from benchwright.compat.opeva.repository import JobLine
from benchwright.compat.opeva.words import docker_word, status_word
from benchwright.kit.db import ReadSession
from benchwright.kit.errors import Conflict
from benchwright.kit.threads import in_thread
from benchwright.lab import Lab, LabDep, ReadSessionDep, WriteSessionDep
from benchwright.runs import removal, service
from benchwright.runs.folder import RunFolder
from benchwright.runs.state import RunState, StopReason

router = APIRouter(tags=["opeva"], route_class=OpevaRoute)

STOP_PATIENCE_S = 20.0
"""How long deleting waits for a job that was told to stop."""
POLL_S = 0.2
NO_LOG = "Log not found for container ID: {}\n"
PENDING = {"status": "pending", "message": "Result not ready yet."}
NO_PROGRESS = {"progress": "No updates yet."}
TEXT = "text/plain; charset=utf-8"


@router.get("/status/{job_id}", dependencies=[Depends(requires(Scope.READ))])
def read_status(session: ReadSessionDep, job_id: str) -> dict[str, Any]:
    """What a job does; beside the documented members, what is behind the word."""
    job = _find(session, job_id)
    has_container = container_of(job) is not None
    return {
        "job_id": job_id,
        "status": status_word(job.state),
        "state": job.state.value,
        "reason": job.reason,
        "exit_code": job.exit_code,
        "docker_status": docker_word(
            job.state, has_container=has_container, exit_code=job.exit_code
        ),
    }


@router.get("/result/{job_id}", dependencies=[Depends(requires(Scope.READ))])
def read_result(lab: LabDep, job_id: str) -> Response:
    """What the simulation left as its result."""
    return _document(lab, job_id, ("results", "result.json"), PENDING)


@router.get("/progress/{job_id}", dependencies=[Depends(requires(Scope.READ))])
def read_progress(lab: LabDep, job_id: str) -> Response:
    """What the simulation said last of how far it is."""
    return _document(lab, job_id, ("progress", "progress.json"), NO_PROGRESS)


@router.get("/logs/{job_id}", dependencies=[Depends(requires(Scope.READ))])
def read_log(lab: LabDep, session: ReadSessionDep, job_id: str) -> Response:
    """What the container printed so far."""
    job = _find(session, job_id)
    log = job_files.open_log(_folder(lab, job), job_id, of_workload=False)
    if log is None:
        return Response(NO_LOG.format(container_of(job)), media_type=TEXT)
    return StreamingResponse(job_files.chunks(log), media_type=TEXT)


@router.get("/file-logs/{job_id}", dependencies=[Depends(requires(Scope.READ))])
@router.get("/logs/file/{job_id}", dependencies=[Depends(requires(Scope.READ))])
def read_log_file(lab: LabDep, session: ReadSessionDep, job_id: str) -> Response:
    """The log file that the simulation writes itself."""
    folder = _folder(lab, _find(session, job_id))
    log = job_files.open_log(folder, job_id, of_workload=True)
    if log is None:
        found = (
            "Log file not found" if job_files.has_logs_folder(folder) else "Log folder not found"
        )
        raise HTTPException(404, f"{found} for job {job_id}")
    return StreamingResponse(job_files.chunks(log), media_type=TEXT)


@router.post("/stop/{job_id}", dependencies=[Depends(requires(Scope.RUN))])
def stop_job(lab: LabDep, session: WriteSessionDep, job_id: str) -> dict[str, str]:
    """Has a job stopped, without waiting for its end."""
    job = _find(session, job_id)
    run = service.get_run(session, job.public_id)
    try:
        service.request_stop(session, run, StopReason.USER, "Stopped by a client")
    except Conflict:  # there is nothing to stop any more
        return {"message": "not_found"}
    lab.wake()
    return {"message": "stopped"}


@router.get("/jobs", dependencies=[Depends(requires(Scope.READ))])
def list_jobs(lab: LabDep) -> Response:
    """All jobs, the oldest first."""
    with lab.database.read() as session:
        jobs = sorted(repository.list_jobs(session), key=lambda job: (job.created_at, job.id))
    return json_answer(
        [
            {"job_id": str(job.public_id), "status": status_word(job.state),
             "job_info": _info(lab, job)}
            for job in jobs
        ]
    )  # fmt: skip


@router.get("/job-info/{job_id}", dependencies=[Depends(requires(Scope.READ))])
def read_job_info(lab: LabDep, session: ReadSessionDep, job_id: str) -> Response:
    """What was noted of a job at its launch, and what the simulation added."""
    try:
        job = _find(session, job_id)
    except HTTPException:
        raise HTTPException(404, "Job info not found") from None
    return json_answer(_info(lab, job))


@router.delete("/job/{job_id}", dependencies=[Depends(requires(Scope.WRITE))])
async def delete_job(lab: LabDep, keeper: KeeperDep, job_id: str) -> dict[str, str]:
    """Deletes a job with its folder; one that was told to stop is waited for."""
    until = time.monotonic() + STOP_PATIENCE_S
    while True:
        is_last = time.monotonic() > until
        if await in_thread(_delete, lab, keeper, job_id, is_last=is_last):
            break
        await asyncio.sleep(POLL_S)
    return {"message": f"Job {job_id} deleted successfully"}


def _delete(lab: Lab, keeper: TrackKeeper, job_id: str, *, is_last: bool) -> bool:
    """Whether it is deleted; False while a job that was told to stop has not ended."""
    with lab.database.write() as session:
        job = _find(session, job_id)
        run = service.get_run(session, job.public_id)
        if not run.state.is_final and not is_last and _is_ending(run.state, run.stop_reason):
            return False
        removal.delete_one(lab, session, run)
    keeper.forget_deleted()
    return True


def _is_ending(state: RunState, stop_reason: StopReason | None) -> bool:
    return stop_reason is not None or state is RunState.COLLECTING


def _find(session: ReadSession, text: str) -> JobLine:
    job_id = parse_job_id(text)
    job = None if job_id is None else repository.find_job(session, job_id)
    if job is None:
        raise HTTPException(404, "Job not found")
    return job


def _folder(lab: Lab, job: JobLine) -> Path:
    return RunFolder.of(lab.settings.data_dir, job.public_id).root


def _info(lab: Lab, job: JobLine) -> dict[str, Any]:
    """The file's members before our own: what came with an inherited folder stays as it was."""
    known = job_info(job)
    return {**known, **job_files.read_object(_folder(lab, job), "job_info.json")}


def _document(lab: Lab, job_id: str, parts: tuple[str, ...], missing: dict[str, str]) -> Response:
    """A file of the job's folder; no id is unknown here, as there never was one."""
    try:
        with lab.database.read() as session:
            job = _find(session, job_id)
    except HTTPException:
        return json_answer(missing)
    value = job_files.read_document(_folder(lab, job), *parts)
    return json_answer(missing if value is job_files.NOTHING else value)
