"""Datasets: folders of files. The files are the truth, and other programs may write them too.

Nothing here needs a session: async code calls these through `kit.threads.in_thread`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, BinaryIO

from benchwright.datasets import archive, folder, previews
from benchwright.datasets.names import (
    SCHEMA,
    clean_data_file_name,
    clean_dataset_name,
    datasets_folder,
    known_path,
)
from benchwright.datasets.schemas import DataFile, DatasetSummary, DatasetView, LeftOut
from benchwright.datasets.upload import Upload, erase, hide
from benchwright.kit.enclosed import Found, disk_problems, open_file, opened_folder, remove_file
from benchwright.kit.errors import NotFound, Problem
from benchwright.kit.jsontext import load_json
from benchwright.settings import Settings

MAX_SCHEMA_BYTES = 4 * 1024 * 1024


def dataset_names(settings: Settings) -> list[str]:
    """The names of all datasets, which costs less than `list_datasets`."""
    return folder.names(settings)


def list_datasets(settings: Settings, names: Iterable[str] | None = None) -> list[DatasetSummary]:
    """All datasets in the order of their names, or those of some names that are there."""
    found = []
    for name in folder.names(settings) if names is None else names:
        try:
            found.append(_summary(name, folder.count(settings, name)))
        except NotFound:  # deleted meanwhile
            continue
    return found


def dataset_exists(settings: Settings, name: str) -> bool:
    """Whether there is such a dataset."""
    return has_path(settings, name)


def has_path(settings: Settings, path: str) -> bool:
    """Whether a dataset, or a file or folder of one, is there: `name/schema.json`."""
    parts = known_path(path.strip("/"))
    if parts is None:
        return False
    root = datasets_folder(settings.data_dir)
    try:
        with opened_folder(root, parts):
            return True
    except OSError:
        pass
    try:
        open_file(root, parts).close()
    except OSError:
        return False
    return True


def view_dataset(settings: Settings, name: str) -> DatasetView:
    """A dataset with its schema; raises `NotFound`."""
    census = folder.count(settings, name)
    schema, fault = _read_schema(settings, name) if census.has_schema else (None, None)
    return DatasetView(
        **_summary(name, census).model_dump(),
        data_schema=schema,
        schema_fault=fault,
        left_out=[LeftOut(path="/".join(f.parts), reason=f.left_out) for f in census.left_out],
    )


def summarise(settings: Settings, name: str) -> DatasetSummary:
    """A dataset as lists show it; raises `NotFound`."""
    return _summary(name, folder.count(settings, name))


def list_files(settings: Settings, name: str) -> list[DataFile]:
    """The files of a dataset in the order of their paths; raises `NotFound`."""
    files = [_file(found) for found in folder.count(settings, name).files]
    return sorted(files, key=lambda file: file.path)


def create_dataset(
    settings: Settings,
    name: str,
    schema: Mapping[str, Any] | None,
    files: Mapping[str, bytes],
    *,
    replace: bool = False,
) -> DatasetSummary:
    """Makes a dataset of contents that are in memory; all of it or nothing.

    Raises `BadRequest` for names that cannot be, `Conflict` where there is one of that name and
    `replace` is false, `TooLarge`.
    """
    clean_dataset_name(name)
    with Upload(settings) as upload:
        for file_name, content in files.items():
            upload.put(clean_data_file_name(file_name), content)
        if schema is not None:
            upload.put_schema(schema)
        made = upload.create(name, replace=replace)
    return _summary(made, folder.count(settings, made))


def write_schema(settings: Settings, name: str, schema: Mapping[str, Any]) -> None:
    """Writes `schema.json` anew; raises `NotFound`."""
    with Upload(settings) as upload:
        upload.put_schema(schema)
        upload.add_to(name)


def delete_dataset(settings: Settings, name: str) -> None:
    """Deletes a dataset with its files; raises `NotFound`."""
    folder.dataset_path(settings, name)
    with disk_problems(f"Dataset {name[:200]} not found"):
        gone = hide(datasets_folder(settings.data_dir), name)
    erase(gone)


def delete_file(settings: Settings, name: str, path: str) -> None:
    """Deletes one file; raises `NotFound`."""
    with disk_problems(_missing(name, path)):
        remove_file(datasets_folder(settings.data_dir), _parts(name, path))


def read_file(settings: Settings, name: str, path: str) -> tuple[DataFile, BinaryIO]:
    """A file, opened; raises `NotFound`."""
    with disk_problems(_missing(name, path)):
        opened = open_file(datasets_folder(settings.data_dir), _parts(name, path))
    return _file(Found(_parts(name, path)[1:], *previews.size_and_time(opened))), opened


def preview_file(settings: Settings, name: str, path: str) -> previews.FilePreview:
    """The beginning of a file, as a page can show it; raises `NotFound`."""
    file, opened = read_file(settings, name, path)
    with opened, disk_problems(_missing(name, path)):
        return previews.preview(file, opened)


def zip_dataset(settings: Settings, name: str) -> Iterator[bytes]:
    """The dataset as a zip file in pieces; raises `NotFound` at once."""
    files = folder.count(settings, name).files
    return archive.zip_chunks(datasets_folder(settings.data_dir), name, files)


def _parts(name: str, path: str) -> tuple[str, ...]:
    parts = known_path(f"{name}/{path}")
    if parts is None or len(parts) < 2:
        raise NotFound(_missing(name, path))
    return parts


def _missing(name: str, path: str) -> str:
    return f"Dataset {name[:200]} has no file {path[:200]}"


def _summary(name: str, census: folder.Census) -> DatasetSummary:
    return DatasetSummary(
        name=name,
        files=len(census.files),
        size_bytes=census.size_bytes,
        modified_at=census.modified_at,
        has_schema=census.has_schema,
    )


def _file(found: Found) -> DataFile:
    modified_at = dt.datetime.fromtimestamp(found.modified_ns / 1e9, dt.UTC)
    return DataFile(
        path="/".join(found.parts), size_bytes=found.size_bytes, modified_at=modified_at
    )


def _read_schema(settings: Settings, name: str) -> tuple[Any, str | None]:
    try:
        _, opened = read_file(settings, name, SCHEMA)
        with opened:
            content = opened.read(MAX_SCHEMA_BYTES + 1)
        return load_json(content, max_bytes=MAX_SCHEMA_BYTES), None
    except Problem as problem:
        return None, problem.detail
