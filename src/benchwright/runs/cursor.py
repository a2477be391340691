"""Where a reader of a run's stream stands."""

from __future__ import annotations

import re
from typing import NamedTuple

from benchwright.kit.errors import BadRequest

_PATTERN = re.compile(r"(\d{1,10})\.(\d{1,16})\.(\d{1,16})")


class Cursor(NamedTuple):
    """The last event, the last second of figures (ms since 1970) and the end of the log so far."""

    event_seq: int = 0
    metric_ms: int = 0
    log_offset: int = 0

    def __str__(self) -> str:
        return f"{self.event_seq}.{self.metric_ms}.{self.log_offset}"

    @classmethod
    def parse(cls, text: str | None) -> Cursor:
        """Reads what `str` gave; nothing means the beginning. Raises `BadRequest`."""
        if not text:
            return cls()
        match = _PATTERN.fullmatch(text)
        if match is None:
            raise BadRequest("The cursor is not one that this stream gave out.")
        return cls(*map(int, match.groups()))
