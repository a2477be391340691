"""SQL about endpoints: found by their ids, stored, marked and deleted."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Select, delete, func, insert, select, update
from sqlalchemy.orm import undefer

from benchwright.kit.db import ReadSession, WriteSession, in_chunks
from benchwright.specs.models import Endpoint, Spec, Tag, endpoint_tag


def list_counted(session: ReadSession) -> list[tuple[Endpoint, int]]:
    """The present endpoints of all specs, oldest first, each with the number of its tags."""
    count = (
        select(func.count())
        .where(endpoint_tag.c.endpoint_id == Endpoint.id)
        .correlate(Endpoint)
        .scalar_subquery()
    )
    query = (
        select(Endpoint, count)
        .where(Endpoint.removed_at.is_(None))
        .options(undefer(Endpoint.description))
        .order_by(Endpoint.id)
    )
    return [(endpoint, tags) for endpoint, tags in session.execute(query)]


def find_with_specs(
    session: ReadSession, endpoint_ids: Iterable[int]
) -> dict[int, tuple[Endpoint, Spec]]:
    """Those of the endpoints that exist, whole and with their specs, by their integer ids."""
    found: dict[int, tuple[Endpoint, Spec]] = {}
    for chunk in in_chunks(list(endpoint_ids)):
        query = (
            _whole_endpoints()
            .add_columns(Spec)
            .join(Spec, Spec.id == Endpoint.spec_id)
            .where(Endpoint.id.in_(chunk))
        )
        found |= {endpoint.id: (endpoint, spec) for endpoint, spec in session.execute(query)}
    return found


def load_contents(session: ReadSession, spec_id: int) -> dict[tuple[str, str], dict[str, Any]]:
    """Everything stored of a spec's endpoints, removed ones too, with their tags' names."""
    table = Endpoint.__table__
    contents = {
        (row["method"], row["path"]): {**row, "tags": []}
        for row in session.execute(
            select(table).where(Endpoint.spec_id == spec_id).order_by(Endpoint.id)
        ).mappings()
    }
    by_id = {content["id"]: content for content in contents.values()}
    names = (
        select(endpoint_tag.c.endpoint_id, Tag.name)
        .join(Tag, Tag.id == endpoint_tag.c.tag_id)
        .where(Tag.spec_id == spec_id)
    )
    for endpoint_id, name in session.execute(names):
        by_id[endpoint_id]["tags"].append(name)
    return contents


def insert_endpoints(session: WriteSession, rows: list[dict[str, Any]]) -> None:
    """Adds many endpoints with few statements."""
    if rows:
        session.execute(insert(Endpoint), rows)


def update_endpoints(session: WriteSession, rows: list[dict[str, Any]]) -> None:
    """Changes many endpoints, each named by its `id`."""
    if rows:
        session.execute(update(Endpoint), rows)


def mark_removed(session: WriteSession, ids: list[int], at: dt.datetime) -> None:
    """Marks endpoints as vanished from their document."""
    for chunk in in_chunks(ids):
        session.execute(update(Endpoint).where(Endpoint.id.in_(chunk)).values(removed_at=at))


def endpoint_ids(session: ReadSession, spec_id: int) -> dict[tuple[str, str], int]:
    """The ids of a spec's endpoints by method and path."""
    query = select(Endpoint.method, Endpoint.path, Endpoint.id).where(Endpoint.spec_id == spec_id)
    return {(method, path): endpoint_id for method, path, endpoint_id in session.execute(query)}


def ids_in_spec(
    session: ReadSession, spec_id: int, public_ids: Sequence[uuid.UUID]
) -> set[uuid.UUID]:
    """Those of the ids that are endpoints which the spec has now."""
    found: set[uuid.UUID] = set()
    for chunk in in_chunks(list(public_ids)):
        query = select(Endpoint.public_id).where(
            Endpoint.spec_id == spec_id,
            Endpoint.removed_at.is_(None),
            Endpoint.public_id.in_(chunk),
        )
        found.update(session.scalars(query))
    return found


def ids_by_key(
    session: ReadSession, spec_id: int, paths: Sequence[str]
) -> dict[tuple[str, str], uuid.UUID]:
    """The public ids of endpoints at these paths by method and path, removed ones too."""
    found: dict[tuple[str, str], uuid.UUID] = {}
    for chunk in in_chunks(list(paths)):
        query = select(Endpoint.method, Endpoint.path, Endpoint.public_id).where(
            Endpoint.spec_id == spec_id, Endpoint.path.in_(chunk)
        )
        found.update({(method, path): key for method, path, key in session.execute(query)})
    return found


def reading_endpoints(session: ReadSession, spec_id: int, limit: int) -> Sequence[Any]:
    """Id, parameters and security of the first GETs that are not deprecated."""
    query = (
        select(Endpoint.public_id, Endpoint.parameters, Endpoint.security)
        .where(
            Endpoint.spec_id == spec_id,
            Endpoint.removed_at.is_(None),
            Endpoint.method == "GET",
            Endpoint.deprecated.is_(False),
        )
        .order_by(Endpoint.id)
        .limit(limit)
    )
    return session.execute(query).all()


def find_endpoint(session: ReadSession, public_id: uuid.UUID) -> Endpoint | None:
    """The endpoint with all of its columns."""
    return session.scalar(_whole_endpoints().where(Endpoint.public_id == public_id))


def find_endpoint_by_id(session: ReadSession, endpoint_id: int) -> Endpoint | None:
    """The endpoint of an integer id, as some interfaces name it."""
    return session.scalar(_whole_endpoints().where(Endpoint.id == endpoint_id))


def find_endpoints(
    session: ReadSession, public_ids: Iterable[uuid.UUID]
) -> Sequence[tuple[Endpoint, str]]:
    """Those of the endpoints that exist, each with its spec's base URL."""
    found: list[tuple[Endpoint, str]] = []
    for chunk in in_chunks(list(public_ids)):
        query = (
            _whole_endpoints()
            .add_columns(Spec.base_url)
            .join(Spec, Spec.id == Endpoint.spec_id)
            .where(Endpoint.public_id.in_(chunk))
        )
        found += [(endpoint, base_url) for endpoint, base_url in session.execute(query)]
    return found


def delete_endpoint(session: WriteSession, endpoint: Endpoint) -> None:
    """Deletes one endpoint."""
    session.execute(delete(endpoint_tag).where(endpoint_tag.c.endpoint_id == endpoint.id))
    session.execute(delete(Endpoint).where(Endpoint.id == endpoint.id))


def count_endpoints(session: ReadSession, spec_id: int) -> int:
    """How many endpoints a spec has now."""
    query = select(func.count()).where(Endpoint.spec_id == spec_id, Endpoint.removed_at.is_(None))
    return session.scalar(query) or 0


def _whole_endpoints() -> Select[Endpoint]:
    return select(Endpoint).options(
        undefer(Endpoint.description),
        undefer(Endpoint.parameters),
        undefer(Endpoint.body),
        undefer(Endpoint.responses),
        undefer(Endpoint.response_details),
        undefer(Endpoint.security),
    )
