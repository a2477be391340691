"""How many runs each target can take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from benchwright.kit.db import ReadSession
from benchwright.runs import repository


class Places(Protocol):
    """What is asked before a queued run is launched, in the transaction that claims its place."""

    def count_free(self, session: ReadSession, target: str) -> int:
        """How many more runs the target can take now; none where it is away or shut."""
        ...


@dataclass(frozen=True)
class FixedPlaces:
    """Targets of this installation whose number of places never changes."""

    home: str
    capacities: Mapping[str, int]

    def count_free(self, session: ReadSession, target: str) -> int:
        taken = repository.count_occupying(session, target, self.home)
        return self.capacities.get(target, 0) - taken
