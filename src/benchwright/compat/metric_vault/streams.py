"""Routes that stream the figures of a job."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request

from benchwright.access import service as access
from benchwright.access.principal import Principal
from benchwright.access.scopes import Scope, requires
from benchwright.compat.metric_vault.envelope import VaultRoute
from benchwright.compat.metric_vault.feed import PARTS, Include, JobFeeds, failure
from benchwright.compat.metric_vault.names import find_run
from benchwright.kit.sse import EventStream
from benchwright.kit.threads import in_thread
from benchwright.kit.unicode import STORABLE
from benchwright.lab import Lab, LabDep
from benchwright.runs import lookup_repository as lookup
from benchwright.runs.state import RunKind

router = APIRouter(prefix="/sse", tags=["metric vault"], route_class=VaultRoute)

MayRead = Annotated[Principal, Depends(requires(Scope.READ))]
Wanted = Annotated[
    str,
    Query(max_length=40, description="`all`, `k6_only` or `resources_only`; others count as all."),
]
STREAM: dict[int | str, dict[str, Any]] = {200: {"content": {"text/event-stream": {}}}}


@router.get("/k6data/{job_name}", status_code=200, response_class=EventStream, responses=STREAM)
async def stream_job(
    request: Request,
    lab: LabDep,
    principal: MayRead,
    job_name: Annotated[str, Path(max_length=200, pattern=STORABLE)],
    include: Wanted = "all",
) -> EventStream:
    """Streams the figures of a job every five seconds, until its last event says it is complete."""
    return await _stream(request, lab, principal, job_name, include)


@router.get("/k6-data", status_code=200, response_class=EventStream, responses=STREAM)
async def stream_newest(
    request: Request,
    lab: LabDep,
    principal: MayRead,
    job_name: Annotated[str | None, Query(max_length=200, pattern=STORABLE)] = None,
    include: Wanted = "all",
) -> EventStream:
    """Streams the figures of a job; of the newest that has not ended if none is named."""
    return await _stream(request, lab, principal, job_name, include)


async def _stream(
    request: Request, lab: Lab, principal: Principal, job_name: str | None, include: str
) -> EventStream:
    feeds: JobFeeds = request.app.state.metric_vault_feeds
    run_id = await in_thread(_find, lab, job_name)
    if run_id is None:
        reason = f"There is no job {job_name}." if job_name else "No load test is running."
        return EventStream(_failed(reason))
    feeds.check_room()

    async def is_allowed() -> bool:
        return await in_thread(_may_still_read, lab, principal)

    wanted: Include = include if include in PARTS else "all"
    return EventStream(feeds.stream(run_id, wanted, is_allowed))


async def _failed(reason: str) -> AsyncGenerator[bytes]:
    yield failure(reason)


def _find(lab: Lab, job_name: str | None) -> UUID | None:
    with lab.database.read() as session:
        if job_name is not None:
            run = find_run(session, job_name)
        else:
            unfinished = lookup.list_unfinished(session, RunKind.LOAD_TEST)
            run = unfinished[-1] if unfinished else None
        return run.public_id if run is not None else None


def _may_still_read(lab: Lab, principal: Principal) -> bool:
    with lab.database.read() as session:
        return access.is_valid(session, principal)
