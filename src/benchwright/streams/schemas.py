"""What is known of a stream when it begins."""

from __future__ import annotations

import datetime as dt
import re
from typing import NamedTuple

from pydantic import BaseModel

MAX_NAME = 200
_BROKEN = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]+")


class StreamSpec(BaseModel):
    """What a streamed run keeps of where it comes from."""

    protocol: str
    database: str = ""
    sender: str = ""
    """The name that the sending program gives itself."""


class StreamKey(NamedTuple):
    """What tells one stream from another; writes with the same key go into the same run."""

    project: str
    name: str


class Heard(NamedTuple):
    """When a stream was last heard of: by a clock that never jumps, and for people."""

    at_s: float
    at: dt.datetime


def clean_name(text: str) -> str:
    """A text from outside as the name of a run; empty if nothing is left of it."""
    return _BROKEN.sub(" ", text).strip()[:MAX_NAME]
