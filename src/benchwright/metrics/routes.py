"""JSON routes of measurements, and the ingest of remote write."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from benchwright.access.scopes import Scope, ingest_for_run, requires
from benchwright.kit.errors import BadRequest, Problem, TooLarge
from benchwright.kit.threads import in_thread
from benchwright.lab import LabDep, ReadSessionDep
from benchwright.metrics import service
from benchwright.metrics.schemas import (
    Failures,
    HeatMap,
    MetricList,
    MetricSeries,
    MetricView,
    Selection,
    Timeline,
)
from benchwright.runs import service as runs
from benchwright.runs.folder import RunFolder

MAX_PUSH_BYTES = 8 * 1024 * 1024

router = APIRouter(prefix="/api/v1", tags=["measurements"])

Points = Annotated[int, Query(ge=1, le=5_000, description="Most points that are wanted.")]


class UnsupportedMedia(Problem):
    status, kind, title = 415, "unsupported-media", "This kind of body is not understood"


@router.post(
    "/ingest/runs/{run_id}/prometheus",
    status_code=204,
    response_class=Response,
    dependencies=[Depends(ingest_for_run)],
)
async def ingest_prometheus(
    request: Request,
    lab: LabDep,
    run_id: UUID,
    instance: Annotated[str, Query(max_length=64)] = "",
) -> None:
    """Takes in Prometheus remote write 1.0 with native histograms.

    `instance` tells several senders of one run apart, such as the pods of a split load test.
    """
    received_ms = int(time.time() * 1000)
    body = await read_push(request)
    await in_thread(lab.live.ingest, run_id, body, received_ms, instance)


async def read_push(request: Request) -> bytes:
    """The body of a remote write; raises `UnsupportedMedia` for another version."""
    if request.headers.get("content-encoding", "snappy").lower() != "snappy":
        raise UnsupportedMedia("Send remote write 1.0: protobuf in raw snappy.")
    if request.headers.get("x-prometheus-remote-write-version", "0.1.0").startswith("2"):
        raise UnsupportedMedia("Send remote write 1.0; version 2 is not understood.")
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > MAX_PUSH_BYTES:
            raise TooLarge(f"A push may have {MAX_PUSH_BYTES} bytes.")
        parts.append(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _folder(lab: LabDep, session: ReadSessionDep, run_id: UUID) -> Path:
    """The folder of a run that exists."""
    runs.get_run(session, run_id)
    return RunFolder.of(lab.settings.data_dir, run_id).root


FolderDep = Annotated[Path, Depends(_folder)]
READ = [Depends(requires(Scope.READ))]


def _selection(
    by: Annotated[
        list[str] | None,
        Query(max_length=20, description="Labels to keep apart; others are added up."),
    ] = None,
    label: Annotated[
        list[str] | None, Query(max_length=20, description="`key=value` that series must have.")
    ] = None,
    from_ms: Annotated[int | None, Query(alias="from", ge=0, le=10**15)] = None,
    to_ms: Annotated[int | None, Query(alias="to", ge=0, le=10**15)] = None,
    points: Points = 900,
) -> Selection:
    """Reads `?label=scenario=s1&by=name&from=…&to=…&points=…`; times in ms since 1970."""
    labels = {}
    for pair in label or ():
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise BadRequest("`label` is written as key=value.")
        labels[key] = value
    return Selection(labels=labels, by=by, from_ms=from_ms, to_ms=to_ms, points=points)


SelectionDep = Annotated[Selection, Depends(_selection)]


@router.get("/runs/{run_id}/series", dependencies=READ)
def get_timeline(
    lab: LabDep,
    folder: FolderDep,
    run_id: UUID,
    from_ms: Annotated[int | None, Query(alias="from", ge=0, le=10**15)] = None,
    to_ms: Annotated[int | None, Query(alias="to", ge=0, le=10**15)] = None,
    points: Points = 900,
    scenario: Annotated[str | None, Query(max_length=200)] = None,
) -> Timeline:
    """Shows load, failures and percentiles over time, for the run and for each scenario."""
    return service.get_timeline(
        lab.live,
        run_id,
        folder,
        from_ms=from_ms,
        to_ms=to_ms,
        points=points,
        scenario=scenario,
    )


@router.get("/runs/{run_id}/metrics", dependencies=READ)
def list_metrics(lab: LabDep, folder: FolderDep, run_id: UUID) -> MetricList:
    """Lists the metrics that the run has series of."""
    names = service.list_metrics(lab.live, run_id, folder)
    return MetricList(items=[MetricView.model_validate(name) for name in names])


@router.get("/runs/{run_id}/series/{metric}", dependencies=READ)
def get_metric_series(
    lab: LabDep, folder: FolderDep, run_id: UUID, metric: str, selection: SelectionDep
) -> MetricSeries:
    """Shows every series of a metric over time, apart or added up by labels."""
    return service.get_metric_series(lab.live, run_id, folder, metric, selection)


@router.get("/runs/{run_id}/series/{metric}/heat-map", dependencies=READ)
def get_heat_map(
    lab: LabDep, folder: FolderDep, run_id: UUID, metric: str, selection: SelectionDep
) -> HeatMap:
    """Shows how often values of each range occurred over time."""
    return service.get_heat_map(lab.live, run_id, folder, metric, selection)


@router.get("/runs/{run_id}/failures", dependencies=READ)
def get_failures(lab: LabDep, folder: FolderDep, run_id: UUID) -> Failures:
    """Shows which requests and checks failed, how often and when."""
    return service.get_failures(lab.live, run_id, folder)
