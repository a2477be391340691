"""What the routes of hosts take and give."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from benchwright.hosts.keys import MAX_KNOWN_HOSTS, MAX_PEM
from benchwright.runs.schemas import RunSummary
from benchwright.runs.state import RunState

HostName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=63)]
FolderPath = Annotated[str, StringConstraints(pattern=r"^/", max_length=4096)]
LabelKey = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_./-]{0,62}$")]
LabelText = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]{0,200}$")]
Labels = Annotated[dict[LabelKey, LabelText], Field(max_length=20)]
Network = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=200)]
Pem = Annotated[str, StringConstraints(max_length=MAX_PEM)]
Capacity = Annotated[int, Field(ge=1, le=1000)]
HostState = Literal["ready", "busy", "drained", "unreachable", "unknown"]


class TlsKeys(BaseModel):
    """What proves both ends of a `tcp` address to each other; never given out again."""

    model_config = ConfigDict(extra="forbid")

    ca: Pem | None = None
    """Signed the daemon's certificate; without it the authorities of the system."""
    certificate: Pem | None = None
    key: Pem | None = None


class HostConnection(BaseModel):
    """How a daemon is reached."""

    model_config = ConfigDict(extra="forbid")

    address: Annotated[str, StringConstraints(max_length=300)] | None = None
    tls: TlsKeys | None = None
    ssh_key: Pem | None = None
    known_hosts: Annotated[str, StringConstraints(max_length=MAX_KNOWN_HOSTS)] | None = None


class HostRules(BaseModel):
    """What runs may do on a host, and how many of them at once."""

    model_config = ConfigDict(extra="forbid")

    shared_path: FolderPath | None = None
    shares_everything: bool = False
    mount_roots: Annotated[list[FolderPath], Field(max_length=20)] = []
    network: Network | None = None
    capacity: Capacity | None = None
    """Without it what the settings say."""
    is_exclusive: bool = False
    is_drained: bool = False
    labels: Labels = {}
    note: Annotated[str, StringConstraints(max_length=2000)] = ""


class HostCreate(HostRules, HostConnection):
    name: HostName
    address: Annotated[str, StringConstraints(max_length=300)]


class HostUpdate(HostRules, HostConnection):
    """Fields that are left out stay as they are; null takes keys, path or network away."""


class HostFacts(BaseModel):
    """What a daemon says of itself and of its machine; null before it answered at all."""

    model_config = ConfigDict(extra="ignore")

    docker_version: str | None = None
    api_version: str | None = None
    name: str | None = None
    operating_system: str | None = None
    architecture: str | None = None
    kernel: str | None = None
    processors: int | None = None
    memory_bytes: int | None = None
    storage_driver: str | None = None
    cgroup_version: str | None = None
    has_gpus: bool | None = None
    networks: list[str] = []
    containers_running: int | None = None
    warnings: list[str] = []
    latency_s: float | None = None


class HostView(BaseModel):
    """A host without its secrets; `taken` of `capacity` places are in use."""

    name: str
    target: str
    address: str
    kind: Literal["unix", "tcp", "ssh"]
    state: HostState
    problem: str
    has_tls: bool
    has_ssh_key: bool
    known_fingerprints: list[str]
    shared_path: str | None
    shares_everything: bool
    mount_roots: list[str]
    network: str | None
    capacity: int
    taken: int
    queued: int
    is_exclusive: bool
    is_drained: bool
    labels: dict[str, str]
    note: str
    created_at: dt.datetime
    updated_at: dt.datetime
    seen_at: dt.datetime | None
    unreachable_since: dt.datetime | None
    clock_offset_s: float | None
    facts: HostFacts
    runs: list[RunSummary]


class ConnectionTest(BaseModel):
    """What came of reaching for a daemon once; `problem` says why it failed and what to do."""

    is_reachable: bool
    problem: str
    facts: HostFacts
    clock_offset_s: float | None


class Orphan(BaseModel):
    """A container of this installation that no unfinished run has.

    `run` is known if the run is, with the state in which it ended; a run that is not known may
    belong to a database that was restored or replaced.
    """

    container_id: str
    name: str
    image: str
    status: str
    created_at: dt.datetime
    run: uuid.UUID | None
    project: str | None
    run_name: str | None
    run_state: RunState | None


class OrphanList(BaseModel):
    """Empty `items` with a `problem`: the host did not answer, so nothing is known."""

    problem: str
    items: list[Orphan]
