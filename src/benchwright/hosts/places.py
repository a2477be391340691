"""How many runs each target can take: this machine, and every Docker host."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchwright.hosts import repository
from benchwright.hosts.models import LOCAL, Host
from benchwright.kit.db import ReadSession, is_read_only

if TYPE_CHECKING:
    from benchwright.lab import Lab

LOCAL_TARGET = "local"
PREFIX = "docker:"
LOCAL_HOST_TARGET = PREFIX + LOCAL


@dataclass(frozen=True)
class HostPlaces:
    """Implements `runs.places.Places`; `process_capacity` counts processes of this machine.

    Asked in the transaction that claims a place, it locks the host's row until that ends: two
    claims at once, of processes and of containers too, cannot both take the last place.
    """

    home: str
    process_capacity: int

    def count_free(self, session: ReadSession, target: str) -> int:
        """How many more runs the target can take now; none where it is away or shut."""
        if target == LOCAL_TARGET:
            return self._free_processes(session)
        if not target.startswith(PREFIX):
            return 0
        host = _find(session, target.removeprefix(PREFIX))
        if host is None or host.is_drained or not host.is_reachable:
            return 0
        return max(0, self.capacity_of(host) - self.count_taken(session, host))

    def capacity_of(self, host: Host) -> int:
        """How many runs the host takes at once."""
        return 1 if host.is_exclusive else host.capacity

    def _free_processes(self, session: ReadSession) -> int:
        host = _find(session, LOCAL)
        if host is not None and host.is_exclusive:
            return max(0, 1 - self.count_taken(session, host))
        taken = repository.count_occupying(session, [LOCAL_TARGET], self.home)
        return max(0, self.process_capacity - taken)

    def count_taken(self, session: ReadSession, host: Host) -> int:
        """How many of the host's places are in use."""
        if host.name != LOCAL:
            # Its daemon is one and the same for every server of this database.
            return repository.count_occupying(session, [host.target], None)
        targets = [LOCAL_HOST_TARGET]
        if host.is_exclusive:
            targets.append(LOCAL_TARGET)
        return repository.count_occupying(session, targets, self.home)


def places_of(lab: Lab) -> HostPlaces:
    """The places of an installation."""
    return HostPlaces(lab.home, lab.settings.executors.process.capacity)


def _find(session: ReadSession, name: str) -> Host | None:
    return repository.find(session, name, lock=not is_read_only(session))
