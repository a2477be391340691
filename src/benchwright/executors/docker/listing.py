"""All own containers of a host in one call, shared by everybody who asks at that time."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from typing import Any

from benchwright.executors.docker.client import DockerClient
from benchwright.executors.docker.spec import INSTANCE

SHARED_FOR_S = 0.25


class Listing:
    """Asks the daemon at most a few times a second, however many runs it has."""

    def __init__(self, client: DockerClient, instance: str) -> None:
        self._client = client
        self._filters = json.dumps({"label": [f"{INSTANCE}={instance}"]})
        self._asked_at = 0.0
        self._task: asyncio.Task[dict[str, Mapping[str, Any]]] | None = None

    async def read(self) -> Mapping[str, Mapping[str, Any]]:
        """The containers by id, as Docker's list call has them; raises as a call does."""
        fresh = time.monotonic() - self._asked_at < SHARED_FOR_S
        if self._task is None or (self._task.done() and not fresh):
            self._asked_at = time.monotonic()
            self._task = asyncio.create_task(self._ask())
        # One who asks and is cancelled must not cancel the answer of the others.
        return await asyncio.shield(self._task)

    def forget(self) -> None:
        """Makes the next look a fresh one: what was listed has changed since."""
        self._task = None

    async def _ask(self) -> dict[str, Mapping[str, Any]]:
        listed = await self._client.call(
            "GET",
            "/containers/json",
            params={"all": "1", "filters": self._filters},
            timeout_s=self._client.endpoint.request_timeout_s,
        )
        return {str(entry["Id"]): entry for entry in listed}
