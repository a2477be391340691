"""What clients send and get about projects."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from benchwright.kit.unicode import STORABLE

Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=STORABLE)
]
Description = Annotated[str, StringConstraints(max_length=20_000, pattern=STORABLE)]
Days = Annotated[int, Field(ge=1, le=36_500)]
Bytes = Annotated[int, Field(ge=1, le=2**63 - 1)]


class ProjectCreate(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Name
    slug: str | None = Field(
        None, description="Part of addresses; made from the name if not given."
    )
    description: Description = ""
    retention_days: Days | None = None
    retention_bytes: Bytes | None = None


class ProjectUpdate(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    description: Description | None = None
    retention_days: Days | None = None
    retention_bytes: Bytes | None = None


class ProjectView(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    public_id: uuid.UUID
    slug: str
    name: str
    description: str
    retention_days: int | None
    retention_bytes: int | None
    created_at: dt.datetime
