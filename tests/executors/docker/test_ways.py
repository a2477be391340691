"""The ways to a daemon: TLS with keys of both sides, and SSH."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from benchwright.executors.docker.endpoint import DockerEndpoint, TlsKeys
from benchwright.executors.docker.probe import probe
from benchwright.executors.port import Observation, OutOfReach
from tests.executors.docker.bench import Bench
from tests.services.certificates import Authority, server_context
from tests.services.docker import OwnDaemon, Proxy, served_ssh


async def test_tls_with_keys_of_both_sides(
    docker_host: str, tmp_path: Path, data_dir: Path, instance: str
) -> None:
    authority, stranger = Authority("ours"), Authority("theirs")
    proxy = Proxy(docker_host, server_context(authority, tmp_path))
    try:
        pair = authority.issue("client")
        keys = TlsKeys(authority.certificate, pair.certificate, pair.key)
        bench = Bench(DockerEndpoint(proxy.address, tls=keys), data_dir, instance)
        await bench.launch("echo through tls")
        assert (await bench.end()).exit_code == 0
        assert bench.log == b"through tls\n"
        await bench.executor.aclose()
        (tmp_path / "ca.pem").write_text(authority.certificate)
        (tmp_path / "client.pem").write_text(pair.certificate)
        (tmp_path / "client.key").write_text(pair.key)
        files = TlsKeys(*(str(tmp_path / name) for name in ("ca.pem", "client.pem", "client.key")))
        assert (await probe(DockerEndpoint(proxy.address, tls=files))).processors
        wrong = [
            TlsKeys(stranger.certificate, pair.certificate, pair.key),
            TlsKeys(authority.certificate),
        ]
        for bad in wrong:
            with pytest.raises(OutOfReach):
                await probe(DockerEndpoint(proxy.address, tls=bad))
        with pytest.raises(OutOfReach, match="TLS"):
            await probe(DockerEndpoint(proxy.address, tls=wrong[0]))
    finally:
        proxy.cut()


@pytest.mark.slow
@pytest.mark.needs("sshd", "dockerd")
async def test_ssh_with_a_known_host(
    own_dockerd: OwnDaemon, tmp_path: Path, data_dir: Path
) -> None:
    (tmp_path / "ssh").mkdir()
    with served_ssh(tmp_path / "ssh") as server:
        path = own_dockerd.address.removeprefix("unix://")
        address = f"ssh://{server.user}@127.0.0.1:{server.port}{path}"
        endpoint = DockerEndpoint(address, known_hosts=server.known_hosts, ssh_keys=[server.key])
        bench = Bench(endpoint, data_dir, "test-ssh")
        others = [Bench(endpoint, data_dir, "test-ssh") for _ in range(12)]
        for other in others:  # more streams at once than sshd has sessions for
            other.executor = bench.executor
            await other.launch("echo through ssh; while [ ! -e /tmp/x ]; do sleep 0.2; done")
        for other in others:
            await other.until(partial(_has_log, other))
            await other.executor.stop(other.handle, 0)
        await bench.launch("echo last")
        assert (await bench.end()).exit_code == 0
        for other in others:
            await other.end()
            assert other.log == b"through ssh\n"
        await bench.executor.aclose()
        with pytest.raises(OutOfReach, match="host key"):
            await probe(DockerEndpoint(address, known_hosts="", ssh_keys=[server.key]))
        import asyncssh

        strange = asyncssh.generate_private_key("ssh-ed25519").export_private_key().decode()
        with pytest.raises(OutOfReach, match="authorized_keys"):
            await probe(DockerEndpoint(address, known_hosts=server.known_hosts, ssh_keys=[strange]))
        nowhere = f"ssh://{server.user}@127.0.0.1:{server.port}/nowhere.sock"
        with pytest.raises(OutOfReach, match="not its Docker at /nowhere.sock"):
            await probe(
                DockerEndpoint(nowhere, known_hosts=server.known_hosts, ssh_keys=[server.key])
            )


def _has_log(bench: Bench, _: Observation) -> bool:
    return bool(bench.log)


async def test_a_client_recovers_from_a_line_that_was_cut(
    docker_line: Proxy, data_dir: Path, instance: str
) -> None:
    bench = Bench(docker_line.address, data_dir, instance)
    docker_line.cut()
    bench.plan("echo back")
    with pytest.raises(OutOfReach):
        await bench.executor.create(bench.spec)
    docker_line.mend()
    await bench.launch("echo back")
    docker_line.drop()
    assert (await bench.end()).exit_code == 0
    assert bench.log == b"back\n"
    await bench.executor.aclose()
