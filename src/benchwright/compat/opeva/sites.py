"""The routes of data in MongoDB: a site is a database, its collections are what was measured."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Response

from benchwright.access.scopes import Scope, requires
from benchwright.compat.opeva.answers import OpevaRoute, failing_as_documented, json_answer
from benchwright.compat.opeva.readings import read_recent, site_names, source_of
from benchwright.kit.threads import in_thread
from benchwright.lab import LabDep
from benchwright.sources import service

router = APIRouter(tags=["opeva"], route_class=OpevaRoute)

LIVING_LAB = "living_lab"
HEADQUARTERS_SOURCE = "i-charging_headquarters"
HEADQUARTERS = "i-charging headquarters"
"""The one collection there, and the name under which it is answered."""
CUT_HEADER = "Benchwright-Cut"
MAX_MINUTES = 100 * 366 * 24 * 60


@router.get("/api/icharging-headquarters", dependencies=[Depends(requires(Scope.READ))])
async def read_headquarters(lab: LabDep) -> Response:
    """All documents of the headquarters."""
    with failing_as_documented():
        contents = await service.read_source(lab.sources, HEADQUARTERS_SOURCE)
    found = contents.collections
    documents = found.get(HEADQUARTERS, next(iter(found.values()), []))
    if isinstance(documents, dict):  # why it cannot be read
        raise HTTPException(500, documents["error"])
    return await _answer({HEADQUARTERS: documents}, contents.cut)


@router.get("/api/living-lab", dependencies=[Depends(requires(Scope.READ))])
async def read_living_lab(lab: LabDep) -> Response:
    """All documents of all collections of the living lab."""
    with failing_as_documented():
        contents = await service.read_source(lab.sources, LIVING_LAB)
    return await _answer(contents.collections, contents.cut)


@router.get("/sites", dependencies=[Depends(requires(Scope.READ))])
def list_sites(lab: LabDep) -> dict[str, list[str]]:
    """The databases whose data is shown."""
    return {"sites": site_names(lab.sources)}


@router.get("/real-time-data/{site}", dependencies=[Depends(requires(Scope.READ))])
async def read_site(
    lab: LabDep, site: str, minutes: Annotated[int | None, Query(ge=0, le=MAX_MINUTES)] = None
) -> Response:
    """The documents of a site by collection, all of them or those of the last minutes."""
    source = source_of(lab.sources, site)
    if source is None:
        raise HTTPException(404, f"Site {site[:100]} not found")
    with failing_as_documented():
        if minutes:
            contents = await read_recent(lab.sources, source, minutes)
        else:
            contents = await service.read_source(lab.sources, source)
    return await _answer(contents.collections, contents.cut)


async def _answer(value: Any, cut: list[str]) -> Response:
    """Written in a thread, as it may be megabytes; collections that had more are in a header."""
    response = await in_thread(json_answer, value)
    if cut:
        response.headers[CUT_HEADER] = ", ".join(
            name.encode("ascii", "replace").decode() for name in cut[:20]
        )
    return response
