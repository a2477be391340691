"""The relays of the runs that are under way, and the first look at InfluxDB."""

from __future__ import annotations

import asyncio
import logging
from uuid import UUID

from benchwright.influxdb.client import InfluxClient, InfluxProblem
from benchwright.influxdb.relay import SampleRelay
from benchwright.kit.errors import Gone, NotFound
from benchwright.settings import InfluxSettings

SHUTDOWN_CHANCE_S = 2.0
_REMEMBERED = 1_000

log = logging.getLogger(__name__)


class RelayRegistry:
    """Opens, finds and closes relays; every method belongs to the event loop."""

    def __init__(self, settings: InfluxSettings) -> None:
        self._settings = settings
        self._made: InfluxClient | None = None
        self._relays: dict[UUID, SampleRelay] = {}
        self._closed: dict[UUID, None] = {}

    @property
    def is_configured(self) -> bool:
        """Whether samples go anywhere."""
        return self._settings.url is not None

    async def check(self) -> None:
        """Says in the server's log whether InfluxDB takes samples."""
        if not self.is_configured:
            return
        where = f"{self._settings.url}, database {self._settings.database}"
        try:
            await self._client.ensure_database()
        except InfluxProblem as problem:
            log.warning("InfluxDB at %s cannot take samples: %s", where, problem)
        else:
            log.info("InfluxDB at %s takes samples", where)

    def open(self, run_id: UUID, job_name: str) -> None:
        """Makes the run's relay if there is none; it looks for InfluxDB at once."""
        if run_id not in self._relays and run_id not in self._closed:
            self._relays[run_id] = SampleRelay(self._client, job_name)

    def take_notes(self, run_id: UUID) -> list[str]:
        """What happened since the last call."""
        relay = self._relays.get(run_id)
        if relay is None or not relay.notes:
            return []
        notes, relay.notes = relay.notes, []
        return notes

    async def take(self, run_id: UUID, body: bytes) -> None:
        """Hands lines to the run's relay; raises `NotFound` or `Gone` if there is none."""
        if run_id not in self._relays:
            if run_id in self._closed:
                raise Gone("The run is over; it takes no more samples.")
            raise NotFound("No run with this id is under way on this server.")
        await self._relays[run_id].take(body)

    async def close(self, run_id: UUID) -> tuple[list[str], list[str]]:
        """Ends a run's relay; its last notes, and warnings if InfluxDB lacks something."""
        relay = self._relays.pop(run_id, None)
        if relay is None:
            return [], []
        self._closed[run_id] = None
        while len(self._closed) > _REMEMBERED:
            self._closed.pop(next(iter(self._closed)))
        warnings = await relay.close()
        return relay.notes, warnings

    async def shut_down(self) -> dict[UUID, list[str]]:
        """Sends what waits while there is time; what is to be noted on which run."""
        relays, self._relays = self._relays, {}
        lost = await asyncio.gather(*(r.close(SHUTDOWN_CHANCE_S) for r in relays.values()))
        if self._made is not None:
            await self._made.aclose()
        pairs = zip(relays.items(), lost, strict=True)
        return {run_id: notes for (run_id, relay), w in pairs if (notes := [*relay.notes, *w])}

    @property
    def _client(self) -> InfluxClient:
        if self._made is None:
            self._made = InfluxClient(self._settings)
        return self._made
