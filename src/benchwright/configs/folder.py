"""The folder of configs on the disk: what lies in it, read and written as bytes."""

from __future__ import annotations

import hashlib
import os
import uuid
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from benchwright.configs.names import clean_name, configs_folder, is_config_name
from benchwright.configs.parsing import parse_text
from benchwright.kit.disk import check_free_disk
from benchwright.kit.enclosed import (
    Found,
    disk_problems,
    entries,
    open_file,
    remove_file,
    rename_entry,
    walk,
    write_file,
)
from benchwright.kit.errors import Conflict, NotFound, Problem
from benchwright.kit.filenames import folded
from benchwright.kit.wholefile import read_json, write_json
from benchwright.settings import Settings

MOST_ENTRIES = 20_000
MOST_KEPT = 50


class Content(NamedTuple):
    """A file's bytes, as far as they are read, and what names this version of it."""

    data: bytes
    size_bytes: int
    modified_s: float
    is_cut: bool

    @property
    def etag(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


def list_files(settings: Settings) -> list[Found]:
    """The configs in the order of their names."""
    folder = configs_folder(settings.data_dir)
    try:
        with disk_problems("There is no folder of configs."):
            found = list(walk(folder, most=MOST_ENTRIES))
    except NotFound:
        return []
    return [f for f in found if not f.left_out and is_config_name(f.parts[0])]


def read_bytes(settings: Settings, name: str) -> Content:
    """The file, cut at one byte more than a config may have; raises `NotFound`."""
    missing = f"Config {name[:200]} not found"
    if not is_config_name(name):
        raise NotFound(missing)
    with disk_problems(missing), open_file(configs_folder(settings.data_dir), [name]) as file:
        data = file.read(settings.configs.max_bytes + 1)
        seen = os.fstat(file.fileno())
    is_cut = len(data) > settings.configs.max_bytes
    return Content(data, max(seen.st_size, len(data)), seen.st_mtime, is_cut)


def write_bytes(settings: Settings, name: str, data: bytes) -> None:
    """Puts the file in place as a whole; makes the folder if it is missing."""
    folder = configs_folder(settings.data_dir)
    check_free_disk(folder, settings.retention.min_free_bytes, "no config is written")
    with disk_problems("The folder of configs is not there."):
        folder.mkdir(exist_ok=True)
        write_file(folder, [name], data)


def remove(settings: Settings, name: str) -> None:
    with disk_problems(f"Config {name[:200]} not found"):
        remove_file(configs_folder(settings.data_dir), [name])


def rename(settings: Settings, name: str, new_name: str) -> None:
    with disk_problems(f"Config {name[:200]} not found"):
        rename_entry(configs_folder(settings.data_dir), name, new_name)


def new_name(settings: Settings, text: str, but: str = "") -> str:
    """A name that is still free; raises `BadRequest`, or `Conflict` where one is too much like it."""
    name = clean_name(text)
    with disk_problems("There is no folder of configs."):
        taken = entries(configs_folder(settings.data_dir), most=MOST_ENTRIES)
    for known in taken:
        if known != but and folded(known) == folded(name):
            like = "" if known == name else f", which many systems cannot tell from “{name}”"
            raise Conflict(f"There is a config “{known}” already{like}. Choose another name.")
    return name


def is_valid(settings: Settings, found: Found) -> bool:
    """Whether the file can be read; looked at once for each version of it."""
    folder = configs_folder(settings.data_dir)
    most = settings.configs.max_bytes
    version = (found.size_bytes, found.modified_ns, found.inode)
    return found.size_bytes <= most and _is_valid(folder, found.parts[0], version, most)


@lru_cache(maxsize=4096)
def _is_valid(folder: Path, name: str, _version: tuple[int, int, int], most: int) -> bool:
    try:
        with disk_problems(name), open_file(folder, [name]) as file:
            parse_text(name, file.read(most + 1), most)
    except Problem:
        return False
    return True


def keep_deleted(settings: Settings, name: str, text: str) -> str:
    """Keeps a copy of what is about to be deleted, under the id that is answered."""
    folder = _kept(settings)
    folder.mkdir(exist_ok=True, mode=0o700)
    kept = sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in kept[MOST_KEPT - 1 :]:
        path.unlink(missing_ok=True)
    kept_id = uuid.uuid4()
    write_json(folder / f"{kept_id}.json", {"name": name, "text": text})
    return str(kept_id)


def read_deleted(settings: Settings, kept_id: uuid.UUID) -> tuple[str, str] | None:
    """Name and text of a deleted config, as long as a copy is kept."""
    kept = read_json(_kept(settings) / f"{kept_id}.json")
    return (str(kept["name"]), str(kept["text"])) if kept else None


def forget_deleted(settings: Settings, kept_id: uuid.UUID) -> None:
    (_kept(settings) / f"{kept_id}.json").unlink(missing_ok=True)


def _kept(settings: Settings) -> Path:
    return settings.private_dir / "deleted-configs"
