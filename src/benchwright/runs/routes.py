"""JSON routes of runs, and their event stream."""

from __future__ import annotations

import uuid
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from pydantic import TypeAdapter, ValidationError

from benchwright.access import service as access
from benchwright.access.principal import Principal
from benchwright.access.scopes import Scope, ingest_for_run, requires
from benchwright.kit.db import after_commit
from benchwright.kit.errors import NotFound
from benchwright.kit.pagination import Page
from benchwright.kit.problems import invalid_from
from benchwright.kit.sse import EventStream
from benchwright.kit.threads import in_thread
from benchwright.lab import Lab, LabDep, ReadSessionDep, WriteSessionDep
from benchwright.projects import service as projects
from benchwright.runs import comparison, overlay, removal, service
from benchwright.runs.comparison import Comparison
from benchwright.runs.cursor import Cursor
from benchwright.runs.feed import is_at_end
from benchwright.runs.folder import RunFolder
from benchwright.runs.giving_up import give_up
from benchwright.runs.list_query import RunQueryDep
from benchwright.runs.models import Run
from benchwright.runs.overlay import Overlay, WithQuery
from benchwright.runs.progress import tell_progress
from benchwright.runs.run_filter import RunFilter
from benchwright.runs.schemas import (
    MAX_BATCH,
    ResultBatch,
    ResultsWritten,
    ResultView,
    ResultWrite,
    RunEventView,
    RunsDeleted,
    RunsDeletion,
    RunSummary,
    RunUpdate,
    RunView,
)
from benchwright.runs.state import StopReason

router = APIRouter(prefix="/api/v1/runs", tags=["runs"])

READ = [Depends(requires(Scope.READ))]
RUN = [Depends(requires(Scope.RUN))]
WRITE = [Depends(requires(Scope.WRITE))]
RESULTS_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["results"],
                    "additionalProperties": False,
                    "properties": {
                        "results": {
                            "type": "array",
                            "maxItems": MAX_BATCH,
                            "items": TypeAdapter(ResultWrite).json_schema(),
                        }
                    },
                }
            }
        },
    }
}
PARTS = frozenset({"state", "metrics", "log"})


@router.get("", dependencies=READ)
def list_runs(
    lab: LabDep,
    session: ReadSessionDep,
    asked: RunQueryDep,
    project: str | None = None,
) -> Page[RunSummary]:
    """Lists runs, newest first unless `sort` says otherwise."""
    project_id = projects.get_project(session, project).id if project else None
    found, cursor = service.list_runs(session, asked.narrow(project_id), asked.page, asked.sort)
    return Page(items=tell_progress(lab.progress, found), next_cursor=cursor)


@router.post("/delete", dependencies=WRITE)
def delete_runs(lab: LabDep, wish: RunsDeletion) -> RunsDeleted:
    """Deletes finished runs with all that belongs to them; pinned ones and those under way stay."""
    with lab.database.read() as session:
        narrow = RunFilter(ids=tuple(wish.ids))
        found = removal.measure(session, narrow)
    deleted = removal.delete_batch(lab, narrow, len(wish.ids))
    known = found.runs + found.pinned + found.under_way
    return RunsDeleted(
        deleted=deleted,
        pinned=found.pinned,
        under_way=found.under_way,
        unknown=len(set(wish.ids)) - known,
    )


@router.get("/{run_id}", dependencies=READ)
def get_run(lab: LabDep, session: ReadSessionDep, run_id: uuid.UUID) -> RunView:
    """Shows a run."""
    view = service.view_run(session, service.get_run(session, run_id))
    return tell_progress(lab.progress, [view])[0]


@router.patch("/{run_id}", dependencies=WRITE)
def update_run(session: WriteSessionDep, run_id: uuid.UUID, wish: RunUpdate) -> RunView:
    """Renames, annotates, tags or pins a run; tags replace those that it has."""
    run = service.get_run(session, run_id)
    service.update_run(session, run, wish)
    return service.view_run(session, run)


@router.delete("/{run_id}", status_code=204, dependencies=WRITE)
def delete_run(lab: LabDep, session: WriteSessionDep, run_id: uuid.UUID) -> None:
    """Deletes a finished run with everything that belongs to it."""
    removal.delete_one(lab, session, service.get_run(session, run_id))


