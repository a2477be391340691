"""SQL about a spec's endpoints as lists: filtered, in an order, page by page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, or_, select

from benchwright.kit.db import ReadSession
from benchwright.kit.pagination import PageRequest, encode_cursor
from benchwright.specs.models import Endpoint, Tag, endpoint_tag
from benchwright.specs.outline import EndpointFilter

_AFTER_ALL_TAGS = 1_000_000


def page_of_endpoints(
    session: ReadSession,
    spec_id: int,
    request: PageRequest,
    *,
    tag: str | None = None,
    text: str | None = None,
    method: str | None = None,
    removed: bool = False,
) -> tuple[Sequence[Endpoint], str | None]:
    """One page of a spec's endpoints in the order of its document."""
    query = select(Endpoint).where(Endpoint.spec_id == spec_id)
    if not removed:
        query = query.where(Endpoint.removed_at.is_(None))
    if method is not None:
        query = query.where(Endpoint.method == method.upper())
    if tag is not None:
        query = query.where(
            Endpoint.id.in_(
                select(endpoint_tag.c.endpoint_id)
                .join(Tag, Tag.id == endpoint_tag.c.tag_id)
                .where(Tag.spec_id == spec_id, Tag.name == tag)
            )
        )
    if text:
        query = query.where(_contains(text))
    # `before_id` is the key that the cursor names; this list runs upwards from it.
    if request.before_id is not None:
        query = query.where(Endpoint.id > request.before_id)
    rows = session.scalars(query.order_by(Endpoint.id).limit(request.limit + 1)).all()
    if len(rows) <= request.limit:
        return rows, None
    rows = rows[: request.limit]
    return rows, encode_cursor(rows[-1].id)


def stretch_of_endpoints(
    session: ReadSession, spec_id: int, wish: EndpointFilter, offset: int, limit: int
) -> Sequence[Any]:
    """The columns that a list shows, in the order of first tags, then of the document."""
    position = func.coalesce(func.min(Tag.position), _AFTER_ALL_TAGS)
    query = (
        select(
            Endpoint.id, Endpoint.public_id, Endpoint.method, Endpoint.path,
            Endpoint.operation_id, Endpoint.summary, Endpoint.deprecated,
        )
        .outerjoin(endpoint_tag, endpoint_tag.c.endpoint_id == Endpoint.id)
        .outerjoin(Tag, Tag.id == endpoint_tag.c.tag_id)
        .where(*_wanted(spec_id, wish))
        .group_by(Endpoint.id)
        .order_by(position, Endpoint.id)
        .offset(offset)
        .limit(limit)
    )  # fmt: skip
    return session.execute(query).all()


def count_filtered(session: ReadSession, spec_id: int, wish: EndpointFilter) -> int:
    """How many endpoints pass the filter."""
    return session.scalar(select(func.count(Endpoint.id)).where(*_wanted(spec_id, wish))) or 0


def count_methods(session: ReadSession, spec_id: int) -> dict[str, int]:
    """The methods that occur, each with the number of its endpoints, the most frequent first."""
    number = func.count(Endpoint.id)
    query = (
        select(Endpoint.method, number)
        .where(Endpoint.spec_id == spec_id, Endpoint.removed_at.is_(None))
        .group_by(Endpoint.method)
        .order_by(number.desc(), Endpoint.method)
    )
    return {method: count for method, count in session.execute(query)}  # noqa: C416 - `dict` does not know a row's types


def _contains(text: str, *others: Any) -> Any:
    wanted = text.lower()
    return or_(
        *(
            func.lower(column).contains(wanted, autoescape=True)
            for column in (Endpoint.path, Endpoint.summary, Endpoint.operation_id)
        ),
        *others,
    )


def _wanted(spec_id: int, wish: EndpointFilter) -> list[Any]:
    tagged = (
        select(endpoint_tag.c.endpoint_id)
        .join(Tag, Tag.id == endpoint_tag.c.tag_id)
        .where(Tag.spec_id == spec_id)
    )
    conditions: list[Any] = [Endpoint.spec_id == spec_id, Endpoint.removed_at.is_(None)]
    if wish.methods:
        conditions.append(Endpoint.method.in_(wish.methods))
    if wish.tag:
        conditions.append(Endpoint.id.in_(tagged.where(Tag.name == wish.tag)))
    for word in wish.words:
        named = tagged.where(func.lower(Tag.name).contains(word, autoescape=True))
        method = func.lower(Endpoint.method).contains(word, autoescape=True)
        conditions.append(_contains(word, method, Endpoint.id.in_(named)))
    return conditions
