"""Datasets as the interface shows and takes them."""

from __future__ import annotations

import base64
import datetime as dt
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


def decode_content(text: Any) -> bytes:
    """A file's content from base64, which may be broken into lines; raises `ValueError`."""
    if not isinstance(text, str):
        raise ValueError("Write the content as a text in base64")  # noqa: TRY004 - Pydantic wants it
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except ValueError:
        raise ValueError("This is not base64") from None


Content = Annotated[
    bytes,
    BeforeValidator(decode_content, json_schema_input_type=str),
    Field(json_schema_extra={"contentEncoding": "base64"}),
]


class DatasetSummary(BaseModel):
    """A dataset in a list."""

    name: str
    files: int
    size_bytes: int
    modified_at: dt.datetime
    has_schema: bool = Field(description="Whether there is a `schema.json`.")


class LeftOut(BaseModel):
    """Something in the folder that is not read."""

    path: str
    reason: str


class DatasetView(DatasetSummary):
    """A dataset with its schema; its files are a list of their own."""

    model_config = ConfigDict(populate_by_name=True)

    data_schema: Any = Field(alias="schema", description="What `schema.json` says; null without.")
    schema_fault: str | None = Field(description="Why `schema.json` cannot be read.")
    left_out: list[LeftOut] = Field(
        description="At most 100: links, and names that cannot be shown."
    )


class DataFile(BaseModel):
    """A file of a dataset."""

    path: str
    size_bytes: int
    modified_at: dt.datetime


class DatasetWrite(BaseModel):
    """A whole dataset; larger ones are sent file by file."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    name: str = Field(max_length=1000)
    data_schema: dict[str, Any] | None = Field(
        None, alias="schema", description="Becomes `schema.json`."
    )
    files: dict[str, Content] = Field(
        {}, max_length=10_000, description="Contents in base64, by name."
    )
    replace: bool = Field(False, description="Whether it takes the place of one of that name.")
