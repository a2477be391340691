"""Downloads of the runs that were ticked in a list."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import StreamingResponse

from benchwright.access.scopes import Scope, requires
from benchwright.exports import service
from benchwright.exports.downloads import download
from benchwright.exports.formats import Format
from benchwright.exports.tables import Table
from benchwright.lab import LabDep, ReadSessionDep
from benchwright.projects import service as projects
from benchwright.runs.selection_pages import Selection

router = APIRouter(prefix="/p/{slug}/runs", include_in_schema=False)


def _selection(
    run: Annotated[list[UUID] | None, Query(max_length=500)] = None,
    match: Annotated[str, Query(max_length=8000)] = "",
    all: Annotated[str, Query(max_length=1)] = "",  # noqa: A002 - the field of the form
) -> Selection:
    """The same form as for what changes runs, sent as a GET: it only reads."""
    return Selection(run or [], match, all)


@router.get(
    "/export/{table}.{ending}",
    dependencies=[Depends(requires(Scope.READ))],
    response_class=Response,
)
def export_selection(
    lab: LabDep,
    session: ReadSessionDep,
    slug: str,
    table: Table,
    ending: Format,
    selection: Annotated[Selection, Depends(_selection)],
) -> StreamingResponse:
    """The ticked runs of the project, or all that match the list, as one table."""
    project = projects.get_project(session, slug)
    chosen = service.find_matching(session, selection.narrow(project))
    return download(lab, table, ending, chosen)
