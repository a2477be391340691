"""What the routes of tokens and secrets take and give."""

from __future__ import annotations

import datetime as dt
import uuid

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, SecretStr, field_validator

from benchwright.access.principal import Scope


class TokenCreate(BaseModel):
    name: str = Field(max_length=100)
    scopes: list[Scope] = Field(min_length=1, max_length=len(Scope))
    expires_at: AwareDatetime | None = None

    @field_validator("expires_at")
    @classmethod
    def _in_utc(cls, value: dt.datetime | None) -> dt.datetime | None:
        try:
            return value and value.astimezone(dt.UTC)
        except OverflowError:
            raise ValueError("this time is too far away") from None


class TokenView(BaseModel):
    """A token without its text; `hint` is the end of it."""

    model_config = ConfigDict(from_attributes=True)

    id: uuid.UUID = Field(validation_alias="public_id")
    name: str
    hint: str
    scopes: list[Scope]
    created_at: dt.datetime
    expires_at: dt.datetime | None
    last_used_at: dt.datetime | None


class TokenCreated(TokenView):
    """The one answer that holds the token's text."""

    token: str = ""


class SecretWrite(BaseModel):
    value: SecretStr = Field(max_length=65536)


class SecretView(BaseModel):
    """That a secret is stored; the fingerprint changes when its value does."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    updated_at: dt.datetime
    fingerprint: str
