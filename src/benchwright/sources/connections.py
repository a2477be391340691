"""Connections to MongoDB: one client for each, made when it is first needed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from benchwright.kit.errors import NotFound
from benchwright.setting_groups import MongoSettings, NamedSource, SourceSettings

if TYPE_CHECKING:
    from bson.raw_bson import RawBSONDocument
    from pymongo import AsyncMongoClient
    from pymongo.asynchronous.database import AsyncDatabase

POOL_SIZE = 10


class SourceConnections:
    """The sources of one installation, and the clients that read them."""

    def __init__(self, settings: SourceSettings) -> None:
        self.settings = settings
        self._clients: dict[str, AsyncMongoClient[RawBSONDocument]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None

    def source(self, name: str) -> NamedSource:
        """The source of this name; raises `NotFound`."""
        source = self.settings.available.get(name)
        if source is None:
            raise NotFound(f"There is no source “{name[:80]}”.")
        return source

    def database(self, source: NamedSource) -> AsyncDatabase[RawBSONDocument]:
        """Where a source lies; nothing is sent yet. Raises what pymongo says of a wrong address."""
        # A client belongs to the loop that it was made in; a test may open an application twice.
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._clients, self._loop = {}, loop
        name = source.connection
        if name not in self._clients:
            self._clients[name] = open_client(self.settings, self.settings.connection(name))
        return self._clients[name][source.database]

    def where(self, source: NamedSource) -> str:
        """The server of a source in words, without its credentials."""
        return server_of(self.settings.connection(source.connection))

    async def aclose(self) -> None:
        """Closes what was opened."""
        clients, self._clients = list(self._clients.values()), {}
        for client in clients:
            await client.close()


def open_client(
    settings: SourceSettings, connection: MongoSettings
) -> AsyncMongoClient[RawBSONDocument]:
    """A client that gives documents as they were sent, to be decoded elsewhere."""
    from bson.raw_bson import RawBSONDocument
    from pymongo import AsyncMongoClient

    options: dict[str, Any] = {
        "appname": "benchwright",
        "serverSelectionTimeoutMS": int(settings.select_timeout_s * 1000),
        "connectTimeoutMS": int(settings.select_timeout_s * 1000),
        "socketTimeoutMS": int(settings.timeout_s * 1000),
        "maxPoolSize": POOL_SIZE,
        "document_class": RawBSONDocument,
    }
    if connection.uri is not None:
        return AsyncMongoClient(connection.uri.get_secret_value(), **options)
    if connection.username is not None:
        options["username"] = connection.username
        options["authSource"] = connection.auth_source
        if connection.password is not None:
            options["password"] = connection.password.get_secret_value()
    return AsyncMongoClient(connection.host, connection.port, **options)


def server_of(connection: MongoSettings) -> str:
    """Host and port of a connection; of an address whatever stands behind its credentials."""
    if connection.uri is None:
        return f"{connection.host}:{connection.port}"
    try:
        return (
            urlsplit(connection.uri.get_secret_value()).netloc.rpartition("@")[2] or "its address"
        )
    except ValueError:
        return "its address"
