"""Names of config files, and where they lie."""

from __future__ import annotations

import re
from pathlib import Path

from benchwright.kit.errors import BadRequest
from benchwright.kit.filenames import MAX_NAME_BYTES, clean_file_name, is_plain_name

FOLDER = "configs"
_ENDING = re.compile(r".+\.(?:ya?ml|json)", re.IGNORECASE | re.DOTALL)


def clean_name(text: str) -> str:
    """The name of a config as a client may write it, `configs/x.yaml` too; raises `BadRequest`."""
    name = clean_file_name(text.removeprefix(f"{FOLDER}/"))
    if name is None or not _ENDING.fullmatch(name):
        raise BadRequest(
            f"Invalid file name {text[:100]!r}: write one plain name that ends in .yaml, .yml or "
            f".json, of letters, digits, spaces and ._- (at most {MAX_NAME_BYTES} bytes)."
        )
    return name


def is_config_name(name: str) -> bool:
    """Whether a file that other programs put there counts as a config."""
    return is_plain_name(name) and _ENDING.fullmatch(name) is not None


def is_json(name: str) -> bool:
    """JSON has rules of its own; everything else is YAML."""
    return name.lower().endswith(".json")


def configs_folder(data_dir: Path) -> Path:
    """The folder that holds the configs; a container sees it as `/data/configs`."""
    return data_dir / FOLDER
