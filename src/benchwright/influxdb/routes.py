"""Where k6's InfluxDB output of a run is pointed to."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from benchwright.access.scopes import ingest_for_run
from benchwright.kit.errors import BadRequest, Problem
from benchwright.lab import LabDep

CHUNK_BYTES = 2 * 1024 * 1024
"""About what is handed to InfluxDB at once; it takes 25 MB at most as it is delivered."""

router = APIRouter(
    prefix="/api/v1/ingest/runs/{run_id}/influxdb",
    tags=["measurements"],
    dependencies=[Depends(ingest_for_run)],
)


class Packed(Problem):
    status, kind, title = 415, "unsupported-media", "This kind of body is not understood"


@router.post("/write", status_code=204, response_class=Response)
async def relay_samples(request: Request, lab: LabDep, run_id: UUID) -> None:
    """Takes in k6's samples in line protocol, for the InfluxDB of the settings.

    Answered at once, also while InfluxDB is away. `db` has no effect: the settings name the
    database. Times are nanoseconds.
    """
    if request.query_params.get("precision", "ns") not in {"ns", "n", ""}:
        raise BadRequest("Send times in nanoseconds: `precision=ns`.")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise Packed("Send line protocol as it is, without packing it.")
    held = bytearray()
    async for part in request.stream():
        held += part
        if len(held) >= CHUNK_BYTES and (end := held.rfind(b"\n") + 1):
            await lab.relays.take(run_id, bytes(held[:end]))
            del held[:end]
    await lab.relays.take(run_id, bytes(held))


@router.post("/query")
async def answer_query() -> dict[str, Any]:
    """Answers k6's `CREATE DATABASE`: the server itself looks after the database."""
    return {"results": []}
