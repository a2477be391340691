"""The folders of datasets on the disk: what lies in them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from benchwright.datasets.names import SCHEMA, clean_dataset_name, datasets_folder
from benchwright.kit.enclosed import (
    MAX_DEPTH,
    Found,
    disk_problems,
    entries,
    folders,
    opened_folder,
    walk,
)
from benchwright.kit.errors import Conflict, NotFound
from benchwright.kit.filenames import folded, is_plain_name
from benchwright.settings import Settings

MOST_DATASETS = 20_000
MOST_LEFT_OUT = 100


@dataclass
class Census:
    """What was counted in a dataset."""

    files: list[Found] = field(default_factory=list)
    left_out: list[Found] = field(default_factory=list)
    modified_ns: int = 0

    @property
    def size_bytes(self) -> int:
        return sum(file.size_bytes for file in self.files)

    @property
    def has_schema(self) -> bool:
        return any(file.parts == (SCHEMA,) for file in self.files)

    @property
    def modified_at(self) -> dt.datetime:
        return dt.datetime.fromtimestamp(self.modified_ns / 1e9, dt.UTC)


def dataset_path(settings: Settings, name: str) -> Path:
    """The folder of a dataset whose name was checked, which is a folder; raises `NotFound`."""
    missing = f"Dataset {name[:200]} not found"
    if not is_plain_name(name):
        raise NotFound(missing)
    with disk_problems(missing), opened_folder(datasets_folder(settings.data_dir), [name]):
        return datasets_folder(settings.data_dir) / name


def names(settings: Settings) -> list[str]:
    """The names of all datasets in their order."""
    with disk_problems("There is no folder of datasets."):
        return folders(datasets_folder(settings.data_dir), most=MOST_DATASETS)


def files_of(settings: Settings, name: str) -> Iterator[Found]:
    """The files of a dataset in the order of their paths, and what is left out; raises `OSError`."""
    root = datasets_folder(settings.data_dir)
    for found in walk(root, (name,), most=10 * settings.datasets.max_files, depth=MAX_DEPTH):
        yield Found(
            found.parts[1:], found.size_bytes, found.modified_ns, found.inode, found.left_out
        )


def count(settings: Settings, name: str) -> Census:
    """Counts the files of a dataset; raises `NotFound`."""
    path = dataset_path(settings, name)
    census = Census()
    with disk_problems(f"Dataset {name[:200]} not found"):
        census.modified_ns = path.stat().st_mtime_ns
        for found in files_of(settings, name):
            if not found.left_out:
                census.files.append(found)
                census.modified_ns = max(census.modified_ns, found.modified_ns)
            elif len(census.left_out) < MOST_LEFT_OUT:
                census.left_out.append(found)
    return census


def new_name(settings: Settings, text: str, *, may_exist: bool = False) -> str:
    """A name for a new dataset; raises `BadRequest`, or `Conflict` where one is too much like it."""
    name = clean_dataset_name(text)
    present = set(names(settings)) if may_exist else set[str]()
    with disk_problems("There is no folder of datasets."):
        taken = entries(datasets_folder(settings.data_dir), most=MOST_DATASETS)
    for known in taken:
        if folded(known) == folded(name) and not (known == name and known in present):
            like = "" if known == name else f", which many systems cannot tell from “{name}”"
            raise Conflict(f"There is a dataset “{known}” already{like}. Choose another name.")
    return name
