"""Sites by the names of their databases, and what was measured there lately."""

from __future__ import annotations

import datetime as dt

from benchwright.kit.db import now
from benchwright.kit.errors import Problem
from benchwright.kit.threads import in_thread
from benchwright.sources import service
from benchwright.sources.connections import SourceConnections
from benchwright.sources.exporting import SCHEMA_COLLECTION
from benchwright.sources.service import Contents


def site_names(connections: SourceConnections) -> list[str]:
    """The databases that are shown, in their order."""
    sources = connections.settings.available.values()
    return sorted({source.database for source in sources})


def source_of(connections: SourceConnections, site: str) -> str | None:
    """The name of the source that shows this database."""
    available = connections.settings.available
    if site in available:
        return site
    return next((name for name, source in available.items() if source.database == site), None)


async def read_recent(connections: SourceConnections, source: str, minutes: int) -> Contents:
    """Each collection's documents of the last minutes, the oldest first; raises `Problem`.

    Of more than is allowed, the newest are kept.
    """
    from benchwright.sources.reading import Query
    from benchwright.sources.times import TimeRange
    from benchwright.sources.values import to_json

    settings = connections.settings
    since = now() - dt.timedelta(minutes=minutes)
    contents = Contents({}, [])
    left_bytes = settings.max_bytes
    for collection in await service.list_collections(connections, source):
        query = Query(
            range=TimeRange(since, None),
            max_documents=settings.max_documents,
            max_bytes=max(left_bytes, 1),
        )
        try:
            _, found = await service.find_documents(connections, source, collection, query)
        except Problem as problem:
            contents.collections[collection] = {"error": problem.detail}
            continue
        left_bytes -= found.size_bytes
        if found.is_cut:
            contents.cut.append(collection)
        contents.collections[collection] = await in_thread(to_json, found.documents[::-1])
    return contents


async def dates_available(connections: SourceConnections, source: str) -> list[dict[str, str]]:
    """The times of each collection's first and last document; raises `Problem`.

    What holds no documents with a time is left out, as are the schemas.
    """
    found = []
    for collection in await service.list_collections(connections, source):
        if collection == SCHEMA_COLLECTION:
            continue
        oldest = await _end_of(connections, source, collection, "oldest")
        newest = await _end_of(connections, source, collection, "newest")
        if oldest is not None and newest is not None:
            found.append(
                {
                    "installation": collection,
                    "oldest_record": oldest.isoformat(),
                    "newest_record": newest.isoformat(),
                }
            )
    return found


async def _end_of(
    connections: SourceConnections, source: str, collection: str, order: str
) -> dt.datetime | None:
    from benchwright.sources.cursors import Order
    from benchwright.sources.reading import Query
    from benchwright.sources.times import read_timestamp

    query = Query(by="_id", order=Order(order), max_documents=1)
    _, found = await service.find_documents(connections, source, collection, query)
    return read_timestamp(found.documents[0].get(service.TIMESTAMP)) if found.documents else None
