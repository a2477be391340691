"""Tables of tokens and stored secrets."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from benchwright.kit.db import Addressable, Base, now


class ApiToken(Addressable, Base):
    """A token of a person or a program; of its text only an HMAC and the end are kept."""

    __tablename__ = "api_token"

    name: Mapped[str]
    hash: Mapped[str] = mapped_column(unique=True)
    key_id: Mapped[str]
    hint: Mapped[str]
    scopes: Mapped[list[str]]
    expires_at: Mapped[dt.datetime | None]
    last_used_at: Mapped[dt.datetime | None]
    revoked_at: Mapped[dt.datetime | None]


class EndedSession(Base):
    """A browser session that was signed out of before its time was over."""

    __tablename__ = "ended_session"

    fingerprint: Mapped[str] = mapped_column(primary_key=True)
    expires_at: Mapped[dt.datetime]


class Secret(Base):
    """A value that runs of a project are given and that no answer shows."""

    __tablename__ = "secret"
    __table_args__ = (UniqueConstraint("project_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id", ondelete="CASCADE"))
    name: Mapped[str]
    ciphertext: Mapped[str]
    fingerprint: Mapped[str]
    updated_at: Mapped[dt.datetime] = mapped_column(default=now)
