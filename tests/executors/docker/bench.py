"""One container of one host, from launch to end."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchwright.executors.docker.endpoint import DockerEndpoint
from benchwright.executors.docker.executor import DockerExecutor
from benchwright.executors.docker.rules import DockerHostRules
from benchwright.executors.log_times import LineTime, read_times
from benchwright.executors.port import ContainerPlan, Handle, LaunchSpec, Observation, Phase
from tests.services.docker import IMAGE, Daemon

PATIENCE_S = 60.0


class Bench:
    """What stands above an executor does the same, with a database."""

    def __init__(
        self, endpoint: DockerEndpoint | str, data_dir: Path, instance: str, **rules: Any
    ) -> None:
        self.endpoint = (
            endpoint if isinstance(endpoint, DockerEndpoint) else DockerEndpoint(endpoint)
        )
        given = {"shared_path": str(data_dir), "network": "none", **rules}
        self.rules = DockerHostRules("one", instance, data_dir, **given)
        self.executor = DockerExecutor(self.endpoint, self.rules)
        self.run_id = str(uuid.uuid4())
        self.folder = data_dir / "jobs" / self.run_id
        for name in ("inputs", "logs", "progress", "results"):
            (self.folder / name).mkdir(parents=True)
        self.log_path = self.folder / "logs" / f"{self.run_id}.log"
        self.handle: Handle = {}
        self.spec: LaunchSpec

    @property
    def log(self) -> bytes:
        return self.log_path.read_bytes() if self.log_path.exists() else b""

    @property
    def times(self) -> list[LineTime]:
        return read_times(self.log_path, 1, 100_000)

    def plan(self, script: str, **fields: Any) -> LaunchSpec:
        """A shell script in the image of tests; `container` changes the plan of the container."""
        container = {"image": IMAGE, "pull": "never", **fields.pop("container", {})}
        given = {"command": ["sh", "-c", script], "max_log_bytes": 10**6, **fields}
        self.spec = LaunchSpec(
            name=f"bw-{self.run_id}-1",
            folder=self.folder,
            log_path=self.log_path,
            run_id=self.run_id,
            container=ContainerPlan(**container),
            **given,
        )
        return self.spec

    async def launch(self, script: str, **fields: Any) -> None:
        self.plan(script, **fields)
        self.handle = await self.executor.create(self.spec)
        await self.executor.start(self.handle, self.spec)

    async def until(
        self, is_so: Callable[[Observation], object], patience_s: float = PATIENCE_S
    ) -> Observation:
        """Looks as the reconciler does until it is so."""
        deadline = time.monotonic() + patience_s
        while True:
            seen = await self.executor.observe(self.handle)
            if is_so(seen):
                return seen
            assert time.monotonic() < deadline, f"still {seen}"
            await asyncio.sleep(0.05)

    async def end(self) -> Observation:
        """Waits for the end and collects."""
        seen = await self.until(lambda seen: seen.phase is Phase.EXITED)
        await self.executor.collect(self.handle, self.folder)
        return seen

    async def restart(self) -> None:
        """Another server takes over."""
        await self.executor.aclose()
        self.executor = DockerExecutor(self.endpoint, self.rules)

    def containers(self, address: str | None = None) -> list[dict[str, Any]]:
        daemon = Daemon(address or self.endpoint.address)
        return daemon.containers(f"benchwright.instance={self.rules.instance}")
