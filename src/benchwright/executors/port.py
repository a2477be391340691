"""The port that every executor implements, and the words that cross it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

Handle = dict[str, Any]
"""What an executor needs to find a workload again after a restart; kept with the run as JSON."""


class Phase(StrEnum):
    """What a target says of a workload."""

    ABSENT = "absent"
    CREATED = "created"
    RUNNING = "running"
    EXITED = "exited"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True)
class LaunchSpec:
    """Everything that an executor needs to start one workload.

    Environment values may be secret; `secrets` are the words that must not reach the log.
    """

    name: str
    command: Sequence[str]
    folder: Path
    log_path: Path
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    secrets: Sequence[str] = field(default=(), repr=False)
    max_log_bytes: int = 64 * 1024 * 1024


@dataclass(frozen=True)
class Observation:
    """One look at a workload; `exit_code` is evidence and present only when it exited."""

    phase: Phase
    exit_code: int | None = None
    started_at: dt.datetime | None = None
    ended_at: dt.datetime | None = None
    detail: str = ""


class Executor(Protocol):
    """Creates, starts, watches, stops and removes workloads; every call may be repeated."""

    async def create(self, spec: LaunchSpec) -> Handle:
        """Prepares the workload under `spec.name`; adopts what is already there under it."""
        ...

    async def start(self, handle: Handle, spec: LaunchSpec) -> None:
        """Starts it; does nothing when it has started before."""
        ...

    async def observe(self, handle: Handle) -> Observation:
        """Looks at it; never raises for a target that is out of reach."""
        ...

    async def list_handles(self) -> list[Handle]:
        """All workloads of this installation that the target knows."""
        ...

    async def stop(self, handle: Handle, grace_s: float) -> None:
        """Asks it to end, and ends it by force after the grace; returns at once."""
        ...

    async def collect(self, handle: Handle, folder: Path) -> None:
        """Brings log and results into the run's folder, where they are not there already."""
        ...

    async def remove(self, handle: Handle) -> None:
        """Forgets an ended workload on the target."""
        ...

    async def process_ids(self, handle: Handle) -> list[int]:
        """Local process ids to sample, if it runs on this machine."""
        ...
