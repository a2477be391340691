"""Names of datasets and of the files in them, and where they lie."""

from __future__ import annotations

from pathlib import Path

from benchwright.kit.errors import BadRequest
from benchwright.kit.filenames import MAX_NAME_BYTES, clean_file_name, is_plain_name

FOLDER = "datasets"
SCHEMA = "schema.json"
MAX_PARTS = 4
_RULES = f"letters, digits, spaces and ._- (at most {MAX_NAME_BYTES} bytes)"


def clean_dataset_name(text: str) -> str:
    """The name of a dataset as a client may write it, `datasets/x` too; raises `BadRequest`."""
    name = clean_file_name(text.removeprefix(f"{FOLDER}/"))
    if name is None:
        raise BadRequest(f"Invalid name of a dataset {text[:100]!r}: write one of {_RULES}.")
    return name


def clean_data_file_name(text: str) -> str:
    """One plain file name, without folders; raises `BadRequest`."""
    name = clean_file_name(text)
    if name is None:
        raise BadRequest(f"Invalid file name {text[:100]!r}: write one plain name of {_RULES}.")
    return name


def clean_path(text: str, most: int = MAX_PARTS) -> tuple[str, ...]:
    """A file's place in a dataset, at most `most` names joined by `/`; raises `BadRequest`."""
    parts = text[:2000].split("/")
    cleaned = [name for part in parts if (name := clean_file_name(part)) is not None]
    if len(cleaned) != len(parts) or len(parts) > most:
        raise BadRequest(
            f"Invalid file name {text[:100]!r}: write at most {MAX_PARTS} names joined by “/”, each "
            f"of {_RULES}."
        )
    return tuple(cleaned)


def known_path(text: str) -> tuple[str, ...] | None:
    """The place of a file that other programs may have named; None if it can be none."""
    parts = tuple(text[:5000].split("/"))
    return parts if all(map(is_plain_name, parts)) else None


def datasets_folder(data_dir: Path) -> Path:
    """The folder that holds the datasets; a container sees it as `/data/datasets`."""
    return data_dir / FOLDER
