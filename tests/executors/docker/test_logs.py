"""Logs over lines that are cut, servers that restart and hosts that forget: each line once."""

from __future__ import annotations

import asyncio
import resource
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from benchwright.executors.docker.frames import GAP
from benchwright.executors.port import Phase
from tests.executors.docker.bench import Bench
from tests.services.docker import IMAGE, Daemon, OwnDaemon, Proxy

COUNTING = """
i=0; while [ $i -lt 400 ]; do
  echo "out $i"; echo "err $i" >&2; i=$((i+1)); [ $((i % 20)) -eq 0 ] && sleep 0.1
done; true
"""


def check_counted(log: bytes, times: int, count: int = 400) -> None:
    lines = log.splitlines()
    assert [line for line in lines if line.startswith(b"out")] == [b"out %d" % n for n in range(count)]  # fmt: skip
    assert [line for line in lines if line.startswith(b"err")] == [b"err %d" % n for n in range(count)]  # fmt: skip
    assert len(lines) == 2 * count == times


@pytest.fixture
async def far_bench(docker_line: Proxy, data_dir: Path, instance: str) -> AsyncIterator[Bench]:
    bench = Bench(docker_line.address, data_dir, instance)
    yield bench
    await bench.executor.aclose()


async def test_a_host_that_was_away_loses_no_line_and_no_run(
    far_bench: Bench, docker_line: Proxy, docker_host: str
) -> None:
    bench = far_bench
    await bench.launch(COUNTING)
    await bench.until(lambda _: bench.log)
    docker_line.cut()
    seen = await bench.until(lambda seen: seen.phase is Phase.UNREACHABLE)
    assert "Nothing listens" in seen.detail
    await asyncio.sleep(0.5)
    docker_line.mend()
    assert (await bench.end()).exit_code == 0
    check_counted(bench.log, len(bench.times))
    assert len(bench.containers(docker_host)) == 1


async def test_connections_that_break_all_the_time_lose_no_line(
    far_bench: Bench, docker_line: Proxy
) -> None:
    bench = far_bench
    await bench.launch(COUNTING)

    async def disturb() -> None:
        while True:
            await asyncio.sleep(0.15)
            docker_line.drop()

    disturbance = asyncio.create_task(disturb())
    await asyncio.sleep(1.5)
    disturbance.cancel()
    assert (await bench.end()).exit_code == 0
    check_counted(bench.log, len(bench.times))


async def test_servers_that_take_over_double_no_line(bench: Bench) -> None:
    await bench.launch(COUNTING)
    for _ in range(4):
        await bench.until(lambda seen: seen.phase in (Phase.RUNNING, Phase.EXITED))
        await asyncio.sleep(0.3)
        await bench.restart()
    assert (await bench.end()).exit_code == 0
    check_counted(bench.log, len(bench.times))


async def test_what_was_printed_while_no_server_ran_is_read_at_the_end(bench: Bench) -> None:
    await bench.launch(COUNTING)
    await bench.restart()
    await asyncio.sleep(2)
    assert (await bench.end()).exit_code == 0
    check_counted(bench.log, len(bench.times))


async def test_secrets_stay_masked_after_a_restart(bench: Bench) -> None:
    secrets = ("s3cret-of-env", "s3cret-of-nowhere")
    await bench.launch(
        "echo 1 $TOKEN; sleep 1; echo 2 $TOKEN s3cret-of-no''where",
        environment={"TOKEN": secrets[0]},
        secrets=secrets,
    )
    await bench.until(lambda _: bench.log)
    await bench.restart()
    await bench.end()
    assert bench.log == b"1 ***\n2 *** ***\n"
    for path in bench.rules.control_dir.rglob("*"):
        if path.is_file():
            assert path.stat().st_mode & 0o077 == 0 or secrets[1] not in path.read_text("latin-1")
            assert secrets[0] not in path.read_text("latin-1")


async def test_a_long_line_is_one_line(bench: Bench) -> None:
    await bench.launch("head -c 100000 /dev/zero | tr '\\0' x; echo; echo after")
    await bench.end()
    assert bench.log == b"x" * 100_000 + b"\nafter\n"


