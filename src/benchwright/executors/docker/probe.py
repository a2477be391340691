"""What a daemon says of itself and of its machine."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from aiodocker import DockerError

from benchwright.executors.docker.client import DockerClient
from benchwright.executors.docker.endpoint import DockerEndpoint
from benchwright.executors.docker.failures import out_of_reach


@dataclass(frozen=True)
class HostFacts:
    """Without these, figures of two hosts are not comparable."""

    docker_version: str
    api_version: str
    name: str
    """What the machine calls itself."""
    engine_id: str
    """Equal for two addresses of the same daemon."""
    operating_system: str
    os_type: str
    architecture: str
    kernel: str
    processors: int
    memory_bytes: int
    storage_driver: str
    cgroup_version: str
    runtimes: Sequence[str]
    has_gpus: bool
    """Whether NVIDIA's runtime is there; how many GPUs there are Docker does not tell."""
    networks: Sequence[str]
    containers_running: int
    warnings: Sequence[str]
    clock_offset_s: float | None
    """How far the host's clock is ahead of ours; None where it was not told."""
    latency_s: float
    """How long the daemon took for its shortest answer."""

    def to_json(self) -> dict[str, Any]:
        """The facts as JSON."""
        return asdict(self)


async def probe(endpoint: DockerEndpoint) -> HostFacts:
    """Looks at a daemon once; raises `OutOfReach` with what to do, or `Invalid`."""
    client = DockerClient(endpoint)
    try:
        return await read_facts(client)
    finally:
        await client.aclose()


async def read_facts(client: DockerClient) -> HostFacts:
    """Looks at the daemon of an open client."""
    try:
        async with client.stream(
            "GET", "/_ping", timeout_s=client.endpoint.request_timeout_s
        ) as answer:
            await answer.read()
        with client.answering() as docker:
            version = await docker.version()
            networks = await docker.networks.list()
            before, clock = time.time(), time.perf_counter()
            info = await docker.system.info()
            latency_s = time.perf_counter() - clock
    except DockerError as error:
        raise out_of_reach(client.endpoint, error) from error
    if "ApiVersion" not in version:
        raise out_of_reach(client.endpoint, ValueError("what answers there is no Docker"))
    offset_s = _offset(info.get("SystemTime"), before + latency_s / 2)
    return describe(version, info, networks, offset_s, latency_s)


def describe(
    version: Mapping[str, Any],
    info: Mapping[str, Any],
    networks: Sequence[Mapping[str, Any]],
    offset_s: float | None,
    latency_s: float,
) -> HostFacts:
    """The facts of what the daemon answered; what an older one leaves out is empty."""
    runtimes = sorted(info.get("Runtimes") or {})
    return HostFacts(
        docker_version=str(version.get("Version", "")),
        api_version=str(version["ApiVersion"]),
        name=str(info.get("Name", "")),
        engine_id=str(info.get("ID", "")),
        operating_system=str(info.get("OperatingSystem", "")),
        os_type=str(info.get("OSType", "")),
        architecture=str(info.get("Architecture", "")),
        kernel=str(info.get("KernelVersion", "")),
        processors=int(info.get("NCPU") or 0),
        memory_bytes=int(info.get("MemTotal") or 0),
        storage_driver=str(info.get("Driver", "")),
        cgroup_version=str(info.get("CgroupVersion") or "1"),
        runtimes=runtimes,
        has_gpus="nvidia" in runtimes,
        networks=sorted(str(network["Name"]) for network in networks),
        containers_running=int(info.get("ContainersRunning") or 0),
        warnings=[str(text) for text in info.get("Warnings") or []],
        clock_offset_s=offset_s,
        latency_s=latency_s,
    )


def _offset(text: str | None, at: float) -> float | None:
    """The daemon says its time in nanoseconds, at some place between question and answer."""
    if not text:
        return None
    try:
        # Python reads at most six digits of a second's fraction.
        whole, _, rest = text.partition(".")
        digits = rest.rstrip("Z").partition("+")[0].partition("-")[0]
        zone = rest[len(digits) :] or "Z"
        told = dt.datetime.fromisoformat(f"{whole}.{digits[:6] or '0'}{zone}")
    except ValueError:
        return None
    if told.tzinfo is None:
        return None
    return told.timestamp() - at
