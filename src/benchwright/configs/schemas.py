"""Configs as the interface shows and takes them."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Severity = Literal["error", "warning", "info"]
ETag = Annotated[str, Field(max_length=80)]


class ConfigFault(BaseModel):
    """Something about a config's text, at a line of it."""

    line: int = Field(description="From 1.")
    field: str = Field(description="Dotted path of the value, empty for the text as a whole.")
    message: str
    severity: Severity = Field(
        description="`error`: it cannot be read. `warning`: a simulation would trip over it."
    )


class ConfigSummary(BaseModel):
    """A config in a list."""

    name: str
    size_bytes: int
    modified_at: dt.datetime
    is_valid: bool = Field(description="Whether it can be read as YAML or JSON.")


class ConfigView(ConfigSummary):
    """A config with its text."""

    etag: str = Field(description="Names this version; send it back when writing.")
    text: str
    config: Any = Field(description="What the text says; null where it cannot be read.")
    faults: list[ConfigFault]
    is_readable: bool = Field(description="Whether the file is text, and not too large to show.")


class ConfigWrite(BaseModel):
    """What a config shall say: `text` as it stands in the file, or `config` as an object."""

    model_config = ConfigDict(extra="forbid")

    text: str | None = None
    config: dict[str, Any] | None = None


class ConfigCreate(ConfigWrite):
    """A new config."""

    name: str = Field(max_length=1000)


class ConfigRename(BaseModel):
    """Another name for a config."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=1000)


class ConfigText(BaseModel):
    """A text to be checked."""

    model_config = ConfigDict(extra="forbid")

    text: str
    name: str = Field("config.yaml", max_length=1000, description="Its ending says how it is read.")
