"""What one look at a host brought."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Sighting:
    """Without a `problem` the host answered; with one, it says what to do about it."""

    problem: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    clock_offset_s: float | None = None
