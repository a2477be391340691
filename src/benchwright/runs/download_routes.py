"""What of a run can be taken away: results, figures over time, and all of it as one page."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from benchwright.access.scopes import Scope, requires
from benchwright.kit.downloads import csv_chunks, file_name, save_as
from benchwright.lab import LabDep, ReadSessionDep
from benchwright.metrics import service as metrics
from benchwright.metrics.series_csv import table_head, table_rows
from benchwright.runs import service
from benchwright.runs.folder import RunFolder
from benchwright.runs.models import Run
from benchwright.runs.report import write_report
from benchwright.runs.schemas import ResultView, RunView

router = APIRouter(prefix="/api/v1/runs", tags=["runs"])

READ = [Depends(requires(Scope.READ))]


class RunExport(BaseModel):
    """A run with all of its scalars."""

    run: RunView
    results: list[ResultView]


@router.get("/{run_id}/results.csv", dependencies=READ, response_class=Response)
def download_results(session: ReadSessionDep, run_id: uuid.UUID) -> StreamingResponse:
    """Downloads the run's scalars as CSV, a row for each."""
    run = service.get_run(session, run_id)
    names = {s["key"]: s.get("name", s["key"]) for s in run.spec.get("scenarios", [])}
    head = ["scenario", "benchmark", "metric", "stat", "value", "unit", "better"]
    rows = [
        [names.get(r.benchmark, ""), r.benchmark, r.metric, r.stat, r.value, r.unit, r.better]
        for r in service.list_results(session, run)
    ]
    return StreamingResponse(
        csv_chunks(head, rows), media_type="text/csv", headers=_named(run, "results", "csv")
    )


@router.get("/{run_id}/results.json", dependencies=READ, response_class=Response)
def download_run(session: ReadSessionDep, run_id: uuid.UUID) -> Response:
    """Downloads the run with its verdicts and scalars as JSON."""
    run = service.get_run(session, run_id)
    export = RunExport(
        run=service.view_run(session, run), results=service.view_results(session, run)
    )
    return Response(
        export.model_dump_json(indent=2),
        media_type="application/json",
        headers=_named(run, "results", "json"),
    )


@router.get("/{run_id}/series.csv", dependencies=READ, response_class=Response)
def download_series(
    lab: LabDep,
    session: ReadSessionDep,
    run_id: uuid.UUID,
    step_s: Annotated[int, Query(ge=1, le=86_400, description="Width of a row.")] = 1,
) -> StreamingResponse:
    """Downloads the figures over time as CSV, a row for each step, a column for each figure."""
    run = service.get_run(session, run_id)
    names = {s["key"]: s.get("name", s["key"]) for s in run.spec.get("scenarios", [])}
    folder = RunFolder.of(lab.settings.data_dir, run_id).root
    parts = metrics.timeline_parts(lab.live, run_id, folder, step_s)
    whole = next(parts)

    def chunks() -> Iterator[bytes]:
        rows = table_rows(itertools.chain([whole], parts), whole)
        return csv_chunks(table_head(whole, names), rows)

    return StreamingResponse(
        chunks(), media_type="text/csv", headers=_named(run, "over time", "csv")
    )


@router.get("/{run_id}/report.html", dependencies=READ, response_class=Response)
def download_report(lab: LabDep, session: ReadSessionDep, run_id: uuid.UUID) -> Response:
    """Downloads the whole run as one HTML file that needs nothing else."""
    run = service.get_run(session, run_id)
    report = write_report(lab, session, run)
    # A policy that stands in the file itself cannot say who may frame it.
    policy = f"{report.policy}; frame-ancestors 'none'"
    headers = _named(run, "", "html") | {"Content-Security-Policy": policy}
    return Response(report.html, media_type="text/html", headers=headers)


def _named(run: Run, what: str, ending: str) -> dict[str, str]:
    """Named by the run and when it began, so that several can lie side by side."""
    at = (run.started_at or run.created_at).strftime("%Y-%m-%d %H.%M")
    name = run.name[:60]
    text = f"{name} {at} {what}".strip()
    return save_as(file_name(text, ending, "run"))
