"""Watches streams as if they were workloads: they run until nothing comes any more."""

from __future__ import annotations

import uuid
from pathlib import Path

from benchwright.executors.port import Handle, LaunchSpec, Observation, Phase, Usage
from benchwright.kit.errors import Unavailable
from benchwright.kit.threads import in_thread
from benchwright.streams.desk import StreamDesk

FINISHED = 0
SILENT = 124
"""The exit codes of streams: ended by a call, or by silence (what the shell has for a time-out)."""


class StreamExecutor:
    """Implements the port; a stream is opened by its first write and never launched."""

    def __init__(self, desk: StreamDesk) -> None:
        self._desk = desk
        self._finished: set[uuid.UUID] = set()

    async def create(self, spec: LaunchSpec) -> Handle:
        raise Unavailable("A stream is opened by whoever sends it.")

    async def start(self, handle: Handle, spec: LaunchSpec) -> None:
        raise Unavailable("A stream is opened by whoever sends it.")

    async def observe(self, handle: Handle) -> Observation:
        run_id = uuid.UUID(handle["run_id"])
        ended_at = await in_thread(self._desk.ended_at, run_id)
        if ended_at is None:
            return Observation(Phase.RUNNING)
        code = FINISHED if run_id in self._finished else SILENT
        return Observation(Phase.EXITED, code, ended_at=ended_at)

    async def list_handles(self) -> list[Handle]:
        return []

    async def stop(self, handle: Handle, grace_s: float) -> None:
        run_id = uuid.UUID(handle["run_id"])
        self._finished.add(run_id)
        await in_thread(self._desk.finish, run_id)

    async def collect(self, handle: Handle, folder: Path) -> None:
        return

    async def remove(self, handle: Handle) -> None:
        run_id = uuid.UUID(handle["run_id"])
        self._finished.discard(run_id)
        await in_thread(self._desk.forget, run_id)

    async def process_ids(self, handle: Handle) -> list[int]:
        return []

    async def read_usage(self, handle: Handle) -> Usage | None:
        return None
