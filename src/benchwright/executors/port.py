"""The port that every executor implements, and the words that cross it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, Protocol

from benchwright.kit.errors import Unavailable

Handle = dict[str, Any]
"""What an executor needs to find a workload again after a restart; kept with the run as JSON."""

NEW = "is_new"
"""True in a handle that `create` gives for what it made just now, and nobody can have started."""


class OutOfReach(Unavailable):
    """The target does not answer. Nothing follows from that for what runs there: ask again."""


class LaunchPending(Exception):
    """The target still prepares the launch; `detail` says how far it is. Call again."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class Phase(StrEnum):
    """What a target says of a workload."""

    ABSENT = "absent"
    CREATED = "created"
    RUNNING = "running"
    EXITED = "exited"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True)
class SharedFolder:
    """A part of the data directory that a container sees below `/data`, under the same name."""

    path: str
    """Relative to the data directory, with slashes: `configs`, `jobs/{run id}`."""
    is_read_only: bool = True
    travelling: tuple[str, ...] | None = None
    """Where files travel by archive, only these entries of it do; None for all."""


@dataclass(frozen=True)
class Mount:
    """A folder of the host itself; only what lies below the host's declared roots is mounted."""

    source: str
    target: str
    is_read_only: bool = True


@dataclass(frozen=True)
class ContainerPlan:
    """What a container needs beyond a command; all that may be said of one, and nothing else."""

    image: str
    pull: Literal["missing", "always", "never"] = "missing"
    entrypoint: Sequence[str] | None = None
    """None leaves the image's own."""
    shared: Sequence[SharedFolder] = ()
    mounts: Sequence[Mount] = ()
    network: str | None = None
    """None takes what the host is set to."""
    cpus: float | None = None
    memory_bytes: int | None = None
    shm_bytes: int | None = None
    gpus: int | Literal["all"] | None = None
    user: str | None = None
    working_dir: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class LaunchSpec:
    """Everything that an executor needs to start one workload.

    Environment values may be secret; `secrets` are the words that must not reach the log. A
    process runs `command` in `folder`; a container gets it as its arguments, or none of them.
    """

    name: str
    command: Sequence[str]
    folder: Path
    log_path: Path
    run_id: str = ""
    attempt: int = 1
    epoch: int = 0
    """Which holder of the run's lease launches it."""
    container: ContainerPlan | None = None
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


@dataclass(frozen=True)
class Usage:
    """What a workload has used since its start; None where its target does not tell."""

    cpu_s: float
    memory_bytes: float
    processors: int
    """How many processors the workload could have used."""
    processes: float | None = None
    read_bytes: float | None = None
    written_bytes: float | None = None
    received_bytes: float | None = None
    sent_bytes: float | None = None


class Executor(Protocol):
    """Creates, starts, watches, stops and removes workloads; every call may be repeated."""

    async def create(self, spec: LaunchSpec) -> Handle:
        """Prepares the workload under `spec.name`; adopts what is already there under it.

        Raises `LaunchPending` while it waits for something slow, such as an image, `OutOfReach`
        where the target does not answer, and another `Problem` where it never can be done.
        """
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

    async def read_usage(self, handle: Handle) -> Usage | None:
        """What it used so far, where that is not read from its processes; None if unknown."""
        ...
