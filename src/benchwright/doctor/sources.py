"""Looks whether the MongoDB servers whose data is shown can be read."""

from __future__ import annotations

import asyncio

from benchwright.doctor.findings import Finding, ok, warning
from benchwright.kit.errors import Problem
from benchwright.settings import Settings
from benchwright.sources import service
from benchwright.sources.connections import SourceConnections

NAME = "MongoDB"


def check_sources(settings: Settings) -> list[Finding]:
    """A finding for each source; none where no connection is set up."""
    if not settings.sources.available:
        return []
    return asyncio.run(_look(SourceConnections(settings.sources)))


async def _look(connections: SourceConnections) -> list[Finding]:
    try:
        names = list(connections.settings.available)
        return await asyncio.gather(*(_look_at(connections, name) for name in names))
    finally:
        await connections.aclose()


async def _look_at(connections: SourceConnections, name: str) -> Finding:
    source = connections.source(name)
    where = f"{name} (database {source.database} at {connections.where(source)})"
    try:
        collections = await service.list_collections(connections, name)
    except Problem as problem:
        return warning(NAME, f"{name} cannot be read", problem.detail)
    if not collections:
        return warning(
            NAME,
            f"{where}: nothing is there",
            "Correct the names of databases and collections: BENCHWRIGHT_SOURCES__NAMED.",
        )
    number = len(collections)
    return ok(NAME, f"{where}: {number} collection{'s' if number != 1 else ''}")
