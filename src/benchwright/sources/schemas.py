"""What is told of sources."""

from __future__ import annotations

import datetime as dt
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class SourceView(BaseModel):
    """A source as the settings have it; `collections` is empty where it has all of its database."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    database: str
    connection: str
    server: str
    collections: list[str]


class CollectionView(BaseModel):
    """A collection; `problem` says why it could not be counted."""

    name: str
    documents: int | None = Field(description="How many there are, as the server estimates it.")
    problem: str | None = None


class SourceContents(BaseModel):
    """What lies in a source; `problem` says why that is not known."""

    source: SourceView
    collections: list[CollectionView]
    problem: str | None = None


class DocumentPage(BaseModel):
    """Documents of a collection; `next_cursor` is null on the last page."""

    source: str
    collection: str
    by: str = Field(description="The field that they are ordered by: `timestamp` or `_id`.")
    order: str
    since: dt.datetime | None = Field(None, alias="from")
    until: dt.datetime | None = None
    items: list[dict[str, Any]]
    is_full: bool = Field(description="Whether the page ended because of its size in bytes.")
    next_cursor: str | None = None
