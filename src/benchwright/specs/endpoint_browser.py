"""The browser of a spec's endpoints: what its address asks for, and what its part of a page shows."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import Depends, Query

from benchwright.kit.db import ReadSession
from benchwright.kit.unicode import STORABLE
from benchwright.specs import browsing, service
from benchwright.specs.models import Spec
from benchwright.specs.outline import EndpointFilter

SHOWN_ROWS = 200
MOST_CHOSEN = 5000
FORM_HOLDS = 200
"""As many scenarios fit into the form of a load test; more are set up as a text."""

Chosen = Annotated[list[uuid.UUID], Query(max_length=MOST_CHOSEN)]
Words = Annotated[str, Query(max_length=200, pattern=STORABLE)]
Methods = Annotated[
    list[Annotated[str, Query(max_length=20, pattern=STORABLE)]], Query(max_length=20)
]
TagName = Annotated[str, Query(max_length=200, pattern=STORABLE)]


@dataclass(frozen=True, slots=True)
class BrowserWish:
    """What the address of a page with the browser says of it."""

    filter: EndpointFilter = field(default_factory=EndpointFilter)
    chosen: tuple[uuid.UUID, ...] = ()
    start: int = 0
    is_suggested: bool = False


def browser_wish(
    q: Words = "",
    *,
    method: Methods = [],  # noqa: B006 - FastAPI copies defaults
    tag: TagName = "",
    endpoint: Chosen = [],  # noqa: B006 - as above
    start: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    suggested: Annotated[bool, Query()] = False,
) -> BrowserWish:
    """Reads the address."""
    methods = tuple(dict.fromkeys(name.upper() for name in method))
    return BrowserWish(EndpointFilter(q, methods, tag), tuple(endpoint), start, suggested)


BrowserWishDep = Annotated[BrowserWish, Depends(browser_wish)]


def browse(session: ReadSession, spec: Spec, asked: BrowserWish) -> dict[str, Any]:
    """The first rows, what narrows them, and what is chosen among them and beyond."""
    wish = asked.filter
    rows, has_more = browsing.list_rows(session, spec, wish, offset=asked.start, limit=SHOWN_ROWS)
    chosen = browsing.suggest(session, spec) if asked.is_suggested else []
    chosen += browsing.keep_known(session, spec, asked.chosen)
    names = frozenset(str(public_id) for public_id in chosen)
    shown = {str(row.public_id) for row in rows}
    return {
        "wish": wish,
        "start": asked.start,
        "next_start": asked.start + SHOWN_ROWS if has_more else None,
        "groups": browsing.group_rows(rows),
        "shown_count": len(rows),
        "match_count": browsing.count_rows(session, spec, wish),
        "chosen": names,
        "chosen_elsewhere": sorted(names - shown),
        "suggested": asked.is_suggested,
        "methods": browsing.count_methods(session, spec),
        "tags": service.list_tags(session, spec),
        "form_holds": FORM_HOLDS,
        "most_chosen": MOST_CHOSEN,
        "taken": frozenset[str](),
    }
