"""Images that are fetched while everything else goes on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiodocker import DockerError

from benchwright.executors.docker.images import explain_pull
from benchwright.executors.port import Handle, LaunchPending
from benchwright.kit.errors import Unavailable
from tests.executors.docker.bench import Bench
from tests.executors.docker.registry import Registry
from tests.services.docker import Daemon


@pytest.fixture
def registry(docker_host: str) -> Iterator[Registry]:
    registry = Registry()
    yield registry
    registry.close()
    daemon = Daemon(docker_host)
    for image in daemon.ask("GET", "/images/json"):
        if registry.image in (image.get("RepoTags") or []):
            daemon.ask("DELETE", f"/images/{registry.image}?force=1")


async def create(bench: Bench, patience_s: float = 60) -> Handle:
    """Asks again and again, as the reconciler does."""
    deadline = time.monotonic() + patience_s
    while True:
        try:
            return await bench.executor.create(bench.spec)
        except LaunchPending:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)


async def test_a_pull_tells_how_far_it_is_and_is_shared(
    bench: Bench, docker_host: str, data_dir: Path, instance: str, registry: Registry
) -> None:
    bench.plan("echo pulled", container={"image": registry.image, "pull": "missing"})
    deadline = time.monotonic() + 60
    details: list[str] = []
    while not any("%" in detail for detail in details):
        assert time.monotonic() < deadline, details
        with pytest.raises(LaunchPending) as pending:
            await bench.executor.create(bench.spec)
        details.append(pending.value.detail)
    assert details[-1].startswith(f"Pulling the image {registry.image}: ")
    assert bench.executor.pull_progress() == {registry.image: details[-1]}
    other = Bench(docker_host, data_dir, instance)
    other.executor = bench.executor
    other.plan("echo too", container={"image": registry.image, "pull": "missing"})
    with pytest.raises(LaunchPending):
        await other.executor.create(other.spec)
    registry.let_through()
    for one in (bench, other):
        one.handle = await create(one)
        await one.executor.start(one.handle, one.spec)
        assert (await one.end()).exit_code == 0
        await one.executor.remove(one.handle)
    assert (bench.log, other.log) == (b"pulled\n", b"too\n")
    assert registry.pulls == 1


async def test_a_registry_that_refuses_is_no_fault_of_the_workload(bench: Bench) -> None:
    bench.plan("true", container={"image": "127.0.0.1:9/nowhere:1", "pull": "missing"})
    with pytest.raises(Unavailable, match="registry cannot be reached from the host"):
        await create(bench)
    bench.plan("true", container={"image": "127.0.0.1:9/nowhere:1", "pull": "always"})
    with pytest.raises(Unavailable, match="registry cannot be reached from the host"):
        await create(bench)
    assert bench.containers() == []


@pytest.mark.parametrize(
    "text, told",
    [
        ("manifest for a:1 not found: manifest unknown", "none of this name and tag"),
        ("pull access denied for a, repository does not exist", "none of this name and tag"),
        ("denied: requested access to the resource is denied", "without a login"),
        ("write /var/lib/x: no space left on device", "disk of the host is full"),
        ("dial tcp: lookup registry: no such host", "cannot be reached"),
        ("something else", "could not be pulled: something else"),
    ],
)
def test_refusals_are_told_apart(text: str, told: str) -> None:
    assert told in explain_pull("a:1", DockerError(500, text))
