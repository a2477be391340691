"""Tables of specs, their history, tags and endpoints."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from benchwright.kit.db import Addressable, Base, now


class Spec(Addressable, Base):
    """An API as its document described it last; `source_url` is None after an upload."""

    __tablename__ = "spec"
    __table_args__ = (Index("ix_spec_project_id_id", "project_id", "id"),)

    project_id: Mapped[int] = mapped_column(ForeignKey("project.id", ondelete="CASCADE"))
    name: Mapped[str]
    title: Mapped[str]
    version: Mapped[str]
    description: Mapped[str] = mapped_column(default="", deferred=True)
    dialect: Mapped[str]
    base_url: Mapped[str]
    source_url: Mapped[str | None]
    servers: Mapped[list[str]] = mapped_column(default=list)
    security_schemes: Mapped[list[Any]] = mapped_column(default=list)
    warnings: Mapped[list[str]] = mapped_column(default=list)
    endpoint_count: Mapped[int] = mapped_column(default=0)
    revision: Mapped[int] = mapped_column(default=1)
    analysed_at: Mapped[dt.datetime] = mapped_column(default=now)


class SpecRevision(Base):
    """One state of a spec's documents that differs from the one before; never changed.

    `documents` names each document's address, blob and size; `changes` lists what was added,
    removed and changed, and is empty in the first revision.
    """

    __tablename__ = "spec_revision"
    __table_args__ = (UniqueConstraint("spec_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    spec_id: Mapped[int] = mapped_column(ForeignKey("spec.id", ondelete="CASCADE"))
    number: Mapped[int]
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    title: Mapped[str]
    version: Mapped[str]
    source_url: Mapped[str | None]
    documents: Mapped[list[Any]]
    added_count: Mapped[int] = mapped_column(default=0)
    removed_count: Mapped[int] = mapped_column(default=0)
    changed_count: Mapped[int] = mapped_column(default=0)
    changes: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Tag(Addressable, Base):
    """A group of a spec's endpoints."""

    __tablename__ = "tag"
    __table_args__ = (UniqueConstraint("spec_id", "name"),)

    spec_id: Mapped[int] = mapped_column(ForeignKey("spec.id", ondelete="CASCADE"))
    name: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    position: Mapped[int] = mapped_column(default=0)


class Endpoint(Addressable, Base):
    """One operation; it keeps its ids over all revisions and is marked when it vanishes."""

    __tablename__ = "endpoint"
    __table_args__ = (UniqueConstraint("spec_id", "method", "path"),)

    spec_id: Mapped[int] = mapped_column(ForeignKey("spec.id", ondelete="CASCADE"))
    method: Mapped[str]
    path: Mapped[str]
    operation_id: Mapped[str] = mapped_column(default="")
    summary: Mapped[str] = mapped_column(default="")
    description: Mapped[str] = mapped_column(default="", deferred=True)
    deprecated: Mapped[bool] = mapped_column(default=False)
    base_url: Mapped[str | None]
    parameters: Mapped[list[Any]] = mapped_column(default=list, deferred=True)
    body: Mapped[dict[str, Any] | None] = mapped_column(deferred=True)
    responses: Mapped[list[str]] = mapped_column(default=list, deferred=True)
    response_details: Mapped[list[Any]] = mapped_column(default=list, deferred=True)
    security: Mapped[list[Any]] = mapped_column(default=list, deferred=True)
    removed_at: Mapped[dt.datetime | None]


endpoint_tag = Table(
    "endpoint_tag",
    Base.metadata,
    Column("endpoint_id", Integer, ForeignKey("endpoint.id", ondelete="CASCADE"), primary_key=True),
    Column(
        "tag_id", Integer, ForeignKey("tag.id", ondelete="CASCADE"), primary_key=True, index=True
    ),
)
