"""Tables of one run or of many as files."""

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

router = APIRouter(prefix="/api/v1", tags=["runs"])

READ = [Depends(requires(Scope.READ))]
StepS = Annotated[int, Query(ge=1, le=86_400, description="Width of a step of series.")]
Ids = Annotated[
    list[str],
    Query(max_length=service.MAX_RUNS, description="Ids of runs, between commas or repeated."),
]


@router.get("/exports/{table}.{ending}", dependencies=READ, response_class=Response)
def export_runs(
    lab: LabDep, session: ReadSessionDep, table: Table, ending: Format, ids: Ids, step_s: StepS = 1
) -> StreamingResponse:
    """Downloads the results or the figures over time of several runs as one table."""
    runs = service.find_runs(session, service.read_ids(ids))
    return download(lab, table, ending, runs, step_s)


@router.get("/runs/{run_id}/results.parquet", dependencies=READ, response_class=Response)
def export_results_as_parquet(
    lab: LabDep, session: ReadSessionDep, run_id: UUID
) -> StreamingResponse:
    """Downloads the run's scalars as Parquet, a row for each."""
    return download(lab, Table.RESULTS, Format.PARQUET, service.find_runs(session, [run_id]))


@router.get("/runs/{run_id}/series.parquet", dependencies=READ, response_class=Response)
def export_series_as_parquet(
    lab: LabDep, session: ReadSessionDep, run_id: UUID, step_s: StepS = 1
) -> StreamingResponse:
    """Downloads the figures over time as Parquet, a row for each step of the run and each scenario."""
    return download(lab, Table.SERIES, Format.PARQUET, service.find_runs(session, [run_id]), step_s)


@router.get("/runs/{run_id}/series.json", dependencies=READ, response_class=Response)
def export_series_as_json(
    lab: LabDep, session: ReadSessionDep, run_id: UUID, step_s: StepS = 1
) -> StreamingResponse:
    """Downloads the figures over time as JSON, a row for each step of the run and each scenario."""
    return download(lab, Table.SERIES, Format.JSON, service.find_runs(session, [run_id]), step_s)
