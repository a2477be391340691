"""JSON routes of datasets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from benchwright.access.scopes import Scope, requires
from benchwright.datasets import intake, service
from benchwright.datasets.archive import CHUNK_BYTES
from benchwright.datasets.schemas import DataFile, DatasetSummary, DatasetView, DatasetWrite
from benchwright.datasets.upload import Upload
from benchwright.kit.downloads import file_name, save_as
from benchwright.kit.name_pages import NamePageRequest, name_page_request, slice_names
from benchwright.kit.pagination import Page
from benchwright.lab import LabDep

router = APIRouter(prefix="/api/v1/datasets", tags=["datasets"])

READ = [Depends(requires(Scope.READ))]
WRITE = [Depends(requires(Scope.WRITE))]
PageDep = Annotated[NamePageRequest, Depends(name_page_request)]
Schema = Annotated[dict[str, Any], Body()]

SANDBOXED = {"Content-Security-Policy": "sandbox; default-src 'none'"}
UPLOAD_FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "files": {"type": "array", "items": {"type": "string", "format": "binary"}}
                    },
                }
            }
        },
    }
}
RAW_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.get("", dependencies=READ)
def list_datasets(lab: LabDep, request: PageDep) -> Page[DatasetSummary]:
    """Lists datasets by name."""
    names = service.dataset_names(lab.settings)
    start, end, cursor = slice_names(names, request)
    return Page(items=service.list_datasets(lab.settings, names[start:end]), next_cursor=cursor)


@router.post("", status_code=201, dependencies=WRITE)
def create_dataset(lab: LabDep, wish: DatasetWrite) -> DatasetSummary:
    """Makes a dataset with its schema and small files at once; all of it or nothing."""
    return service.create_dataset(
        lab.settings, wish.name, wish.data_schema, wish.files, replace=wish.replace
    )


@router.get("/{dataset_name}", dependencies=READ)
def get_dataset(lab: LabDep, dataset_name: str) -> DatasetView:
    """Shows a dataset with its schema."""
    return service.view_dataset(lab.settings, dataset_name)


@router.delete("/{dataset_name}", status_code=204, dependencies=WRITE)
def delete_dataset(lab: LabDep, dataset_name: str) -> None:
    """Deletes a dataset with all its files."""
    service.delete_dataset(lab.settings, dataset_name)


@router.put("/{dataset_name}/schema", status_code=204, dependencies=WRITE)
def write_schema(lab: LabDep, dataset_name: str, schema: Schema) -> None:
    """Writes `schema.json` anew."""
    service.write_schema(lab.settings, dataset_name, schema)


@router.get("/{dataset_name}/zip", dependencies=READ, response_class=Response)
def download_dataset(lab: LabDep, dataset_name: str) -> StreamingResponse:
    """Downloads the dataset as a zip file, made while it is sent."""
    chunks = service.zip_dataset(lab.settings, dataset_name)
    headers = save_as(file_name(dataset_name, "zip", "dataset"))
    return StreamingResponse(chunks, media_type="application/zip", headers=headers)


@router.get("/{dataset_name}/files", dependencies=READ)
def list_files(lab: LabDep, request: PageDep, dataset_name: str) -> Page[DataFile]:
    """Lists the files of a dataset by path."""
    files = service.list_files(lab.settings, dataset_name)
    start, end, cursor = slice_names([file.path for file in files], request)
    return Page(items=files[start:end], next_cursor=cursor)


@router.post(
    "/{dataset_name}/files", status_code=201, dependencies=WRITE, openapi_extra=UPLOAD_FORM
)
async def upload_files(
    request: Request,
    lab: LabDep,
    dataset_name: str,
    *,
    create: Annotated[
        bool, Query(description="Make the dataset of these files, which must not be there yet.")
    ] = False,
    replace: Annotated[
        bool, Query(description="With `create`: take the place of one of that name.")
    ] = False,
) -> DatasetSummary:
    """Uploads files as a form, each part with its path as file name; streamed, of any size.

    Without `create` they are added to the dataset, over files of the same paths. Nothing is
    changed before all of them have arrived.
    """

    def finish(upload: Upload, _fields: object) -> DatasetSummary:
        intake.check_any(upload)
        name = dataset_name
        if create:
            name = upload.create(name, replace=replace)
        else:
            upload.add_to(name)
        return service.summarise(lab.settings, name)

    return await intake.take_form(request, lab.settings, finish)


@router.get("/{dataset_name}/files/{path:path}", dependencies=READ, response_class=Response)
def download_file(lab: LabDep, dataset_name: str, path: str) -> StreamingResponse:
    """Downloads one file."""
    file, opened = service.read_file(lab.settings, dataset_name, path)

    def chunks() -> Iterator[bytes]:
        with opened:
            # As much as was announced, also of a file that grows meanwhile.
            left = file.size_bytes
            while left > 0 and (piece := opened.read(min(CHUNK_BYTES, left))):
                left -= len(piece)
                yield piece

    stem, _, ending = path.rpartition("/")[2].rpartition(".")
    name = file_name(stem, ending) if stem else path.rpartition("/")[2]
    return StreamingResponse(
        chunks(), media_type="application/octet-stream", headers=save_as(name) | SANDBOXED
    )


@router.put(
    "/{dataset_name}/files/{path:path}",
    status_code=204,
    dependencies=WRITE,
    openapi_extra=RAW_BODY,
)
async def write_file(request: Request, lab: LabDep, dataset_name: str, path: str) -> Response:
    """Writes one file of a dataset: the body is its content, of any size."""
    await intake.take_file(request, lab.settings, dataset_name, path)
    return Response(status_code=204)


@router.delete("/{dataset_name}/files/{path:path}", status_code=204, dependencies=WRITE)
def delete_file(lab: LabDep, dataset_name: str, path: str) -> None:
    """Deletes one file of a dataset."""
    service.delete_file(lab.settings, dataset_name, path)
