"""Brings an OpenAPI document into a lab."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from benchwright.commands.addresses import is_url
from benchwright.commands.wish import StoredEndpoint
from benchwright.kit.startup import StartupError
from benchwright.settings import MEBIBYTE

if TYPE_CHECKING:
    from benchwright.commands.lab_client import Json, LabClient

STANDARD_INPUT = "-"

MAX_FILE_BYTES = 256 * MEBIBYTE
"""Far above what a lab reads: only keeps a wrong file from filling the memory."""


async def put_document(
    client: LabClient, project: str, place: str
) -> tuple[Json, list[StoredEndpoint]]:
    """The spec of the document at an address or in a file, and its endpoints."""
    if is_url(place):
        spec = await client.put_spec_of_url(project, place)
    else:
        document = _read_input() if place == STANDARD_INPUT else _read_file(Path(place))
        spec = await client.put_spec_of_file(project, _title_of(document), document)
    endpoints = [
        StoredEndpoint(e["public_id"], e["method"], e["path"], e["operation_id"])
        for e in await client.list_endpoints(spec["public_id"])
    ]
    return spec, endpoints


def _read_input() -> bytes:
    document = sys.stdin.buffer.read(MAX_FILE_BYTES + 1)
    if len(document) > MAX_FILE_BYTES:
        raise StartupError("Standard input is too large for an OpenAPI document.")
    return document


def _read_file(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise StartupError(f"{path} is too large for an OpenAPI document.")
        return path.read_bytes()
    except OSError as error:
        raise StartupError(f"{path} cannot be read: {error.strerror}.") from None


def _title_of(document: bytes) -> str:
    # Read here too: a fault is told at once, and an earlier spec of the same API is found.
    from benchwright.specs.analysis import analyse

    return analyse(document).title
