"""JSON routes of the files that runs left behind."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from fastapi import APIRouter, Depends, Response
from fastapi.responses import FileResponse, StreamingResponse

from benchwright.access.scopes import Scope, requires
from benchwright.datasets.archive import zip_chunks
from benchwright.kit.downloads import file_name, save_as
from benchwright.kit.enclosed import Found, open_file
from benchwright.kit.errors import NotFound
from benchwright.lab import LabDep, ReadSessionDep
from benchwright.runs import service
from benchwright.runs.folder import RunFolder
from benchwright.runs.schemas import ArtifactView

router = APIRouter(prefix="/api/v1/runs", tags=["runs"])

READ = [Depends(requires(Scope.READ))]
# Never sniffed, and without any right where a browser shows it: a workload may write what it likes.
SANDBOX = "sandbox; default-src 'none'"
STYLED = f"{SANDBOX}; style-src 'unsafe-inline'"
"""Plots that programs draw have a style in each element, and nothing else of it can act."""


@router.get("/{run_id}/artifacts", dependencies=READ)
def list_artifacts(session: ReadSessionDep, run_id: uuid.UUID) -> list[ArtifactView]:
    """Lists the files that the run left behind."""
    return service.view_artifacts(session, service.get_run(session, run_id))


@router.get("/{run_id}/artifacts.zip", dependencies=READ, response_class=Response)
def download_artifacts(
    lab: LabDep, session: ReadSessionDep, run_id: uuid.UUID
) -> StreamingResponse:
    """Downloads all files that the run left behind as one zip file."""
    run = service.get_run(session, run_id)
    folder = RunFolder.of(lab.settings.data_dir, run.public_id)
    files = service.view_artifacts(session, run)
    return StreamingResponse(
        zip_chunks(folder.root.parent, folder.root.name, _found(folder, files)),
        media_type="application/zip",
        headers=save_as(file_name(run.name[:60], "zip", "run")),
    )


@router.get("/{run_id}/artifacts/{path:path}", dependencies=READ, response_class=FileResponse)
def download_artifact(
    lab: LabDep, session: ReadSessionDep, run_id: uuid.UUID, path: str
) -> FileResponse:
    """Downloads one file; only listed ones can be named."""
    run = service.get_run(session, run_id)
    artifact = next((a for a in service.view_artifacts(session, run) if a.path == path), None)
    root = RunFolder.of(lab.settings.data_dir, run.public_id).root
    if artifact is None or not _is_file(root, artifact.path):
        raise NotFound("The run has no such file.")
    file = root / artifact.path
    return FileResponse(
        file,
        media_type=artifact.media_type,
        filename=file.name,
        headers={
            "Content-Security-Policy": STYLED if artifact.media_type == "image/svg+xml" else SANDBOX
        },
    )


def _is_file(root: Path, path: str) -> bool:
    """Whether it still is one, and no link on the way to it."""
    try:
        open_file(root, PurePosixPath(path).parts).close()
    except OSError:
        return False
    return True


def _found(folder: RunFolder, files: list[ArtifactView]) -> Iterator[Found]:
    for file in files:
        parts = PurePosixPath(file.path).parts
        try:
            facts = (folder.root / file.path).stat(follow_symlinks=False)
        except OSError:
            continue  # it was deleted since the run was collected
        yield Found(parts, facts.st_size, facts.st_mtime_ns)
