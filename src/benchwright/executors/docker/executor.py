"""The executor of one Docker host."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from aiodocker import DockerError

from benchwright.executors.docker import stopping
from benchwright.executors.docker.client import SLOW_CALL_S, DockerClient
from benchwright.executors.docker.endpoint import DockerEndpoint
from benchwright.executors.docker.failures import out_of_reach
from benchwright.executors.docker.follower import LogFollower, drain
from benchwright.executors.docker.images import Images
from benchwright.executors.docker.launch import Launcher
from benchwright.executors.docker.listing import Listing
from benchwright.executors.docker.memory import ContainerMemory
from benchwright.executors.docker.rules import DockerHostRules
from benchwright.executors.docker.spec import INSTANCE, RUN
from benchwright.executors.docker.states import read_inspection
from benchwright.executors.docker.transport import Transport
from benchwright.executors.docker.usage import read_usage
from benchwright.executors.port import (
    NEW,
    Handle,
    LaunchSpec,
    Observation,
    OutOfReach,
    Phase,
    Usage,
)
from benchwright.kit.threads import in_thread

T = TypeVar("T")

UNWATCHED_S = 60.0
"""A container that nobody looked at for so long is another server's to follow."""


class DockerExecutor:
    """Implements the port for one host; `aclose` at the end of the server."""

    def __init__(self, endpoint: DockerEndpoint, rules: DockerHostRules) -> None:
        self.endpoint = endpoint
        self.rules = rules
        self.client = DockerClient(endpoint)
        self._images = Images(self.client)
        self._launcher = Launcher(self.client, rules, self._images)
        self._listing = Listing(self.client, rules.instance)
        self._memory = ContainerMemory(rules.control_dir)
        self._transport = Transport(self.client, rules)
        self._followers: dict[str, LogFollower] = {}
        self._stops: dict[str, asyncio.Task[None]] = {}
        self._looked_at: dict[str, float] = {}
        self._started: dict[str, Observation] = {}

    async def aclose(self) -> None:
        """Lets go of the host; its containers go on."""
        for task in self._stops.values():
            task.cancel()
        await asyncio.gather(*self._stops.values(), return_exceptions=True)
        await asyncio.gather(*(follower.stop() for follower in self._followers.values()))
        self._followers.clear()
        self._stops.clear()
        await self._transport.aclose()
        await self._images.aclose()
        await self.client.aclose()

    def pull_progress(self) -> dict[str, str]:
        """The images that the host pulls for us, in words such as "Pulling the image a: 43%"."""
        return self._images.describe()

    async def create(self, spec: LaunchSpec) -> Handle:
        """Makes the container, or adopts the one of this launch."""
        await in_thread(self._memory.keep, spec)
        container_id, is_new = await self._call(self._launcher.create(spec))
        self._images.forget(spec.name)
        self._listing.forget()
        plan = spec.container
        assert plan is not None
        return {
            "executor": "docker",
            "name": spec.name,
            "id": container_id,
            "run_id": spec.run_id,
            "log_path": str(spec.log_path),
            "folder": str(spec.folder),
            "max_log_bytes": spec.max_log_bytes,
            "cpus": plan.cpus,
            NEW: is_new,
        }

    async def start(self, handle: Handle, spec: LaunchSpec) -> None:
        """Starts it, with its files where the host shares no folder."""
        await self._call(self._transport.send(handle, spec))
        await self._call(self._launcher.start(handle["id"]))
        self._listing.forget()

    async def observe(self, handle: Handle) -> Observation:
        """Looks at it: all containers of the host in one call, and closely where it matters."""
        try:
            seen = await self._call(self._look(handle))
            self._looked_at[handle["id"]] = time.monotonic()
            if seen.phase is Phase.RUNNING and seen.started_at is not None:
                await self._call(self._follow(handle))
        except OutOfReach as error:
            return Observation(Phase.UNREACHABLE, detail=error.detail)
        return seen

    async def _look(self, handle: Handle) -> Observation:
        container_id = str(handle["id"])
        entry = (await self._listing.read()).get(container_id)
        known = self._started.get(container_id)
        if entry is not None and entry.get("State") == "running" and known is not None:
            return known
        shown = await self._launcher.find(container_id)
        if shown is None:
            return Observation(Phase.ABSENT, detail="Its container was removed on the host")
        seen = read_inspection(shown)
        if seen.phase is Phase.RUNNING and not seen.detail:
            self._started[container_id] = seen
        return seen

    async def _follow(self, handle: Handle) -> None:
        """Sees to it that log and progress come while it runs."""
        container_id = str(handle["id"])
        follower = self._followers.get(container_id)
        if follower is None or not follower.is_running:
            secrets = await self._secrets(handle)
            writer = partial(self._memory.open_log, handle, secrets)
            self._followers[container_id] = LogFollower(self.client, container_id, writer)
        self._transport.follow(handle)
        await self._let_go_of_unwatched()

    async def _secrets(self, handle: Handle) -> list[str]:
        shown = await self._launcher.find(handle["id"])
        return await in_thread(self._memory.secrets, handle, shown or {})

    async def _let_go_of_unwatched(self) -> None:
        limit = time.monotonic() - UNWATCHED_S
        for container_id, at in list(self._looked_at.items()):
            if at < limit:
                await self._forget(container_id)

    async def _forget(self, container_id: str) -> None:
        self._looked_at.pop(container_id, None)
        self._started.pop(container_id, None)
        await self._transport.forget(container_id)
        if (follower := self._followers.pop(container_id, None)) is not None:
            await follower.stop()

    async def list_handles(self) -> list[Handle]:
        """The containers that carry this installation's label; raises `OutOfReach`."""
        self._listing.forget()
        listed = await self._call(self._listing.read())
        return [_handle_of(container_id, entry) for container_id, entry in listed.items()]

    async def stop(self, handle: Handle, grace_s: float) -> None:
        """Asks Docker to end it: SIGTERM, and SIGKILL after the grace."""
        container_id = str(handle["id"])
        task = self._stops.get(container_id)
        if task is None or task.done():
            work = stopping.stop(self.client, container_id, grace_s)
            self._stops[container_id] = asyncio.create_task(work)

    async def collect(self, handle: Handle, folder: Path) -> None:
        """Reads the rest of the log, and fetches results where no folder is shared."""
        await self._forget(str(handle["id"]))
        await self._call(self._collect(handle, folder))

    async def _collect(self, handle: Handle, folder: Path) -> None:
        shown = await self._launcher.find(handle["id"])
        secrets = await in_thread(self._memory.secrets, handle, shown or {})
        writer = await in_thread(self._memory.open_log, handle, secrets)
        try:
            if shown is None:
                # Somebody removed it: what was read of its log is all there will be.
                await in_thread(writer.finish)
                return
            await drain(self.client, handle["id"], writer)
        finally:
            writer.release()
        await self._transport.fetch_results(handle, folder)

    async def remove(self, handle: Handle) -> None:
        """Removes the container by force, with what is remembered of it; may be repeated."""
        container_id = str(handle["id"])
        if (task := self._stops.pop(container_id, None)) is not None:
            task.cancel()
        await self._forget(container_id)
        try:
            await self.client.call(
                "DELETE",
                f"/containers/{container_id}",
                params={"force": "1", "v": "1"},
                timeout_s=SLOW_CALL_S,
            )
        except DockerError as error:
            if error.status == 409:  # somebody else removes it just now
                pass
            elif error.status != 404:
                raise out_of_reach(self.endpoint, error) from error
        self._listing.forget()
        await in_thread(self._memory.forget, handle)

    async def process_ids(self, handle: Handle) -> list[int]:
        """None: its host may be another machine."""
        return []

    async def read_usage(self, handle: Handle) -> Usage | None:
        """One reading of Docker's statistics; None where there are none."""
        try:
            stats = await self.client.call(
                "GET",
                f"/containers/{handle['id']}/stats",
                params={"stream": "0", "one-shot": "1"},
                timeout_s=self.endpoint.request_timeout_s,
            )
        except (OutOfReach, DockerError):
            return None
        return read_usage(stats or {}, handle.get("cpus"))

    async def _call(self, work: Awaitable[T]) -> T:
        """Work on the daemon; an answer that nobody expected counts as none."""
        try:
            return await work
        except DockerError as error:
            raise out_of_reach(self.endpoint, error) from error


def _handle_of(container_id: str, entry: Mapping[str, Any]) -> Handle:
    labels = entry.get("Labels") or {}
    names = entry.get("Names") or [""]
    return {
        "executor": "docker",
        "name": str(names[0]).lstrip("/"),
        "id": container_id,
        "run_id": str(labels.get(RUN, "")),
        "instance": str(labels.get(INSTANCE, "")),
        "created_at": float(entry.get("Created") or 0),
    }
