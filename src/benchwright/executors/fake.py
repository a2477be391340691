"""An executor whose workloads exist in memory only, for tests of what stands above it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path

from benchwright.executors.port import (
    Handle,
    LaunchPending,
    LaunchSpec,
    Observation,
    OutOfReach,
    Phase,
    Usage,
)


@dataclass
class FakeWorkload:
    """What the fake target knows of one workload."""

    spec: LaunchSpec
    phase: Phase = Phase.CREATED
    exit_code: int | None = None
    starts: int = 0
    stops: list[float] = field(default_factory=list)
    started_at: dt.datetime | None = None


class FakeExecutor:
    """Obeys the port; a test ends workloads with `exit`, forgets them or cuts the line."""

    def __init__(self) -> None:
        self.workloads: dict[str, FakeWorkload] = {}
        self.reachable = True
        self.pending = ""

    async def create(self, spec: LaunchSpec) -> Handle:
        self._check_line()
        if self.pending:
            raise LaunchPending(self.pending)
        self.workloads.setdefault(spec.name, FakeWorkload(spec))
        return {"executor": "fake", "name": spec.name}

    async def start(self, handle: Handle, spec: LaunchSpec) -> None:
        self._check_line()
        workload = self.workloads[handle["name"]]
        if workload.phase is Phase.CREATED:
            workload.phase = Phase.RUNNING
            workload.starts += 1
            workload.started_at = dt.datetime.now(dt.UTC)

    async def observe(self, handle: Handle) -> Observation:
        if not self.reachable:
            return Observation(Phase.UNREACHABLE, detail="The line is cut")
        workload = self.workloads.get(handle["name"])
        if workload is None:
            return Observation(Phase.ABSENT)
        ended_at = dt.datetime.now(dt.UTC) if workload.phase is Phase.EXITED else None
        return Observation(workload.phase, workload.exit_code, workload.started_at, ended_at)

    async def list_handles(self) -> list[Handle]:
        self._check_line()
        return [{"executor": "fake", "name": name} for name in self.workloads]

    async def stop(self, handle: Handle, grace_s: float) -> None:
        self.workloads[handle["name"]].stops.append(grace_s)

    async def collect(self, handle: Handle, folder: Path) -> None:
        self._check_line()

    async def remove(self, handle: Handle) -> None:
        self._check_line()
        self.workloads.pop(handle["name"], None)

    async def process_ids(self, handle: Handle) -> list[int]:
        return []

    async def read_usage(self, handle: Handle) -> Usage | None:
        return None

    def exit(self, name: str, exit_code: int) -> None:
        """Ends a workload by itself."""
        workload = self.workloads[name]
        workload.phase, workload.exit_code = Phase.EXITED, exit_code

    def _check_line(self) -> None:
        if not self.reachable:
            raise OutOfReach("The line is cut")