@router.post("/{run_id}/stop", status_code=202, dependencies=RUN)
def stop_run(lab: LabDep, session: WriteSessionDep, run_id: uuid.UUID) -> RunView:
    """Asks the run to end; what it measured so far counts."""
    run = service.get_run(session, run_id)
    service.request_stop(session, run, StopReason.USER, "Stopped by a user")
    after_commit(session, lab.wake)
    return service.view_run(session, run)


@router.post("/{run_id}/give-up", status_code=202, dependencies=RUN)
def give_up_run(lab: LabDep, session: WriteSessionDep, run_id: uuid.UUID) -> RunView:
    """Ends a run as lost whose target is out of reach now, with what is known of it here."""
    run = service.get_run(session, run_id)
    give_up(session, run)
    after_commit(session, lab.wake)
    return service.view_run(session, run)


@router.get("/{run_id}/history", dependencies=READ)
def list_events(
    session: ReadSessionDep,
    run_id: uuid.UUID,
    after: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 500,
) -> list[RunEventView]:
    """Lists what happened to the run, in order."""
    run = service.get_run(session, run_id)
    return service.view_events(session, run, after, limit)


@router.get("/{run_id}/compare", dependencies=READ)
def compare_runs(
    lab: LabDep,
    session: ReadSessionDep,
    run_id: uuid.UUID,
    other: Annotated[uuid.UUID | None, Query(alias="with")] = None,
) -> Comparison:
    """Shows the run beside another one, by default beside the one before of its load test."""
    found = comparison.compare_runs(session, lab, service.get_run(session, run_id), other)
    if found is None:
        raise NotFound(
            "No run of the same load test or job was measured before; name one with `with`."
        )
    return found


@router.get("/{run_id}/overlay", dependencies=READ)
def overlay_runs(
    lab: LabDep,
    session: ReadSessionDep,
    run_id: uuid.UUID,
    others: WithQuery = [],  # noqa: B006 - FastAPI copies defaults
) -> Overlay:
    """Lays up to seven runs over this one: figures, and series that all begin at zero."""
    return overlay.overlay_with_series(lab, session, service.get_run(session, run_id), others)


@router.get("/{run_id}/results", dependencies=READ)
def list_results(session: ReadSessionDep, run_id: uuid.UUID) -> list[ResultView]:
    """Lists the run's scalars."""
    return service.view_results(session, service.get_run(session, run_id))


@router.post(
    "/{run_id}/results",
    dependencies=[Depends(ingest_for_run)],
    openapi_extra=RESULTS_BODY,
)
async def add_results(lab: LabDep, run_id: uuid.UUID, request: Request) -> ResultsWritten:
    """Adds scalars to the run, in batches of up to 100,000."""
    # Read and checked in one pass over the bytes: going through Python objects doubles the time.
    return await in_thread(_add_results, lab, run_id, await request.body())


def _add_results(lab: Lab, run_id: uuid.UUID, body: bytes) -> ResultsWritten:
    try:
        batch = ResultBatch.model_validate_json(body)
    except ValidationError as error:
        raise invalid_from(error) from None
    with lab.database.write() as session:
        run = service.get_run(session, run_id)
        return ResultsWritten(written=service.add_results(session, run, batch))


@router.get("/{run_id}/events", status_code=200, response_class=EventStream)
async def stream_events(
    lab: LabDep,
    principal: Annotated[Principal, Depends(requires(Scope.READ))],
    run_id: uuid.UUID,
    after: Annotated[str | None, Query(max_length=64)] = None,
    last_event_id: Annotated[str | None, Header(max_length=64)] = None,
    parts: Annotated[str, Query(max_length=64)] = "state,metrics,log",
) -> Response:
    """Streams state, progress, figures and log as server-sent events; resumes behind a cursor."""
    cursor = Cursor.parse(last_event_id or after)
    run = await in_thread(_find_run, lab, run_id)
    if last_event_id and is_at_end(run, cursor, _folder(lab, run).log):
        return Response(status_code=204)
    lab.feeds.check_room()
    wanted = PARTS & frozenset(parts.split(","))

    async def is_allowed() -> bool:
        return await in_thread(_may_still_read, lab, principal)

    return EventStream(lab.feeds.stream(run_id, cursor, wanted, is_allowed))


def _may_still_read(lab: Lab, principal: Principal) -> bool:
    with lab.database.read() as session:
        return access.is_valid(session, principal)


def _find_run(lab: Lab, run_id: uuid.UUID) -> Run:
    with lab.database.read() as session:
        return service.get_run(session, run_id)


def _folder(lab: Lab, run: Run) -> RunFolder:
    return RunFolder.of(lab.settings.data_dir, run.public_id)
