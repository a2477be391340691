"""A host's row as what the Docker executor takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchwright.hosts.connection import Connection, open_connection
from benchwright.hosts.executors import Connect, HostClient
from benchwright.hosts.models import Host
from benchwright.hosts.sighting import Sighting
from benchwright.kit.errors import Problem
from benchwright.kit.secrets import Keyring
from benchwright.settings import Settings

if TYPE_CHECKING:
    from benchwright.executors.docker.endpoint import DockerEndpoint
    from benchwright.executors.docker.own import OwnContainer
    from benchwright.executors.docker.rules import DockerHostRules

# Docker's libraries take long to load: only what talks to a daemon waits for them.


def make_connect(settings: Settings, keyring: Keyring, home: str) -> Connect:
    """What makes the executor of each host of this installation."""

    def connect(host: Host) -> HostClient:
        from benchwright.executors.docker.executor import DockerExecutor

        endpoint = endpoint_of(open_connection(host, keyring))
        return DockerExecutor(endpoint, rules_of(host, settings, home))

    return connect


def endpoint_of(connection: Connection, timeout_s: float | None = None) -> DockerEndpoint:
    """Where a connection leads; with `timeout_s`, no answer may take longer."""
    from benchwright.executors.docker.endpoint import DockerEndpoint, TlsKeys

    keys = connection.tls
    return DockerEndpoint(
        connection.address.text,
        tls=TlsKeys(keys.ca, keys.certificate, keys.key) if keys else None,
        known_hosts=connection.known_hosts or None,
        ssh_keys=[connection.ssh_key] if connection.ssh_key else (),
        **(
            {}
            if timeout_s is None
            else {"connect_timeout_s": timeout_s, "request_timeout_s": timeout_s}
        ),
    )


def rules_of(host: Host, settings: Settings, home: str) -> DockerHostRules:
    """What the host allows its containers."""
    from benchwright.executors.docker.rules import DockerHostRules

    process = settings.executors.process
    return DockerHostRules(
        name=host.name,
        instance=home,
        data_dir=settings.data_dir,
        shared_path=host.shared_path,
        shares_everything=host.shares_everything,
        mount_roots=host.mount_roots,
        network=host.network or settings.hosts.network,
        max_log_bytes=process.max_log_bytes,
        stop_grace_s=process.stop_grace_s,
    )


async def look_at(connection: Connection, timeout_s: float) -> Sighting:
    """Asks a daemon what it is; never raises for one that does not answer."""
    from benchwright.executors.docker.probe import probe

    try:
        facts = await probe(endpoint_of(connection, timeout_s))
    except Problem as problem:
        return Sighting(problem.detail)
    told = facts.to_json()
    offset_s = told.pop("clock_offset_s")
    return Sighting("", told, offset_s)


async def list_own(connection: Connection, home: str, timeout_s: float) -> list[OwnContainer]:
    """The containers of this installation, from a whole answer; raises `Unavailable`."""
    from benchwright.executors.docker.own import list_own_containers

    return await list_own_containers(endpoint_of(connection, timeout_s), home)


async def remove_own(
    connection: Connection, home: str, container_id: str, timeout_s: float
) -> None:
    """Ends and removes one of them; raises `Conflict` for another's."""
    from benchwright.executors.docker.own import remove_container

    await remove_container(endpoint_of(connection, timeout_s), home, container_id)
