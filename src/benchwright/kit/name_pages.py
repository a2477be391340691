"""Cursor pagination over names in their order, for lists that no database keeps."""

from __future__ import annotations

import base64
import bisect
from collections.abc import Sequence
from typing import Annotated, NamedTuple

from fastapi import Query

from benchwright.kit.errors import BadRequest


class NamePageRequest(NamedTuple):
    """Which page is asked for."""

    cursor: str | None = None
    limit: int = 50


def name_page_request(
    cursor: Annotated[str | None, Query(max_length=8000)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> NamePageRequest:
    """Reads `?cursor=…&limit=…`."""
    return NamePageRequest(cursor, limit)


def slice_names(names: Sequence[str], request: NamePageRequest) -> tuple[int, int, str | None]:
    """From where to where the page goes in sorted names, and the cursor of the next."""
    start = 0
    if request.cursor is not None:
        try:
            padded = request.cursor + "=" * (-len(request.cursor) % 4)
            last = base64.b64decode(padded, altchars=b"-_", validate=True).decode()
        except ValueError:
            raise BadRequest("The cursor is not one that this list gave out.") from None
        start = bisect.bisect_right(names, last)
    end = min(start + request.limit, len(names))
    if end >= len(names):
        return start, end, None
    return start, end, base64.urlsafe_b64encode(names[end - 1].encode()).decode().rstrip("=")
