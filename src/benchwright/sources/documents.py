"""Documents as pages of JSON and as files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from fastapi import Response

from benchwright.kit.db import now
from benchwright.kit.downloads import csv_chunks, file_name
from benchwright.sources import service
from benchwright.sources.connections import SourceConnections
from benchwright.sources.schemas import DocumentPage
from benchwright.sources.wish import DocumentWish, page_bytes, read_range

if TYPE_CHECKING:
    from benchwright.sources.reading import Query

CHUNK_DOCUMENTS = 500


class Ending(StrEnum):
    """The kind of file."""

    CSV = "csv"
    NDJSON = "ndjson"


MEDIA_TYPES = {Ending.CSV: "text/csv", Ending.NDJSON: "application/x-ndjson"}


async def page_of(
    connections: SourceConnections, source: str, collection: str, wish: DocumentWish
) -> DocumentPage:
    """One page as JSON; raises `Problem`."""
    query = _query(wish, wish.limit, page_bytes(connections.settings))
    query, found = await service.find_documents(connections, source, collection, query)
    return DocumentPage.model_validate(
        {
            "source": source,
            "collection": collection,
            "by": query.by,
            "order": query.order.value,
            "from": query.range.since,
            "until": query.range.until,
            "items": await service.as_json(found.documents),
            "is_full": found.is_full,
            "next_cursor": found.cursor,
        }
    )


async def file_of(
    connections: SourceConnections,
    source: str,
    collection: str,
    wish: DocumentWish,
    ending: Ending,
) -> tuple[str, Iterator[bytes], bool]:
    """Name and pieces of a file, and whether it had to leave something out; raises `Problem`.

    It holds what the page shows and all pages after it, up to the limits of the settings.
    """
    settings = connections.settings
    query = _query(wish, settings.max_documents, settings.max_bytes)
    _, found = await service.find_documents(connections, source, collection, query)
    name = file_name(f"{collection[:60]} {now():%Y-%m-%d %H.%M}", ending.value, "documents")
    chunks = _csv if ending is Ending.CSV else _ndjson
    return name, chunks(found.documents), found.is_cut


def cell_text(value: Any) -> Any:
    """A value as one cell of a table: what has parts is compact JSON."""
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return value


def json_of(page: DocumentPage) -> Response:
    """A page as it is answered; written here, as it may be megabytes."""
    return Response(page.model_dump_json(by_alias=True), media_type="application/json")


def _query(wish: DocumentWish, max_documents: int, max_bytes: int) -> Query:
    from benchwright.sources.cursors import Order
    from benchwright.sources.reading import Query
    from benchwright.sources.times import TimeRange

    return Query(
        range=TimeRange(*read_range(wish)),
        by=wish.by,
        order=Order(wish.order),
        cursor=wish.cursor or None,
        max_documents=max_documents,
        max_bytes=max_bytes,
    )


def _as_json(documents: list[dict[str, Any]]) -> Any:
    from benchwright.sources.values import to_json

    return to_json(documents)


def _ndjson(documents: list[dict[str, Any]]) -> Iterator[bytes]:
    for start in range(0, len(documents), CHUNK_DOCUMENTS):
        piece = _as_json(documents[start : start + CHUNK_DOCUMENTS])
        yield "".join(json.dumps(d, ensure_ascii=False) + "\n" for d in piece).encode()


def _csv(documents: list[dict[str, Any]]) -> Iterator[bytes]:
    columns = service.columns_of(documents)
    rows = (
        [cell_text(document.get(name)) for name in columns]
        for start in range(0, len(documents), CHUNK_DOCUMENTS)
        for document in _as_json(documents[start : start + CHUNK_DOCUMENTS])
    )
    return csv_chunks(columns, rows)
