"""What a search finds."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated, Literal

from fastapi import Query
from pydantic import BaseModel

from benchwright.kit.unicode import STORABLE

Words = Annotated[
    str, Query(max_length=200, pattern=STORABLE, description="Words that all have to occur.")
]
Kind = Literal["project", "load_test", "spec", "endpoint", "run"]


class Hit(BaseModel):
    """Something that was found; `page` is where it is shown."""

    kind: Kind
    public_id: uuid.UUID
    project: str
    name: str
    detail: str
    created_at: dt.datetime | None = None
    method: str | None = None
    state: str | None = None
    verdict: str | None = None
    page: str


class HitGroup(BaseModel):
    """What was found of one kind, that of the current project first."""

    kind: Kind
    items: list[Hit]
    has_more: bool


class Found(BaseModel):
    """The groups that have something in them."""

    query: str
    groups: list[HitGroup]
