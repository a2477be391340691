"""SQL about specs and their history."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import delete, func, select

from benchwright.kit.db import ReadSession, WriteSession
from benchwright.kit.pagination import PageRequest, fetch_page
from benchwright.specs.models import Endpoint, Spec, SpecRevision, Tag, endpoint_tag


def find_spec(session: ReadSession, public_id: uuid.UUID) -> Spec | None:
    """The spec, if there is one."""
    return session.scalar(select(Spec).where(Spec.public_id == public_id))


def find_spec_by_id(session: ReadSession, spec_id: int) -> Spec | None:
    """The spec of an integer id, as some interfaces name it."""
    return session.get(Spec, spec_id)


def list_specs(session: ReadSession, project_id: int | None = None) -> Sequence[Spec]:
    """All specs of a project, or of all projects, oldest first."""
    query = select(Spec).order_by(Spec.id)
    if project_id is not None:
        query = query.where(Spec.project_id == project_id)
    return session.scalars(query).all()


def lock_spec(session: WriteSession, public_id: uuid.UUID) -> Spec | None:
    """The spec, kept from other writers until the transaction ends."""
    return session.scalar(select(Spec).where(Spec.public_id == public_id).with_for_update())


def page_of_specs(
    session: ReadSession, project_id: int | None, request: PageRequest
) -> tuple[Sequence[Spec], str | None]:
    """One page of a project's specs, or of all, newest first."""
    query = select(Spec)
    if project_id is not None:
        query = query.where(Spec.project_id == project_id)
    return fetch_page(session, query, Spec.id, request)


def count_specs(session: ReadSession, project_id: int) -> int:
    """How many specs a project has."""
    query = select(func.count(Spec.id)).where(Spec.project_id == project_id)
    return session.scalar(query) or 0


def referenced_blobs(session: ReadSession) -> set[str]:
    """The documents of all specs, in all states that they have had."""
    return {
        document["blob"]
        for documents in session.scalars(select(SpecRevision.documents))
        for document in documents
    }


def add_spec(session: WriteSession, spec: Spec) -> Spec:
    """Adds the spec and gives it its id."""
    session.add(spec)
    session.flush()
    return spec


def delete_spec(session: WriteSession, spec: Spec) -> None:
    """Deletes the spec with its tags, endpoints and history, in a few statements."""
    endpoints = select(Endpoint.id).where(Endpoint.spec_id == spec.id)
    session.execute(delete(endpoint_tag).where(endpoint_tag.c.endpoint_id.in_(endpoints)))
    for model in (Endpoint, Tag, SpecRevision):
        session.execute(delete(model).where(model.spec_id == spec.id))
    session.execute(delete(Spec).where(Spec.id == spec.id))


def add_revision(session: WriteSession, revision: SpecRevision) -> SpecRevision:
    """Adds a revision and gives it its id."""
    session.add(revision)
    session.flush()
    return revision


def last_revision(session: ReadSession, spec_id: int) -> SpecRevision | None:
    """The newest revision of a spec."""
    return session.scalar(
        select(SpecRevision)
        .where(SpecRevision.spec_id == spec_id)
        .order_by(SpecRevision.number.desc())
        .limit(1)
    )


def find_revision(session: ReadSession, spec_id: int, number: int) -> SpecRevision | None:
    """One revision of a spec."""
    return session.scalar(
        select(SpecRevision).where(SpecRevision.spec_id == spec_id, SpecRevision.number == number)
    )


def page_of_revisions(
    session: ReadSession, spec_id: int, request: PageRequest
) -> tuple[Sequence[SpecRevision], str | None]:
    """One page of a spec's history, newest first."""
    query = select(SpecRevision).where(SpecRevision.spec_id == spec_id)
    return fetch_page(session, query, SpecRevision.id, request)
