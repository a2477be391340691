"""JSON routes of the logs of runs."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import FileResponse

from benchwright.access.scopes import Scope, requires
from benchwright.executors.log_times import read_times
from benchwright.kit.db import ReadSession
from benchwright.lab import Lab, LabDep, ReadSessionDep
from benchwright.runs import service
from benchwright.runs.folder import RunFolder
from benchwright.runs.log_files import find_log, list_logs
from benchwright.runs.logreader import MAX_PART_BYTES, read_lines, read_log
from benchwright.runs.logsearch import find_errors, find_text
from benchwright.runs.schemas import LogFileView, LogLines, LogMatches, LogPart, LogTimes

router = APIRouter(prefix="/api/v1/runs", tags=["runs"])

READ = [Depends(requires(Scope.READ))]
MAX_TIMES = 5000
NS_PER_MS = 1_000_000

FileQuery = Annotated[
    str,
    Query(
        max_length=300,
        description="A log that the workload wrote itself, by its name in `…/logs`.",
    ),
]


@router.get("/{run_id}/logs", dependencies=READ)
def list_log_files(lab: LabDep, session: ReadSessionDep, run_id: uuid.UUID) -> list[LogFileView]:
    """Lists the run's logs: what its workload printed, and the logs that it wrote itself."""
    run = service.get_run(session, run_id)
    logs = list_logs(RunFolder.of(lab.settings.data_dir, run.public_id))
    return [LogFileView.model_validate(log) for log in logs]


@router.get("/{run_id}/log", dependencies=READ)
def get_log(
    lab: LabDep,
    session: ReadSessionDep,
    run_id: uuid.UUID,
    offset: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=16, le=MAX_PART_BYTES)] = 64 * 1024,
    file: FileQuery = "",
) -> LogPart:
    """Reads a piece of the run's log."""
    run = service.get_run(session, run_id)
    path = find_log(RunFolder.of(lab.settings.data_dir, run.public_id), file)
    return read_log(path, offset, limit, ended=run.state.is_final)


@router.get("/{run_id}/log/lines", dependencies=READ)
def get_log_lines(
    lab: LabDep,
    session: ReadSessionDep,
    run_id: uuid.UUID,
    line: Annotated[int | None, Query(ge=1, le=10**12)] = None,
    before: Annotated[int | None, Query(ge=0, le=10**15)] = None,
    after: Annotated[int, Query(ge=0, le=10**15)] = 0,
    limit: Annotated[int, Query(ge=16, le=MAX_PART_BYTES)] = 64 * 1024,
    file: FileQuery = "",
) -> LogLines:
    """Reads whole lines of the run's log: from a line, before an offset, or after one."""
    path = _path(lab, session, run_id, file)
    return read_lines(path, limit, line=line, before=before, after=after)


@router.get("/{run_id}/log/times", dependencies=READ)
def get_log_times(
    lab: LabDep,
    session: ReadSessionDep,
    run_id: uuid.UUID,
    line: Annotated[int, Query(ge=1, le=10**12)] = 1,
    count: Annotated[int, Query(ge=1, le=MAX_TIMES)] = 500,
    file: FileQuery = "",
) -> LogTimes:
    """Tells when lines of the run's log were printed and on which stream, where that was noted."""
    times = read_times(_path(lab, session, run_id, file), line, count)
    return LogTimes(
        first_line=line,
        times_ms=[one.time_ns // NS_PER_MS if one.time_ns else None for one in times],
        error_lines=[number for number, one in enumerate(times, line) if one.is_stderr],
    )


@router.get("/{run_id}/log/matches", dependencies=READ)
def find_in_log(
    lab: LabDep,
    session: ReadSessionDep,
    run_id: uuid.UUID,
    q: Annotated[str, Query(max_length=200)] = "",
    match_case: Annotated[bool, Query()] = False,  # noqa: FBT002 - read from the address
    file: FileQuery = "",
) -> LogMatches:
    """Finds the lines of the run's log with a text; without one, those that report an error."""
    path = _path(lab, session, run_id, file)
    return find_text(path, q, match_case=match_case) if q else find_errors(path)


@router.get("/{run_id}/log.txt", dependencies=READ, response_class=Response)
def download_log(
    lab: LabDep, session: ReadSessionDep, run_id: uuid.UUID, file: FileQuery = ""
) -> Response:
    """Downloads the run's log as it is."""
    path = _path(lab, session, run_id, file)
    if not path.is_file():
        return Response("", media_type="text/plain; charset=utf-8")
    return FileResponse(path, media_type="text/plain; charset=utf-8")


def _path(lab: Lab, session: ReadSession, run_id: uuid.UUID, file: str) -> Path:
    run = service.get_run(session, run_id)
    return find_log(RunFolder.of(lab.settings.data_dir, run.public_id), file)
