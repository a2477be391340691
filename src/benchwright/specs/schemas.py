"""What clients send and get about specs."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class SpecFromUrl(BaseModel):
    """Where a document is."""

    model_config = ConfigDict(extra="forbid")

    url: str = Field(
        min_length=1,
        max_length=2000,
        description="Address of an OpenAPI document or of a page that shows one, like Swagger UI.",
    )
    name: str | None = Field(None, max_length=200, description="The title if not given.")


class SpecSummary(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    public_id: uuid.UUID
    name: str
    title: str
    version: str
    dialect: str
    base_url: str
    source_url: str | None
    endpoint_count: int
    revision: int
    created_at: dt.datetime
    analysed_at: dt.datetime


class TagView(BaseModel):
    public_id: uuid.UUID
    name: str
    description: str
    endpoint_count: int


class SpecView(SpecSummary):
    description: str
    servers: list[str]
    security_schemes: list[dict[str, Any]]
    warnings: list[str]
    tags: list[TagView]


class RevisionSummary(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    number: int
    created_at: dt.datetime
    title: str
    version: str
    source_url: str | None
    added_count: int
    removed_count: int
    changed_count: int


class PartChangeView(BaseModel):
    """`before` is null for what was added, `after` for what was removed."""

    part: str
    before: str | None
    after: str | None
    may_break: bool = Field(description="Requests that were right before may be refused now.")


class EndpointChangeView(BaseModel):
    method: str
    path: str
    parts: list[str]
    details: list[PartChangeView] = []


class ChangesView(BaseModel):
    added: list[EndpointChangeView] = []
    removed: list[EndpointChangeView] = []
    changed: list[EndpointChangeView] = []


class RevisionView(RevisionSummary):
    documents: list[dict[str, Any]]
    changes: ChangesView


class ReanalysisView(BaseModel):
    """The spec as it is now; `revision` is null if nothing has changed."""

    spec: SpecView
    revision: RevisionView | None


class EndpointSummary(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    public_id: uuid.UUID
    method: str
    path: str
    operation_id: str
    summary: str
    deprecated: bool
    removed_at: dt.datetime | None
    tags: list[str]


class EndpointView(EndpointSummary):
    spec_id: uuid.UUID
    base_url: str
    description: str
    parameters: list[dict[str, Any]]
    body: dict[str, Any] | None
    responses: list[str]
    response_details: list[dict[str, Any]]
    security: list[list[str]]
