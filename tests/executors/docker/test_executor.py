"""Containers of a real daemon: launched once, watched, explained, stopped, removed."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from benchwright.executors.docker.endpoint import DockerEndpoint
from benchwright.executors.docker.own import list_own_containers, remove_container
from benchwright.executors.docker.probe import probe
from benchwright.executors.port import Mount, OutOfReach, Phase, SharedFolder
from benchwright.kit.errors import Conflict, Problem, Unavailable
from tests.executors.docker.bench import Bench
from tests.services.docker import IMAGE, Daemon


async def test_from_launch_to_removal(bench: Bench) -> None:
    await bench.launch("echo out; echo err >&2; printf 'a\\377b\\n'; printf end; exit 3")
    seen = await bench.end()
    assert (seen.phase, seen.exit_code, seen.detail) == (Phase.EXITED, 3, "")
    assert seen.started_at is not None and seen.ended_at is not None
    assert sorted(bench.log.splitlines()) == [b"a\xffb", b"end", b"err", b"out"]
    streams = dict(zip(bench.log.splitlines(), [t.stream for t in bench.times], strict=True))
    assert streams == {b"out": 1, b"err": 2, b"a\xffb": 1, b"end": 1}
    for line_time in bench.times:
        assert abs(line_time.time_ns / 1e9 - seen.started_at.timestamp()) < 60
    await bench.executor.collect(bench.handle, bench.folder)
    await bench.executor.remove(bench.handle)
    await bench.executor.remove(bench.handle)
    assert bench.containers() == []
    assert list(bench.rules.control_dir.iterdir()) == []
    assert (await bench.executor.observe(bench.handle)).phase is Phase.ABSENT


async def test_each_step_repeated_runs_it_once(bench: Bench) -> None:
    await bench.launch("echo started; sleep 0.3")
    again = await bench.executor.create(bench.spec)
    assert again["id"] == bench.handle["id"]
    await bench.executor.start(again, bench.spec)
    await bench.end()
    assert bench.log == b"started\n"
    assert len(bench.containers()) == 1


async def test_a_host_that_is_set_otherwise_meanwhile_gets_what_it_is_set_to(bench: Bench) -> None:
    bench.plan("true", container={"cpus": 1.0})
    first = await bench.executor.create(bench.spec)
    bench.plan("true", container={"cpus": 2.0})
    second = await bench.executor.create(bench.spec)
    assert first["id"] != second["id"]
    assert len(bench.containers()) == 1


async def test_a_strangers_name_is_an_error(bench: Bench) -> None:
    spec = bench.plan("true")
    daemon = Daemon(bench.endpoint.address)
    labels = {"benchwright.instance": bench.rules.instance, "benchwright.run": "another"}
    daemon.ask("POST", f"/containers/create?name={spec.name}", {"Image": IMAGE, "Labels": labels})
    with pytest.raises(Conflict, match="docker rename"):
        await bench.executor.create(spec)
    assert len(bench.containers()) == 1


async def test_an_image_that_is_not_there_is_no_fault_of_the_workload(bench: Bench) -> None:
    bench.plan("true", container={"image": "127.0.0.1:9/nowhere:1", "pull": "never"})
    with pytest.raises(Unavailable, match="says never to pull"):
        await bench.executor.create(bench.spec)
    assert bench.containers() == []


async def test_a_command_that_is_not_in_the_image_is_named(bench: Bench) -> None:
    await bench.launch("", command=["/no/such/program"])
    seen = await bench.end()
    assert seen.exit_code == 127
    assert "not found" in seen.detail


async def test_a_network_that_is_not_there_is_named(bench: Bench) -> None:
    with pytest.raises(Problem, match="does not have the network"):
        await bench.launch("true", container={"network": "nowhere"})


async def test_too_much_memory_is_told_from_a_kill(bench: Bench) -> None:
    await bench.launch(
        "dd if=/dev/zero of=/dev/null bs=200M count=1", container={"memory_bytes": 16 * 1024**2}
    )
    seen = await bench.end()
    assert seen.exit_code == 137
    assert "16 MiB" in seen.detail


async def test_a_stop_asks_first_and_then_kills(bench: Bench) -> None:
    await bench.launch("trap 'echo asked' TERM; echo ready; while :; do sleep 0.1; done")
    await bench.until(lambda _: bench.log)
    before = time.monotonic()
    await bench.executor.stop(bench.handle, 1)
    await bench.executor.stop(bench.handle, 1)
    assert time.monotonic() - before < 0.9, "it returns at once"
    seen = await bench.end()
    assert seen.exit_code == 137
    assert bench.log == b"ready\nasked\n"


async def test_a_workload_that_hears_the_stop_ends_by_itself(bench: Bench) -> None:
    await bench.launch("echo ready; exec sleep 100")
    await bench.until(lambda _: bench.log)
    await bench.executor.stop(bench.handle, 60)
    assert (await bench.end()).exit_code == 143


async def test_a_paused_container_runs_and_can_be_stopped(bench: Bench) -> None:
    await bench.launch("exec sleep 100")
    await bench.until(lambda seen: seen.phase is Phase.RUNNING)
    Daemon(bench.endpoint.address).ask("POST", f"/containers/{bench.handle['id']}/pause")
    seen = await bench.until(lambda seen: seen.detail)
    assert seen.phase is Phase.RUNNING and "paused" in seen.detail
    await bench.executor.stop(bench.handle, 10)
    assert (await bench.end()).exit_code in (137, 143)


async def test_what_somebody_removed_is_gone_and_its_log_is_kept(bench: Bench) -> None:
    await bench.launch("echo before; exec sleep 100")
    await bench.until(lambda _: bench.log)
    Daemon(bench.endpoint.address).remove(bench.handle["id"])
    seen = await bench.until(lambda seen: seen.phase is not Phase.RUNNING)
    assert seen.phase is Phase.ABSENT and "removed" in seen.detail
    await bench.executor.collect(bench.handle, bench.folder)
    assert bench.log == b"before\n"


async def test_usage_grows_with_the_work(bench: Bench) -> None:
    await bench.launch("while :; do :; done")
    await bench.until(lambda seen: seen.phase is Phase.RUNNING)
    usages: list[Any] = []

    async def read(_: object) -> bool:
        usages.append(await bench.executor.read_usage(bench.handle))
        return bool(usages[-1] and usages[-1].cpu_s > 0.2)

    deadline = time.monotonic() + 60
    while not await read(None):
        assert time.monotonic() < deadline
    assert usages[-1].memory_bytes > 0
    assert usages[-1].processors >= 1


async def test_a_shared_folder_is_seen_and_the_rest_is_not(bench: Bench) -> None:
    data_dir = bench.rules.data_dir
    (data_dir / "configs").mkdir()
    (data_dir / "configs" / "a.yaml").write_text("a: 1\n")
    (data_dir / "datasets").mkdir()
    await bench.launch(
        f"cat /data/configs/a.yaml; ls -A /data; echo x > /data/configs/b || echo read-only; "
        f"echo 7 > /data/jobs/{bench.run_id}/results/figure",
        container={
            "shared": [SharedFolder("configs"), SharedFolder(f"jobs/{bench.run_id}", False)]
        },
    )
    assert (await bench.end()).exit_code == 0
    text = bench.log.decode()
    assert "a: 1" in text and "read-only" in text
    assert ".benchwright" not in text and "datasets" not in text
    assert (bench.folder / "results" / "figure").read_text() == "7\n"


async def test_a_declared_root_can_be_mounted(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "roots" / "in").mkdir(parents=True)
    (tmp_path / "roots" / "in" / "x").write_text("there\n")
    bench.rules = bench.rules.__class__(
        **{**bench.rules.__dict__, "mount_roots": [str(tmp_path / "roots")]}
    )
    await bench.restart()
    await bench.launch(
        "cat /in/x", container={"mounts": [Mount(str(tmp_path / "roots/in"), "/in")]}
    )
    await bench.end()
    assert bench.log == b"there\n"


async def test_only_own_containers_are_listed_and_removed(
    bench: Bench, docker_host: str, data_dir: Path, instance: str
) -> None:
    await bench.launch("true")
    other = Bench(docker_host, data_dir, f"{instance}-other")
    try:
        await other.launch("true")
        (handle,) = await bench.executor.list_handles()
        assert (handle["name"], handle["run_id"]) == (bench.spec.name, bench.run_id)
        endpoint = DockerEndpoint(docker_host)
        (own,) = await list_own_containers(endpoint, instance)
        assert (own.run_id, own.attempt, own.image) == (bench.run_id, 1, IMAGE)
        with pytest.raises(Conflict):
            await remove_container(endpoint, instance, other.handle["id"])
        await remove_container(endpoint, instance, own.id)
        await remove_container(endpoint, instance, own.id)
        assert await list_own_containers(endpoint, instance) == []
        await other.executor.remove(other.handle)
    finally:
        await other.executor.aclose()


async def test_files_travel_by_archive_where_nothing_is_shared(
    docker_host: str, data_dir: Path, instance: str
) -> None:
    bench = Bench(docker_host, data_dir, instance, shared_path=None)
    (bench.folder / "inputs" / "big").write_bytes(b"x" * 3_000_000)
    (data_dir / "configs").mkdir()
    (data_dir / "configs" / "a.yaml").write_text("a: 1\n")
    job = f"/data/jobs/{bench.run_id}"
    await bench.launch(
        f"cat /data/configs/a.yaml; wc -c < {job}/inputs/big; cd {job}; "
        "echo '{\"percent\": 43}' > progress/progress.json; while [ ! -e /tmp/go ]; do sleep 0.1; done; "
        "mkdir results/deep; echo 7 > results/deep/figure; ln -s /etc/passwd results/link; echo own > logs/own.log",
        container={
            "shared": [SharedFolder("configs"), SharedFolder(f"jobs/{bench.run_id}", False)],
            "user": "1000:1000",
        },
    )
    progress = bench.folder / "progress" / "progress.json"
    await bench.until(lambda _: progress.exists())
    assert progress.read_text() == '{"percent": 43}\n'
    Daemon(docker_host).ask("PUT", f"/containers/{bench.handle['id']}/archive?path=/tmp", raw=_go())
    assert (await bench.end()).exit_code == 0
    assert bench.log == b"a: 1\n3000000\n"
    assert (bench.folder / "results" / "deep" / "figure").read_text() == "7\n"
    assert (bench.folder / "logs" / "own.log").read_text() == "own\n"
    assert not (bench.folder / "results" / "link").is_symlink()
    await bench.executor.aclose()


def _go() -> bytes:
    import io
    import tarfile

    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as tar:
        tar.addfile(tarfile.TarInfo("go"))
    return raw.getvalue()


async def test_a_probe_tells_what_figures_depend_on(docker_hosts: list[str]) -> None:
    for address in docker_hosts:
        facts = await probe(DockerEndpoint(address))
        assert facts.processors >= 1 and facts.memory_bytes > 2**20 and facts.kernel
        assert facts.storage_driver and facts.cgroup_version in ("1", "2")
        assert "host" in facts.networks
        assert facts.clock_offset_s is not None and abs(facts.clock_offset_s) < 5
        assert facts.to_json()["docker_version"] == facts.docker_version
    with pytest.raises(OutOfReach, match="Nothing listens"):
        await probe(DockerEndpoint("tcp://127.0.0.1:9"))
    with pytest.raises(OutOfReach, match="no socket"):
        await probe(DockerEndpoint("unix:///nowhere.sock"))
