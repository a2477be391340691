"""What the routes of webhooks take and give."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from benchwright.webhooks.events import Event

SigningSecret = Annotated[SecretStr, Field(min_length=16, max_length=200)]
Events = Annotated[list[Event], Field(min_length=1, max_length=len(Event))]
Url = Annotated[str, Field(max_length=2000)]


class WebhookCreate(BaseModel):
    """Without a secret one is made, and shown once in the answer."""

    url: Url
    events: Events = [*Event]
    secret: SigningSecret | None = None
    enabled: bool = True


class WebhookUpdate(BaseModel):
    """Fields that are left out stay as they are."""

    url: Url | None = None
    events: Events | None = None
    secret: SigningSecret | None = None
    enabled: bool | None = None


class WebhookView(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: uuid.UUID = Field(validation_alias="public_id")
    url: str
    events: list[Event]
    enabled: bool
    created_at: dt.datetime


class WebhookCreated(WebhookView):
    """`secret` is there if the server made it; it cannot be read again."""

    secret: str | None = None


class DeliveryView(BaseModel):
    """One message; `last_error` says why the last attempt failed."""

    model_config = ConfigDict(from_attributes=True)

    id: uuid.UUID = Field(validation_alias="public_id")
    event: str
    state: Literal["pending", "delivered", "failed"]
    created_at: dt.datetime
    attempts: int
    next_attempt_at: dt.datetime | None
    delivered_at: dt.datetime | None
    last_status: int | None
    last_error: str
