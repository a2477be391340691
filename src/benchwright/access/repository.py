"""All SQL about tokens and stored secrets."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, func, or_, select
from sqlalchemy.exc import IntegrityError

from benchwright.access.models import ApiToken, EndedSession, Secret
from benchwright.kit.db import ReadSession, WriteSession
from benchwright.kit.pagination import PageRequest, fetch_page


def token_by_hash(session: ReadSession, hashes: Sequence[str]) -> ApiToken | None:
    """The token with one of these hashes."""
    return session.scalar(select(ApiToken).where(ApiToken.hash.in_(hashes)))


def token_by_id(session: ReadSession, public_id: uuid.UUID) -> ApiToken | None:
    """The token of this id."""
    return session.scalar(select(ApiToken).where(ApiToken.public_id == public_id))


def count_usable_tokens(session: ReadSession, key_ids: frozenset[str], at: dt.datetime) -> int:
    """How many tokens can be used now and were made with one of these keys."""
    query = select(func.count(ApiToken.id)).where(
        ApiToken.revoked_at.is_(None),
        or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > at),
        ApiToken.key_id.in_(key_ids),
    )
    return session.scalar(query) or 0


def has_ended(session: ReadSession, fingerprint: str) -> bool:
    """Whether the browser session was signed out of."""
    return session.get(EndedSession, fingerprint) is not None


def note_ended(
    session: WriteSession, fingerprint: str, at: dt.datetime, expires_at: dt.datetime
) -> None:
    """Remembers a session that was signed out of, and forgets those that are over anyway."""
    session.execute(delete(EndedSession).where(EndedSession.expires_at < at))
    session.merge(EndedSession(fingerprint=fingerprint, expires_at=expires_at))


def tokens_page(
    session: ReadSession, request: PageRequest
) -> tuple[Sequence[ApiToken], str | None]:
    """One page of the tokens that are not revoked."""
    query = select(ApiToken).where(ApiToken.revoked_at.is_(None))
    return fetch_page(session, query, ApiToken.id, request)


def find_secret(session: ReadSession, project_id: int, name: str) -> Secret | None:
    """The secret of this name."""
    return session.scalar(
        select(Secret).where(Secret.project_id == project_id, Secret.name == name)
    )


def put_secret(
    session: WriteSession, project_id: int, name: str, values: Mapping[str, Any]
) -> Secret:
    """Writes the secret of this name, there or not, whoever else writes it at this moment."""
    secret = find_secret(session, project_id, name)
    if secret is None:
        secret = Secret(project_id=project_id, name=name, **values)
        try:
            with session.begin_nested():
                session.add(secret)
        except IntegrityError:
            secret = find_secret(session, project_id, name)
            if secret is None:  # it was the project that went meanwhile
                raise
        else:
            return secret
    for field, value in values.items():
        setattr(secret, field, value)
    session.flush()
    return secret


def list_secrets(session: ReadSession, project_id: int) -> Sequence[Secret]:
    """All secrets of a project, by name."""
    return session.scalars(
        select(Secret).where(Secret.project_id == project_id).order_by(Secret.name)
    ).all()


def all_secrets(session: ReadSession) -> Sequence[Secret]:
    """The secrets of all projects."""
    return session.scalars(select(Secret).order_by(Secret.id)).all()


def add(session: WriteSession, row: ApiToken) -> None:
    """Adds a row and gives it its key."""
    session.add(row)
    session.flush()
