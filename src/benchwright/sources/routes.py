"""JSON routes of sources."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Response
from fastapi.responses import StreamingResponse

from benchwright.access.scopes import Scope, requires
from benchwright.datasets.schemas import DatasetSummary
from benchwright.kit.downloads import save_as
from benchwright.kit.threads import in_thread
from benchwright.lab import LabDep
from benchwright.sources import documents, exporting, service
from benchwright.sources.documents import MEDIA_TYPES, Ending
from benchwright.sources.exporting import ExportWish
from benchwright.sources.schemas import DocumentPage, SourceContents, SourceView
from benchwright.sources.wish import WishDep

router = APIRouter(
    prefix="/api/v1/sources", tags=["sources"], dependencies=[Depends(requires(Scope.READ))]
)

CUT_HEADER = "Benchwright-Cut"
COLLECTION = "/{source}/collections/{collection:path}"


@router.get("")
def list_sources(lab: LabDep) -> list[SourceView]:
    """Lists the sources whose connection is set up, without asking them for anything."""
    return service.list_sources(lab.sources)


@router.get("/{source}")
async def get_source(lab: LabDep, source: str) -> SourceContents:
    """Lists the collections of a source with estimated counts."""
    return await service.view_contents(lab.sources, source)


@router.get(COLLECTION + "/documents", response_model=DocumentPage)
async def list_documents(lab: LabDep, source: str, collection: str, wish: WishDep) -> Response:
    """Lists documents of a collection, of a range of time, page by page."""
    page = await documents.page_of(lab.sources, source, collection, wish)
    return await in_thread(documents.json_of, page)


@router.get(COLLECTION + "/documents.{ending}", response_class=Response)
async def download_documents(
    lab: LabDep, source: str, collection: str, ending: Ending, wish: WishDep
) -> StreamingResponse:
    """Downloads documents as NDJSON, one a line, or as CSV, up to `sources.max_documents`; the header `Benchwright-Cut` says whether there were more."""
    name, chunks, is_cut = await documents.file_of(lab.sources, source, collection, wish, ending)
    headers = {**save_as(name), CUT_HEADER: str(is_cut).lower()}
    return StreamingResponse(chunks, media_type=MEDIA_TYPES[ending], headers=headers)


@router.post("/{source}/dataset", status_code=201, dependencies=[Depends(requires(Scope.WRITE))])
async def make_dataset(lab: LabDep, source: str, wish: ExportWish) -> DatasetSummary:
    """Makes a dataset of the source's documents between two times, a table of means for each collection."""
    return await exporting.export_source(lab.sources, lab.settings, source, wish)
