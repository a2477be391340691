"""Routes that existing tools send their figures to, at the addresses that they know."""

from __future__ import annotations

import time
import uuid
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import JSONResponse

from benchwright.access.scopes import Scope, ingest_for_run, requires
from benchwright.kit.db import after_commit
from benchwright.kit.errors import BadRequest, Conflict, Problem
from benchwright.kit.threads import in_thread
from benchwright.lab import Lab, LabDep, WriteSessionDep
from benchwright.metrics.line_protocol import LineReader
from benchwright.metrics.routes import read_push
from benchwright.projects.service import DEFAULT_SLUG
from benchwright.runs import service as runs
from benchwright.runs.schemas import RunView
from benchwright.streams import service
from benchwright.streams.desk import LINE_PROTOCOL
from benchwright.streams.influx import (
    RUN_TAGS,
    answer_query,
    complain,
    read_write,
    split_project,
    unit_of,
    unpack,
)
from benchwright.streams.schemas import StreamKey, StreamSpec, clean_name

router = APIRouter(tags=["streaming in"])

INGEST = [Depends(requires(Scope.INGEST))]
MAX_QUERY_BYTES = 64 * 1024
VERSION_HEADERS = {"X-Influxdb-Version": "1.8.10", "X-Influxdb-Build": "OSS"}
"""Some senders look whether they talk to a version that they know."""

Project = Annotated[str, Query(max_length=64, description="Slug of the project of the run.")]
RunName = Annotated[
    str,
    Query(alias="run", max_length=500, description="Name of the run, for points without a tag."),
]
LINES = {
    "requestBody": {"required": True, "content": {"text/plain": {"schema": {"type": "string"}}}}
}


@router.post(
    "/write", status_code=204, response_class=Response, dependencies=INGEST, openapi_extra=LINES
)
async def write_v1(
    request: Request,
    lab: LabDep,
    db: Annotated[str, Query(max_length=500)] = "",
    precision: Annotated[str, Query(max_length=20)] = "ns",
    run: RunName = "",
    project: Project = DEFAULT_SLUG,
) -> Response:
    """Takes in Influx line protocol as InfluxDB 1.x does; the first write opens a run.

    The run is named by the tag `job_name` or `run` of a point, else by `?run=`, else by `?db=`.
    """
    try:
        if not (db or run):
            raise BadRequest("database is required")
        complaint = await _take_lines(request, lab, project, db, run, precision)
    except Problem as problem:
        return _refuse_v1(problem.detail, problem.status)
    return _refuse_v1(complaint, 400) if complaint else Response(status_code=204)


@router.post(
    "/api/v2/write",
    status_code=204,
    response_class=Response,
    dependencies=INGEST,
    openapi_extra=LINES,
)
async def write_v2(
    request: Request,
    lab: LabDep,
    bucket: Annotated[str, Query(max_length=500)] = "",
    precision: Annotated[str, Query(max_length=20)] = "ns",
    run: RunName = "",
    project: Project = DEFAULT_SLUG,
) -> Response:
    """Takes in Influx line protocol as InfluxDB 2.x does; `bucket` is what `db` is to 1.x."""
    try:
        if not (bucket or run):
            raise BadRequest("bucket is required")
        complaint = await _take_lines(request, lab, project, bucket, run, precision)
    except Problem as problem:
        return _refuse_v2(problem.detail, problem.status)
    return _refuse_v2(complaint, 400) if complaint else Response(status_code=204)


@router.get("/ping", status_code=204, response_class=Response)
def ping() -> Response:
    """Tells senders that this takes in what InfluxDB 1.x takes in."""
    return Response(status_code=204, headers=VERSION_HEADERS)


@router.get("/query", dependencies=INGEST)
def query_v1(q: Annotated[str, Query(max_length=MAX_QUERY_BYTES)] = "") -> dict[str, Any]:
    """Answers what senders ask before their first write, and nothing else."""
    return {"results": answer_query(q)}


