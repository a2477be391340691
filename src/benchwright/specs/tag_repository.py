"""SQL about specs' tags."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import undefer

from benchwright.kit.db import ReadSession, WriteSession, in_chunks
from benchwright.specs.models import Endpoint, Tag, endpoint_tag


def list_tagged(session: ReadSession, spec_id: int) -> list[tuple[Tag, Endpoint | None]]:
    """A spec's tags in its order, each with its present endpoints, or with None if it has none."""
    query = (
        select(Tag, Endpoint)
        .outerjoin(endpoint_tag, endpoint_tag.c.tag_id == Tag.id)
        .outerjoin(
            Endpoint,
            (Endpoint.id == endpoint_tag.c.endpoint_id) & Endpoint.removed_at.is_(None),
        )
        .where(Tag.spec_id == spec_id)
        .options(undefer(Endpoint.description))
        .order_by(Tag.position, Tag.id, Endpoint.id)
    )
    return [(tag, endpoint) for tag, endpoint in session.execute(query)]


def list_tags(session: ReadSession, spec_id: int) -> Sequence[tuple[Tag, int]]:
    """A spec's tags in its order, each with the number of its present endpoints."""
    query = (
        select(Tag, func.count(Endpoint.id))
        .outerjoin(endpoint_tag, endpoint_tag.c.tag_id == Tag.id)
        .outerjoin(
            Endpoint,
            (Endpoint.id == endpoint_tag.c.endpoint_id) & Endpoint.removed_at.is_(None),
        )
        .where(Tag.spec_id == spec_id)
        .group_by(Tag.id)
        .order_by(Tag.position, Tag.id)
    )
    return [(tag, count) for tag, count in session.execute(query)]


def save_tags(session: WriteSession, spec_id: int, tags: list[dict[str, Any]]) -> dict[str, int]:
    """Makes a spec's tags these, in this order, and returns their ids by name."""
    known = {
        name: tag_id
        for tag_id, name in session.execute(select(Tag.id, Tag.name).where(Tag.spec_id == spec_id))
    }
    wanted = {tag["name"] for tag in tags}
    gone = [tag_id for name, tag_id in known.items() if name not in wanted]
    for ids in in_chunks(gone):
        session.execute(delete(endpoint_tag).where(endpoint_tag.c.tag_id.in_(ids)))
        session.execute(delete(Tag).where(Tag.id.in_(ids)))
    new = [{"spec_id": spec_id, **tag} for tag in tags if tag["name"] not in known]
    old = [{"id": known[tag["name"]], **tag} for tag in tags if tag["name"] in known]
    if new:
        session.execute(insert(Tag), new)
    if old:
        session.execute(update(Tag), old)
    rows = session.execute(select(Tag.name, Tag.id).where(Tag.spec_id == spec_id))
    return {name: tag_id for name, tag_id in rows}  # noqa: C416 - `dict` does not know a row's types


def replace_tags(session: WriteSession, tag_ids: dict[int, list[int]]) -> None:
    """Makes the tags of each endpoint these."""
    for chunk in in_chunks(list(tag_ids)):
        session.execute(delete(endpoint_tag).where(endpoint_tag.c.endpoint_id.in_(chunk)))
    rows = [
        {"endpoint_id": endpoint_id, "tag_id": tag_id}
        for endpoint_id, ids in tag_ids.items()
        for tag_id in ids
    ]
    if rows:
        session.execute(insert(endpoint_tag), rows)


def tags_of(session: ReadSession, endpoint_ids: Sequence[int]) -> dict[int, list[Tag]]:
    """The tags of endpoints, in their spec's order."""
    tags: dict[int, list[Tag]] = {endpoint_id: [] for endpoint_id in endpoint_ids}
    for chunk in in_chunks(list(endpoint_ids)):
        query = (
            select(endpoint_tag.c.endpoint_id, Tag)
            .join(Tag, Tag.id == endpoint_tag.c.tag_id)
            .where(endpoint_tag.c.endpoint_id.in_(chunk))
            .order_by(Tag.position, Tag.id)
        )
        for endpoint_id, tag in session.execute(query):
            tags[endpoint_id].append(tag)
    return tags
