"""Reads documents: never more than was allowed, and decoded away from the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from bson.raw_bson import RawBSONDocument
from pymongo.asynchronous.collection import AsyncCollection

from benchwright.kit.threads import in_thread
from benchwright.setting_groups import SourceSettings
from benchwright.sources import cursors
from benchwright.sources.cursors import Order
from benchwright.sources.times import ALWAYS, FIELD, TimeRange, time_filter
from benchwright.sources.values import decode

Collection = AsyncCollection[RawBSONDocument]
T = TypeVar("T")

BATCH = 500
# Decoding less than this takes no longer than handing it to a thread.
SMALL_BYTES = 16_384


@dataclass(frozen=True)
class Query:
    """Which documents are asked for, in which order, and how many at most."""

    range: TimeRange = ALWAYS
    by: str = FIELD
    order: Order = Order.NEWEST
    cursor: str | None = None
    max_documents: int = 50
    max_bytes: int = 2 * 1024 * 1024


@dataclass
class Found:
    """What a query gave; `cursor` leads on, and is None at the end."""

    documents: list[dict[str, Any]] = field(default_factory=list)
    cursor: str | None = None
    is_cut: bool = False
    """Whether there was more than was allowed."""
    is_full: bool = False
    """Whether it was cut because of its size."""
    size_bytes: int = 0


async def find_documents(collection: Collection, query: Query, settings: SourceSettings) -> Found:
    """The documents of a query, decoded."""
    found = Found()
    last: dict[str, Any] | None = None
    async for batch in _batches(collection, query, settings):
        decoded = await _apart(_decode, batch)
        for raw, document in zip(batch, decoded, strict=True):
            if not query.range.holds(document.get(FIELD)):
                continue
            # One document is given however large it is: otherwise no page would lead past it.
            is_full = found.size_bytes + len(raw) > query.max_bytes and last is not None
            if len(found.documents) == query.max_documents or is_full:
                found.is_cut, found.is_full = True, is_full
                found.cursor = cursors.encode(last or {}, query.by)
                return found
            found.documents.append(document)
            found.size_bytes += len(raw)
            last = document
    return found


async def usual_order(collection: Collection, settings: SourceSettings) -> str:
    """`timestamp` where the first document has one, else `_id`."""
    first = await collection.find_one({}, max_time_ms=_max_time_ms(settings))
    return FIELD if first is not None and FIELD in first else "_id"


async def _batches(
    collection: Collection, query: Query, settings: SourceSettings
) -> AsyncIterator[list[bytes]]:
    conditions: list[Mapping[str, Any]] = []
    if not query.range.is_open:
        conditions.append(time_filter(query.range))
    if query.cursor is not None:
        conditions.append(cursors.following(query.cursor, query.by, query.order))
    direction = query.order.direction
    keys = (
        [(query.by, direction)]
        if query.by == "_id"
        else [(query.by, direction), ("_id", direction)]
    )
    found = collection.find(
        {"$and": conditions} if conditions else {},
        sort=keys,
        batch_size=min(BATCH, query.max_documents + 1),
        max_time_ms=_max_time_ms(settings),
    )
    async with found:
        batch: list[bytes] = []
        size_bytes = 0
        async for document in found:
            batch.append(bytes(document.raw))
            size_bytes += len(document.raw)
            if len(batch) > min(BATCH, query.max_documents) or size_bytes > query.max_bytes:
                yield batch
                batch, size_bytes = [], 0
        if batch:
            yield batch


def _decode(batch: list[bytes]) -> list[dict[str, Any]]:
    return [decode(raw) for raw in batch]


async def _apart(function: Callable[[list[bytes]], T], batch: list[bytes]) -> T:
    if sum(map(len, batch)) <= SMALL_BYTES:
        await asyncio.sleep(0)
        return function(batch)
    return await in_thread(function, batch)


def _max_time_ms(settings: SourceSettings) -> int:
    return int(settings.timeout_s * 1000)
