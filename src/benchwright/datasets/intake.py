"""Uploads over HTTP: streamed to the disk, whatever their size."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import TypeVar

from fastapi import Request
from starlette.types import Scope

from benchwright.datasets.upload import Upload
from benchwright.kit.body_limit import BodyRoom
from benchwright.kit.errors import BadRequest
from benchwright.kit.multipart import FormReader, in_blocks
from benchwright.kit.requests import route_path
from benchwright.kit.threads import in_thread
from benchwright.settings import Settings

T = TypeVar("T")

_FRAME_BYTES = 16 * 1024 * 1024
"""What a form adds to its files: a few hundred bytes each."""
_ROUTES = re.compile(
    r"/p/[^/]+/datasets/(?:upload|[^/]+/upload)|/api/v1/datasets/[^/]+/files(?:/.*)?", re.DOTALL
)


def room_for_uploads(settings: Settings) -> Callable[[Scope], BodyRoom | None]:
    """Tells which requests may be larger than others; their bodies are never held in memory."""
    room = BodyRoom(settings.datasets.max_bytes + _FRAME_BYTES, "BENCHWRIGHT_DATASETS__MAX_BYTES")

    def room_of(scope: Scope) -> BodyRoom | None:
        if scope["method"] not in ("POST", "PUT") or not _ROUTES.fullmatch(route_path(scope)):
            return None
        # A body that calls itself JSON is read as a whole before any route sees it.
        kinds = [value for name, value in scope["headers"] if name == b"content-type"]
        return None if any(b"json" in kind for kind in kinds) else room

    return room_of


async def take_form(
    request: Request, settings: Settings, finish: Callable[[Upload, Mapping[str, str]], T]
) -> T:
    """Reads a form with files, then `finish(upload, fields)` puts them in their place."""
    async with _opened(settings) as upload:
        reader = FormReader(request.headers.get("content-type", ""), upload)
        async for block in in_blocks(request.stream()):
            await in_thread(reader.feed, block)
        reader.finish()
        return await in_thread(finish, upload, reader.fields)


async def take_file(request: Request, settings: Settings, name: str, path: str) -> None:
    """Reads a body as one file of a dataset, in place of one of that path."""
    async with _opened(settings) as upload:
        await in_thread(upload.begin, path)
        async for block in in_blocks(request.stream()):
            await in_thread(upload.write, block)
        await in_thread(upload.end)
        await in_thread(upload.add_to, name)


def check_any(upload: Upload) -> None:
    """Raises `BadRequest` for an upload without files."""
    if not upload.paths:
        raise BadRequest("No file was chosen.")


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[Upload]:
    upload = Upload(settings)
    await in_thread(upload.open)
    try:
        yield upload
    finally:
        await in_thread(upload.discard)
