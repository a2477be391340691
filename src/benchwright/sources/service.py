"""Rules of sources: what there is, and how much of it is read at once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from benchwright.kit.errors import Problem
from benchwright.kit.threads import in_thread
from benchwright.setting_groups import NamedSource
from benchwright.sources.connections import SourceConnections
from benchwright.sources.faults import NoCollection, explained
from benchwright.sources.schemas import CollectionView, SourceContents, SourceView

if TYPE_CHECKING:
    from benchwright.sources.reading import Collection, Found, Query

MAX_COLLECTIONS = 1000
COUNTS_AT_ONCE = 8
CONVERTED_AT_ONCE = 1000
TIMESTAMP = "timestamp"


class Contents(NamedTuple):
    """All documents of a source by collection; `cut` names those that had more than is allowed.

    A collection that could not be read holds `{"error": "…"}` instead of its documents.
    """

    collections: dict[str, list[dict[str, Any]] | dict[str, str]]
    cut: list[str]


def list_sources(connections: SourceConnections) -> list[SourceView]:
    """The sources whose connection is set up, without asking them for anything."""
    return [
        view_source(connections, name, source)
        for name, source in connections.settings.available.items()
    ]


def view_source(connections: SourceConnections, name: str, source: NamedSource) -> SourceView:
    """A source as it is told of."""
    return SourceView(
        name=name,
        database=source.database,
        connection=source.connection,
        server=connections.where(source),
        collections=source.collections,
    )


async def list_contents(connections: SourceConnections) -> list[SourceContents]:
    """The collections of all sources; what cannot be reached says so in its place."""
    names = list(connections.settings.available)
    return await asyncio.gather(*(_contents_or_problem(connections, name) for name in names))


async def view_contents(connections: SourceConnections, name: str) -> SourceContents:
    """The collections of a source, with estimated counts; raises `Problem`."""
    source = connections.source(name)
    names = await list_collections(connections, name)
    gate = asyncio.Semaphore(COUNTS_AT_ONCE)

    async def count(collection: str) -> CollectionView:
        async with gate:
            try:
                with explained(connections.where(source)):
                    async with asyncio.timeout(_patience_s(connections)):
                        database = connections.database(source)
                        number = await database[collection].estimated_document_count()
            except Problem as problem:
                return CollectionView(name=collection, documents=None, problem=problem.detail)
            return CollectionView(name=collection, documents=number)

    counted = await asyncio.gather(*(count(each) for each in names))
    return SourceContents(source=view_source(connections, name, source), collections=list(counted))


async def list_collections(connections: SourceConnections, name: str) -> list[str]:
    """The names of a source's collections; raises `Problem`."""
    source = connections.source(name)
    where = connections.where(source)
    with explained(where):
        async with asyncio.timeout(_patience_s(connections)):
            there = await connections.database(source).list_collection_names()
    if source.collections:
        return [each for each in source.collections if each in there]
    return sorted(each for each in there if not each.startswith("system."))[:MAX_COLLECTIONS]


async def check_collection(connections: SourceConnections, name: str, collection: str) -> None:
    """Raises `NotFound` where a source has no such collection, or keeps it to itself."""
    if collection not in await list_collections(connections, name):
        raise NoCollection(f"The source “{name[:80]}” has no collection “{collection[:80]}”.")


async def find_documents(
    connections: SourceConnections, name: str, collection: str, query: Query
) -> tuple[Query, Found]:
    """The documents that a query asks for, and the query as it was understood."""
    from dataclasses import replace

    from benchwright.sources import reading

    await check_collection(connections, name, collection)
    where = connections.where(connections.source(name))
    settings = connections.settings
    with explained(where):
        async with asyncio.timeout(_patience_s(connections)):
            place = _collection(connections, name, collection)
            if not query.by:
                query = replace(query, by=await reading.usual_order(place, settings))
            return query, await reading.find_documents(place, query, settings)


async def read_source(connections: SourceConnections, name: str) -> Contents:
    """All of a source as JSON, oldest first, up to the limits of the settings; raises `Problem`.

    One collection that cannot be read does not keep the others back.
    """
    from benchwright.sources.cursors import Order
    from benchwright.sources.reading import Query

    settings = connections.settings
    contents = Contents({}, [])
    left_bytes = settings.max_bytes
    for collection in await list_collections(connections, name):
        query = Query(
            by="_id",
            order=Order.OLDEST,
            max_documents=settings.max_documents,
            max_bytes=max(left_bytes, 1),
        )
        try:
            _, found = await find_documents(connections, name, collection, query)
        except Problem as problem:
            contents.collections[collection] = {"error": problem.detail}
            continue
        left_bytes -= found.size_bytes
        if found.is_cut:
            contents.cut.append(collection)
        contents.collections[collection] = await as_json(found.documents)
    return contents


async def as_json(documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Documents as JSON has them, a few at a time: the loop goes on meanwhile."""
    from benchwright.sources.values import to_json

    converted: list[dict[str, Any]] = []
    for start in range(0, len(documents), CONVERTED_AT_ONCE):
        converted += await in_thread(to_json, documents[start : start + CONVERTED_AT_ONCE])
    return converted


def columns_of(documents: Sequence[dict[str, Any]]) -> list[str]:
    """All fields of the documents, in the order in which they are met; the usual ones first."""
    fields = dict.fromkeys(name for document in documents for name in document)
    first = [name for name in (TIMESTAMP, "_id") if name in fields]
    return [*first, *(name for name in fields if name not in first)]


async def _contents_or_problem(connections: SourceConnections, name: str) -> SourceContents:
    try:
        return await view_contents(connections, name)
    except Problem as problem:
        source = view_source(connections, name, connections.source(name))
        return SourceContents(source=source, collections=[], problem=problem.detail)


def _collection(connections: SourceConnections, name: str, collection: str) -> Collection:
    return connections.database(connections.source(name))[collection]


def _patience_s(connections: SourceConnections) -> float:
    settings = connections.settings
    return settings.select_timeout_s + settings.timeout_s