@router.post("/query", dependencies=INGEST)
async def post_query_v1(
    request: Request, q: Annotated[str, Query(max_length=MAX_QUERY_BYTES)] = ""
) -> dict[str, Any]:
    """Answers what senders ask before their first write, as a form too."""
    if not q and "form" in request.headers.get("content-type", ""):
        async with request.form(max_files=0, max_fields=20, max_part_size=MAX_QUERY_BYTES) as form:
            q = str(form.get("q", ""))
    return {"results": answer_query(q)}


@router.post("/api/v1/write", status_code=204, response_class=Response, dependencies=INGEST)
async def write_prometheus(
    request: Request,
    lab: LabDep,
    run: RunName = "",
    project: Project = DEFAULT_SLUG,
    instance: Annotated[str, Query(max_length=64)] = "",
) -> None:
    """Takes in remote write 1.0 of an agent that knows no run; the first write opens one.

    It is named by `?run=`, else by the label `job_name` or `run`, else `prometheus`.
    """
    body = await read_push(request)
    await in_thread(_take_push, lab, StreamKey(project, clean_name(run)), request, body, instance)


@router.post("/api/v1/runs/{run_id}/finish", status_code=202, tags=["runs"])
def finish_run(
    lab: LabDep,
    session: WriteSessionDep,
    run_id: uuid.UUID,
    _sender: Annotated[object, Depends(ingest_for_run)],
) -> RunView:
    """Ends a run that another tool streams in, without waiting for silence."""
    run = runs.get_run(session, run_id)
    service.finish_run(session, run)
    session.flush()
    after_commit(session, lab.wake)
    return runs.view_run(session, run)


async def _take_lines(
    request: Request, lab: Lab, project: str, database: str, run: str, precision: str
) -> str:
    """Takes in the body; what to complain of, if not all of it was taken in."""
    unit_ns = unit_of(precision)
    if project == DEFAULT_SLUG:
        project, database = split_project(database)
    default = clean_name(run) or clean_name(database)
    if not default:
        raise BadRequest("the name of the run has no character that can be shown")
    body = await request.body()
    spec = StreamSpec(
        protocol="Influx line protocol", database=clean_name(database), sender=_sender_of(request)
    )
    encoding = request.headers.get("content-encoding", "").strip().lower()

    def work() -> str:
        counts = lab.live.counts
        plain = unpack(body, encoding, lab.settings.server.max_body_bytes)
        now_ns = time.time_ns()
        reader = LineReader(lab.streams.heads)
        write = read_write(plain, reader, default=default, now_ns=now_ns, unit_ns=unit_ns)
        for name, points in list(write.points.items()):
            key = StreamKey(project, name)
            try:
                write.refused += lab.streams.take_points(key, spec, points, now_ns // 10**6)
                counts.take(LINE_PROTOCOL, samples=len(points), size_bytes=len(body))
            except Conflict as over:
                counts.refuse(LINE_PROTOCOL, over.kind, samples=len(points))
                write.problems.append(over.detail)
                write.points[name] = []
        if write.faults:
            counts.refuse(LINE_PROTOCOL, "bad-line", pushes=0, samples=len(write.faults))
        return complain(write)

    return await in_thread(work)


def _take_push(lab: Lab, key: StreamKey, request: Request, body: bytes, instance: str) -> None:
    from benchwright.metrics.remote_write import read_labels, split_push  # not for the start

    if not key.name:
        series = split_push(body)
        labels = read_labels(series[0][0])[1] if series else {}
        named = (clean_name(labels[tag]) for tag in RUN_TAGS if tag in labels)
        key = StreamKey(key.project, next(filter(None, named), "prometheus"))
    spec = StreamSpec(protocol="Prometheus remote write", sender=_sender_of(request))
    lab.streams.take_push(key, spec, body, instance)


def _sender_of(request: Request) -> str:
    return clean_name(request.headers.get("user-agent", ""))[:100]


def _refuse_v1(error: str, status: int) -> Response:
    # Headers hold Latin-1 in one line.
    short = error.split("\n", maxsplit=1)[0].encode("latin-1", "replace").decode("latin-1")
    return JSONResponse({"error": error}, status, {"X-Influxdb-Error": short[:500]})


def _refuse_v2(message: str, status: int) -> Response:
    code = {404: "not found", 413: "request too large", 503: "unavailable"}.get(status, "invalid")
    return JSONResponse({"code": code, "message": message}, status)
