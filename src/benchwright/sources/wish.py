"""What an address says about the documents that are asked for."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from fastapi import Depends, Query
from pydantic import BaseModel

from benchwright.kit.errors import Invalid
from benchwright.setting_groups import SourceSettings

MAX_LIMIT = 1000
MAX_CURSOR = 4096

By = Literal["", "timestamp", "_id"]
Way = Literal["newest", "oldest"]


class DocumentWish(BaseModel):
    """A range of time, an order and a page of it; times are texts as they were given."""

    since: str = ""
    until: str = ""
    by: By = ""
    order: Way = "newest"
    cursor: str = ""
    limit: int = 50

    @property
    def is_narrowed(self) -> bool:
        """Whether it asks for a range of time."""
        return bool(self.since or self.until)


def document_wish(
    since: Annotated[
        str,
        Query(
            alias="from",
            max_length=40,
            description="Only documents with a `timestamp` from this time on (ISO 8601, UTC where it has no offset).",
        ),
    ] = "",
    until: Annotated[
        str, Query(max_length=40, description="Only documents with a `timestamp` before this time.")
    ] = "",
    by: Annotated[
        By, Query(description="The order; without it `timestamp` where the first document has one.")
    ] = "",
    order: Way = "newest",
    cursor: Annotated[str, Query(max_length=MAX_CURSOR)] = "",
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = 50,
) -> DocumentWish:
    """Reads `?from=…&until=…&by=…&order=…&cursor=…&limit=…`."""
    return DocumentWish(
        since=since, until=until, by=by, order=order, cursor=cursor, limit=limit
    )  # fmt: skip


WishDep = Annotated[DocumentWish, Depends(document_wish)]


def read_moment(text: str, field: str) -> dt.datetime | None:
    """A time in UTC; None for an empty text. Raises `Invalid`."""
    if not text.strip():
        return None
    try:
        at = dt.datetime.fromisoformat(text.strip())
        return at.replace(tzinfo=dt.UTC) if at.tzinfo is None else at.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        message = "Write a time such as 2026-01-31T12:00 or 2026-01-31T12:00:00+01:00."
        raise Invalid(
            f"“{text[:40]}” is no time.", [{"field": field, "message": message}]
        ) from None


def read_range(wish: DocumentWish) -> tuple[dt.datetime | None, dt.datetime | None]:
    """The two ends of its range; raises `Invalid`."""
    return read_range_of(wish.since, wish.until, ("from", "until"))


def read_range_of(
    since_text: str, until_text: str, fields: tuple[str, str]
) -> tuple[dt.datetime | None, dt.datetime | None]:
    """The two ends of a range that the fields of these names say; raises `Invalid`."""
    since, until = read_moment(since_text, fields[0]), read_moment(until_text, fields[1])
    if since is not None and until is not None and since >= until:
        message = "Choose a later time than the start."
        raise Invalid(
            "The range ends before it begins.", [{"field": fields[1], "message": message}]
        )
    return since, until


def page_bytes(settings: SourceSettings) -> int:
    """The size after which a page ends."""
    return min(settings.max_page_bytes, settings.max_bytes)
