"""The documents of a source between two times as a dataset: a table of means for each collection."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import BaseModel, Field

from benchwright.datasets import service as datasets
from benchwright.datasets.schemas import DatasetSummary
from benchwright.kit.downloads import csv_chunks
from benchwright.kit.errors import Invalid, NotFound, TooLarge
from benchwright.kit.filenames import clean_file_name, folded
from benchwright.kit.threads import in_thread
from benchwright.settings import Settings
from benchwright.sources import service
from benchwright.sources.connections import SourceConnections
from benchwright.sources.wish import read_range_of

if TYPE_CHECKING:
    from benchwright.sources.averages import Averages

SCHEMA_COLLECTION = "schema"
SITE_SCHEMA = "site_schema.json"
MAX_ROWS = 600_000
"""Of all tables together: a year by the minute."""


class ExportWish(BaseModel):
    """What is exported, and the name of the dataset that it becomes."""

    name: str = Field(min_length=1, max_length=200)
    period: int = Field(60, ge=1, le=366 * 24 * 60, description="Minutes of a row.")
    from_ts: str = Field(
        "", max_length=40, description="Start, as ISO 8601; without it the first document."
    )
    until_ts: str = Field(
        "", max_length=40, description="End, itself left out; without it the last document."
    )
    description: str = Field("", max_length=20_000)
    citylearn_configs: dict[str, Any] = Field(
        default_factory=dict, description="What `schema.json` says besides."
    )
    replace: bool = Field(False, description="Whether a dataset of that name is written over.")


class _Table(NamedTuple):
    collection: str
    file: str
    content: bytes
    rows: int
    averages: Averages


async def export_source(
    connections: SourceConnections, settings: Settings, source: str, wish: ExportWish
) -> DatasetSummary:
    """Makes the dataset, as a whole or not at all; raises `Problem`.

    More documents than the settings allow are refused, rather than left out without a word.
    """
    since, until = read_range_of(wish.from_ts, wish.until_ts, ("from_ts", "until_ts"))
    averages: dict[str, Averages] = {}
    site_schema: dict[str, Any] | None = None
    left_bytes = connections.settings.max_bytes
    for collection in await service.list_collections(connections, source):
        if collection == SCHEMA_COLLECTION:
            site_schema = await _newest(connections, source)
            continue
        averages[collection], size_bytes = await _average(
            connections, source, collection, wish.period, (since, until), left_bytes
        )
        left_bytes -= size_bytes
    if not any(each.documents for each in averages.values()):
        raise NotFound("There are no documents of that time, so there is nothing to export.")
    return await in_thread(_write, settings, source, wish, (since, until), averages, site_schema)


async def _average(  # what it is about, and how much of it
    connections: SourceConnections,
    source: str,
    collection: str,
    period: int,
    ends: tuple[dt.datetime | None, dt.datetime | None],
    max_bytes: int,
) -> tuple[Averages, int]:
    from benchwright.sources.averages import Averages
    from benchwright.sources.cursors import Order
    from benchwright.sources.reading import Query
    from benchwright.sources.times import TimeRange

    query = Query(
        range=TimeRange(*ends),
        order=Order.OLDEST,
        max_documents=connections.settings.max_documents,
        max_bytes=max(max_bytes, 1),
    )
    _, found = await service.find_documents(connections, source, collection, query)
    if found.is_cut:
        raise TooLarge(
            f"The collection “{collection[:80]}” has more of that time than an export may hold."
            " Narrow the range, or raise BENCHWRIGHT_SOURCES__MAX_DOCUMENTS and __MAX_BYTES."
        )
    averages = Averages(dt.timedelta(minutes=period))

    def add_all() -> None:
        for document in found.documents:
            averages.add(document)

    await in_thread(add_all)
    return averages, found.size_bytes


async def _newest(connections: SourceConnections, source: str) -> dict[str, Any] | None:
    from benchwright.sources.reading import Query
    from benchwright.sources.values import to_json

    query = Query(by="_id", max_documents=1)
    _, found = await service.find_documents(connections, source, SCHEMA_COLLECTION, query)
    schema: dict[str, Any] | None = to_json(found.documents[0]) if found.documents else None
    return schema


def _write(  # all that was read
    settings: Settings,
    source: str,
    wish: ExportWish,
    ends: tuple[dt.datetime | None, dt.datetime | None],
    averages: dict[str, Averages],
    site_schema: dict[str, Any] | None,
) -> DatasetSummary:
    tables = list(_tables(averages, ends))
    files = {table.file: table.content for table in tables}
    if site_schema is not None:
        files[SITE_SCHEMA] = json.dumps(site_schema, ensure_ascii=False, indent=1).encode()
    schema = {
        **wish.citylearn_configs,
        **({"description": wish.description} if wish.description else {}),
        "benchwright": {
            "source": source,
            "from": ends[0].isoformat() if ends[0] else None,
            "until": ends[1].isoformat() if ends[1] else None,
            "period_minutes": wish.period,
            "files": {table.file: _facts(table) for table in tables},
        },
    }
    return datasets.create_dataset(settings, wish.name, schema, files, replace=wish.replace)


def _tables(
    averages: dict[str, Averages], ends: tuple[dt.datetime | None, dt.datetime | None]
) -> Iterable[_Table]:
    taken = {SITE_SCHEMA, "schema.json"}
    total = 0
    for number, (collection, each) in enumerate(averages.items(), 1):
        if not each.documents:
            continue
        rows = each.count_rows(*ends)
        total += rows
        if total > MAX_ROWS:
            message = f"They would be more than {MAX_ROWS:,} rows; choose a longer period."
            raise Invalid("The table would be too long.", [{"field": "period", "message": message}])
        plain = clean_file_name(f"{collection}.csv")
        file = plain if plain and folded(plain) not in taken else f"collection-{number}.csv"
        taken.add(folded(file))
        content = b"".join(csv_chunks(["timestamp", *each.columns], each.rows(*ends)))
        yield _Table(collection, file, content, rows, each)


def _facts(table: _Table) -> dict[str, Any]:
    return {
        "collection": table.collection,
        "documents": table.averages.documents,
        "rows": table.rows,
        "columns": list(table.averages.columns),
        "left_out": table.averages.left_out,
    }
