"""Stored configs and datasets that a plan names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from benchwright.kit.errors import FieldError, Invalid
from benchwright.settings import Settings

MAX_CONFIG_BYTES = 4 * 1024 * 1024

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9 ._-]{0,199}", re.ASCII)


def read_config(settings: Settings, text: str) -> tuple[str, bytes]:
    """Name and content of a stored config; raises `Invalid` at the field `config.stored`."""
    name = text.removeprefix("configs/")
    if not _NAME.fullmatch(name) or not name.lower().endswith((".yaml", ".yml", ".json")):
        raise _refused(f"Invalid file name {text[:100]!r}: write the plain name of a config")
    path = settings.data_dir / "configs" / name
    content = _read(path)
    if content is None:
        raise _refused(f"There is no config “{name}”")
    if len(content) > MAX_CONFIG_BYTES:
        raise _refused(f"“{name}” is larger than {MAX_CONFIG_BYTES // 2**20} MiB")
    return name, content


def check_datasets(settings: Settings, names: Sequence[str]) -> None:
    """Raises `Invalid` for datasets that are not there."""
    errors: list[FieldError] = []
    for place, text in enumerate(names):
        name = text.removeprefix("datasets/")
        known = _NAME.fullmatch(name) and (settings.data_dir / "datasets" / name).is_dir()
        if not known:
            message = f"There is no dataset “{name[:80]}”"
            errors.append({"field": f"datasets.{place}", "message": message})
    if errors:
        raise Invalid("The plan names a dataset that is not there.", errors)


def _read(path: Path) -> bytes | None:
    if path.is_symlink() or not path.is_file():
        return None
    try:
        with path.open("rb") as file:
            return file.read(MAX_CONFIG_BYTES + 1)
    except OSError:
        return None


def _refused(message: str) -> Invalid:
    return Invalid(f"{message}.", [{"field": "config.stored", "message": message}])
