"""Cursor pagination over a growing integer key, newest first."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel
from sqlalchemy import Select
from sqlalchemy.orm import InstrumentedAttribute

from benchwright.kit.db import ReadSession
from benchwright.kit.errors import BadRequest

T = TypeVar("T")

MAX_ID = 2**31 - 1  # as far as keys go on PostgreSQL


class Page(BaseModel, Generic[T]):
    """One page of a list; `next_cursor` is null on the last one."""

    items: list[T]
    next_cursor: str | None = None


class PageRequest(BaseModel):
    """Which page is asked for."""

    cursor: str | None = None
    limit: int = 50

    @property
    def before_id(self) -> int | None:
        """The key that the page starts behind."""
        if self.cursor is None:
            return None
        try:
            last_id = int(base64.urlsafe_b64decode(self.cursor + "==").decode("ascii"))
        except ValueError:
            last_id = 0
        if not 0 < last_id <= MAX_ID:
            raise BadRequest("The cursor is not one that this list gave out.")
        return last_id


def page_request(
    cursor: Annotated[str | None, Query(max_length=64)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> PageRequest:
    """Reads `?cursor=…&limit=…`."""
    return PageRequest(cursor=cursor, limit=limit)


def encode_cursor(last_id: int) -> str:
    """The cursor of a page that ends with the row `last_id`."""
    return base64.urlsafe_b64encode(str(last_id).encode("ascii")).decode("ascii").rstrip("=")


def fetch_page(
    session: ReadSession, query: Select[Any], key: InstrumentedAttribute[int], request: PageRequest
) -> tuple[Sequence[Any], str | None]:
    """The rows of one page, newest first, and the cursor of the next."""
    if request.before_id is not None:
        query = query.where(key < request.before_id)
    rows = session.scalars(query.order_by(key.desc()).limit(request.limit + 1)).all()
    if len(rows) <= request.limit:
        return rows, None
    rows = rows[: request.limit]
    return rows, encode_cursor(int(getattr(rows[-1], key.key)))
