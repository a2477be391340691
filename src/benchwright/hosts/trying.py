"""Looking at one host at once, stored or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchwright.hosts import service
from benchwright.hosts.docker import look_at
from benchwright.hosts.schemas import ConnectionTest, HostConnection, HostFacts
from benchwright.hosts.watch import HostWatch
from benchwright.kit.errors import NotFound

if TYPE_CHECKING:
    from benchwright.lab import Lab


async def check_now(lab: Lab, name: str) -> None:
    """Looks at a host and writes down what is seen; raises `NotFound`."""
    if not await HostWatch(lab).check(name):
        raise NotFound(f"There is no host “{name[:80]}”.")


async def try_connection(lab: Lab, wish: HostConnection) -> ConnectionTest:
    """What comes of reaching for a daemon that is not stored; raises `Invalid`."""
    connection = service.connection_of(wish)
    seen = await look_at(connection, lab.settings.hosts.probe_timeout_s)
    return ConnectionTest(
        is_reachable=not seen.problem,
        problem=seen.problem,
        facts=HostFacts.model_validate(seen.facts),
        clock_offset_s=seen.clock_offset_s,
    )
