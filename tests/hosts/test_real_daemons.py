"""Hosts that are real daemons: looked at, launched on, and what was left over there."""

from __future__ import annotations

import asyncio
import uuid
from pathlib import Path

import pytest

from benchwright.executors.port import ContainerPlan, LaunchSpec, Phase
from benchwright.hosts import repository
from benchwright.hosts.docker import make_connect
from benchwright.hosts.executors import HostExecutors
from benchwright.runs.state import RunState
from tests.fixtures.site import Site
from tests.hosts.harness import add_host, add_run
from tests.services.docker import IMAGE, Daemon

API = "/api/v1/hosts"
JSON = {"Accept": "application/json"}


@pytest.fixture
def hosts(site: Site, docker_hosts: list[str], instance: str) -> list[str]:
    """The names of the daemons; containers of this test carry its own name."""
    lab = site.harness.installation.lab
    lab.home, lab.settings.hosts.orphan_grace_s = instance, 0
    names = [f"node-{number}" for number in range(len(docker_hosts))]
    for name, address in zip(names, docker_hosts, strict=True):
        add_host(lab.database, name, address=address, seen_at=None)
    return names


def make_container(address: str, instance: str, run_id: uuid.UUID, attempt: int = 1) -> str:
    labels = {"instance": instance, "run": str(run_id), "attempt": str(attempt)}
    body = {
        "Image": IMAGE,
        "Cmd": ["sleep", "600"],
        "Labels": {f"benchwright.{key}": value for key, value in labels.items()},
    }
    made = Daemon(address).ask("POST", "/containers/create", body)
    Daemon(address).ask("POST", f"/containers/{made['Id']}/start")
    return str(made["Id"])


def test_each_answers_with_what_it_is(site: Site, hosts: list[str]) -> None:
    for name in hosts:
        seen = site.client.post(f"{API}/{name}/probe", headers=JSON).json()
        assert (seen["state"], seen["problem"]) == ("ready", "")
        facts = seen["facts"]
        assert facts["processors"] >= 1
        assert facts["memory_bytes"] > 0
        assert "bridge" in facts["networks"]
        assert abs(seen["clock_offset_s"]) < 60
        assert facts["docker_version"] in site.page(f"/p/default/hosts/{name}").text


def test_what_was_left_over_is_told_from_what_runs(
    site: Site, hosts: list[str], docker_hosts: list[str], instance: str
) -> None:
    name, address = hosts[0], docker_hosts[0]
    database = site.harness.database
    runs = add_run(database, f"docker:{name}", RunState.RUNNING)
    ended = add_run(database, f"docker:{name}", RunState.LOST, name="Was lost")
    kept = make_container(address, instance, runs)
    expected = {
        make_container(address, instance, runs, attempt=2): "a run",
        make_container(address, instance, ended): "Was lost",
        make_container(address, instance, uuid.uuid4()): None,
    }
    listed = site.client.get(f"{API}/{name}/orphans", headers=JSON).json()
    assert {one["container_id"]: one["run_name"] for one in listed["items"]} == expected
    text = site.page(f"/p/default/hosts/{name}/left-over").text
    assert "Was lost" in text
    assert "not known here" in text

    refused = site.client.delete(f"{API}/{name}/orphans/{kept}", headers=JSON)
    assert refused.status_code == 409
    first, second, third = expected
    for gone in (first, second):
        answer = site.client.delete(f"{API}/{name}/orphans/{gone}", headers=JSON)
        assert answer.json()["container_id"] == gone
    site.send(f"/p/default/hosts/{name}/left-over/remove", {"container_id": third})
    assert site.client.get(f"{API}/{name}/orphans", headers=JSON).json()["items"] == []
    left = Daemon(address).containers(f"benchwright.instance={instance}")
    assert [one["Id"] for one in left] == [kept]


def test_a_container_goes_on_while_its_host_is_changed(
    site: Site, hosts: list[str], instance: str, tmp_path: Path
) -> None:
    lab = site.harness.installation.lab
    folder = tmp_path / "jobs" / "a-run"
    (folder / "logs").mkdir(parents=True)
    run_id = str(uuid.uuid4())
    spec = LaunchSpec(
        name=f"bw-{run_id}-1", command=["sleep", "600"], folder=folder,
        log_path=folder / "logs" / "a.log", run_id=run_id,
        container=ContainerPlan(image=IMAGE, pull="never"),
    )  # fmt: skip

    async def go() -> None:
        connect = make_connect(lab.settings, lab.keyring, instance)
        executors = HostExecutors({}, lab.database, connect)
        executor = executors[f"docker:{hosts[0]}"]
        handle = await executor.create(spec)
        await executor.start(handle, spec)
        assert (await executor.observe(handle)).phase is Phase.RUNNING
        with lab.database.write() as session:
            host = repository.find(session, hosts[0])
            assert host is not None
            address = host.address
        answer = site.client.patch(f"{API}/{hosts[0]}", json={"address": "tcp://127.0.0.1:1"})
        assert answer.status_code == 200
        assert (await executor.observe(handle)).phase is Phase.UNREACHABLE
        site.client.patch(f"{API}/{hosts[0]}", json={"address": address})
        assert (await executor.observe(handle)).phase is Phase.RUNNING
        await executor.stop(handle, 0)
        await executor.remove(handle)
        await executors.aclose()

    asyncio.run(go())
