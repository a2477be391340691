"""The routes of datasets."""

from __future__ import annotations

import base64
import binascii

from fastapi import APIRouter, Depends, HTTPException
from fastapi.responses import StreamingResponse

from benchwright.access.scopes import Scope, requires
from benchwright.compat.opeva.answers import OpevaRoute, failing_as_documented
from benchwright.compat.opeva.configs import invalid_name
from benchwright.compat.opeva.readings import dates_available, source_of
from benchwright.compat.opeva.schemas import DatasetWish
from benchwright.datasets import service
from benchwright.datasets.names import clean_data_file_name, clean_dataset_name
from benchwright.kit.downloads import save_as
from benchwright.kit.errors import BadRequest
from benchwright.kit.filenames import is_plain_name
from benchwright.kit.threads import in_thread
from benchwright.lab import Lab, LabDep
from benchwright.sources.exporting import ExportWish, export_source

router = APIRouter(tags=["opeva"], route_class=OpevaRoute)

FOLDER = "datasets/"


def _known_name(text: str) -> str:
    name = text.removeprefix(FOLDER)
    if not is_plain_name(name):
        raise invalid_name()
    return name


@router.get("/datasets", dependencies=[Depends(requires(Scope.READ))])
def list_datasets(lab: LabDep) -> list[str]:
    """The names of all datasets."""
    return service.dataset_names(lab.settings)


@router.delete("/dataset/{name:path}", dependencies=[Depends(requires(Scope.WRITE))])
def delete_dataset(lab: LabDep, name: str) -> dict[str, str]:
    """Deletes a dataset with its files."""
    known = _known_name(name)
    if not service.dataset_exists(lab.settings, known):
        raise HTTPException(404, "Dataset not found")
    service.delete_dataset(lab.settings, known)
    return {"message": f"Dataset '{known}' deleted"}


@router.get("/dataset/download/{name:path}", dependencies=[Depends(requires(Scope.READ))])
def download_dataset(lab: LabDep, name: str) -> StreamingResponse:
    """A dataset as a zip file, made while it is sent."""
    known = _known_name(name)
    if not service.dataset_exists(lab.settings, known):
        raise HTTPException(404, "Dataset not found")
    pieces = service.zip_dataset(lab.settings, known)
    return StreamingResponse(pieces, media_type="application/zip", headers=save_as(f"{known}.zip"))


@router.get(
    "/dataset/dates-available/{site}",
    response_model=None,
    dependencies=[Depends(requires(Scope.READ))],
)
async def list_dates(lab: LabDep, site: str) -> list[dict[str, str]]:
    """From when until when there is data of a site, by collection."""
    with failing_as_documented():
        return await dates_available(lab.sources, _source(lab, site))


@router.post("/dataset", dependencies=[Depends(requires(Scope.WRITE))])
async def create_dataset(lab: LabDep, wish: DatasetWish) -> dict[str, str]:
    """Writes a dataset, over the one of that name: what is sent, or a range of a site's data."""
    if wish.site_id is not None:
        name = await _export(lab, wish, wish.site_id)
    else:
        name = await in_thread(_write, lab, wish)
    return {"message": "Dataset created", "name": name}


def _source(lab: Lab, site: str) -> str:
    source = source_of(lab.sources, site)
    if source is None:
        raise HTTPException(404, f"Site {site[:100]} not found")
    return source


async def _export(lab: Lab, wish: DatasetWish, site: str) -> str:
    source = _source(lab, site)
    try:
        name = clean_dataset_name(wish.name)
    except BadRequest:
        raise invalid_name() from None
    export = ExportWish(
        name=name,
        period=wish.period or 60,
        from_ts=wish.from_ts or "",
        until_ts=wish.until_ts or "",
        description=wish.description or "",
        citylearn_configs=wish.citylearn_configs or {},
        replace=True,
    )
    with failing_as_documented():
        made = await export_source(lab.sources, lab.settings, source, export)
    return made.name


def _write(lab: Lab, wish: DatasetWish) -> str:
    """The name of a dataset of a schema and files; all of it is written or nothing."""
    try:
        name = clean_dataset_name(wish.name)
        files = {clean_data_file_name(n): _decoded(n, t) for n, t in wish.data_files.items()}
    except BadRequest:
        raise invalid_name() from None
    service.create_dataset(lab.settings, name, wish.schema_, files, replace=True)
    return name


def _decoded(name: str, text: str) -> bytes:
    try:
        return base64.b64decode(text)
    except (binascii.Error, ValueError):
        raise HTTPException(400, f"The file {name[:100]!r} is not in base64") from None