async def test_a_log_that_cannot_be_read_holds_nobody_up(bench: Bench) -> None:
    bench.plan("echo unseen")
    daemon = Daemon(bench.endpoint.address)
    body = {
        "Image": IMAGE,
        "Cmd": ["echo", "unseen"],
        "HostConfig": {"NetworkMode": "none", "LogConfig": {"Type": "none"}},
        "Labels": {"benchwright.instance": bench.rules.instance},
    }
    made = daemon.ask("POST", "/containers/create", body)["Id"]
    daemon.ask("POST", f"/containers/{made}/start")
    bench.handle = {
        "executor": "docker",
        "name": "adopted",
        "id": made,
        "folder": str(bench.folder),
        "log_path": str(bench.log_path),
        "max_log_bytes": 1000,
    }
    assert (await bench.end()).exit_code == 0
    assert bench.log.startswith(b"--- the rest of the log cannot be read: ")
    assert len(bench.times) == 1


async def test_lines_that_the_host_did_not_keep_show_as_a_gap(
    docker_host: str, data_dir: Path, instance: str
) -> None:
    bench = Bench(docker_host, data_dir, instance, host_log_bytes=20_000)
    await bench.launch("echo first; while [ ! -e /data/go ]; do sleep 0.1; done; seq 1 20000", container={"shared": []})  # fmt: skip
    await bench.until(lambda _: bench.log)
    await bench.executor.aclose()
    daemon, container = Daemon(docker_host), f"/containers/{bench.handle['id']}"
    daemon.ask("PUT", f"{container}/archive?path=/", raw=_file("data/go"))
    daemon.ask("POST", f"{container}/wait")
    await bench.restart()
    await bench.end()
    lines = bench.log.splitlines(keepends=True)
    assert lines[:2] == [b"first\n", GAP]
    assert lines[-1] == b"20000\n"
    assert len(lines) == len(bench.times) < 20_000
    await bench.executor.aclose()


def _file(name: str) -> bytes:
    import io
    import tarfile

    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as tar:
        tar.addfile(tarfile.TarInfo(name))
    return raw.getvalue()


@pytest.mark.slow
async def test_a_huge_log_fills_neither_disk_nor_memory(bench: Bench) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    await bench.launch(
        "yes 'a line of a log that says nothing at all' | head -c 20000000; echo; echo last",
        max_log_bytes=4_000_000,
    )
    assert (await bench.end()).exit_code == 0
    grown_mib = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert bench.log_path.stat().st_size < 4_100_000
    lines = bench.log.splitlines()
    (note,) = [line for line in lines if line.startswith(b"---") and b"dropped" in line]
    kept = sum(len(line) + 1 for line in lines) - len(note) - 1
    assert int(note.split()[1]) + kept == 20_000_006
    assert lines[-1] == b"last"
    assert len(lines) == len(bench.times)
    assert grown_mib < 60


@pytest.mark.slow
@pytest.mark.needs("dockerd")
async def test_a_daemon_that_is_restarted_mid_run(own_dockerd: OwnDaemon, data_dir: Path) -> None:
    bench = Bench(own_dockerd.address, data_dir, "test-own")
    # What is printed by a container that ends while its daemon is away, Docker itself forgets.
    await bench.launch(f"{COUNTING}while [ ! -e /tmp/go ]; do sleep 0.1; done; echo out 400")
    await bench.until(lambda _: bench.log)
    own_dockerd.end(signal.SIGTERM)
    seen = await bench.until(lambda seen: seen.phase is Phase.UNREACHABLE)
    assert "Docker" in seen.detail
    own_dockerd.start()
    await bench.until(lambda _: b"err 399" in bench.log)
    container = f"/containers/{bench.handle['id']}"
    own_dockerd.daemon.ask("PUT", f"{container}/archive?path=/", raw=_file("tmp/go"))
    assert (await bench.end()).exit_code == 0
    assert bench.log.endswith(b"out 400\n")
    check_counted(bench.log.removesuffix(b"out 400\n"), len(bench.times) - 1)
    await bench.executor.aclose()
