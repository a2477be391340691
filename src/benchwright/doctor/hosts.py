"""Looks whether the Docker hosts answer: those of the database, or the one that a first start makes."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from benchwright.doctor.findings import Finding, missing, ok, warning
from benchwright.hosts import repository
from benchwright.hosts.connection import Connection, open_connection
from benchwright.hosts.docker import look_at
from benchwright.hosts.models import LOCAL, Host
from benchwright.hosts.seeding import unstored_local
from benchwright.hosts.sighting import Sighting
from benchwright.kit.db import Database
from benchwright.kit.errors import Problem
from benchwright.kit.secrets import Keyring, open_keyring
from benchwright.kit.startup import StartupError
from benchwright.settings import Settings

PATIENCE_S = 4.0


def check_hosts(settings: Settings, environment: Mapping[str, str] = os.environ) -> list[Finding]:
    """A finding for each host; all are asked at the same time."""
    try:
        hosts = _stored(settings) or [unstored_local(settings.hosts, settings.data_dir)]
    except StartupError as error:
        return [warning("Docker", "the address of this machine's daemon is wrong", str(error))]
    return asyncio.run(_look_at_all(hosts, settings, environment))


def _stored(settings: Settings) -> list[Host]:
    try:
        url = make_url(settings.resolved_database_url)
        if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
            return []
        database = Database(url)
    except (ArgumentError, ImportError):
        return []  # what is wrong with it is a finding of its own
    try:
        with database.read() as session:
            return list(repository.list_hosts(session))
    except SQLAlchemyError:
        return []
    finally:
        database.dispose()


async def _look_at_all(
    hosts: Iterable[Host], settings: Settings, environment: Mapping[str, str]
) -> list[Finding]:
    return list(await asyncio.gather(*(_look_at(one, settings, environment) for one in hosts)))


async def _look_at(host: Host, settings: Settings, environment: Mapping[str, str]) -> Finding:
    try:
        seen = await look_at(_connection(host, settings), PATIENCE_S)
    except (Problem, StartupError, ValueError) as error:
        seen = Sighting(str(error))
    return _finding(host, seen, environment)


def _connection(host: Host, settings: Settings) -> Connection:
    if host.tls is None and host.ssh_key is None:
        return open_connection(host, Keyring(["-" * 32]))  # nothing of it is encrypted
    key = settings.secret_key.get_secret_value() if settings.secret_key else None
    return open_connection(host, open_keyring(key, settings.private_dir / "key"))


def _finding(host: Host, seen: Sighting, environment: Mapping[str, str]) -> Finding:
    name = "Docker" if host.name == LOCAL else f"Host {host.name}"
    if not seen.problem:
        facts = seen.facts
        found = f"{facts['docker_version']} at {host.address}, {facts['processors']} processors"
        if host.is_drained:
            return warning(name, f"{found}; drained", f"benchwright hosts resume {host.name}")
        return ok(name, found)
    if host.name != LOCAL:
        return warning(name, f"{host.address} is out of reach", seen.problem)
    path = Path(host.address.removeprefix("unix://"))
    if host.address.startswith("unix://") and not path.exists():
        return _no_socket(path, environment)
    return warning(name, f"{host.address} is out of reach", seen.problem)


def _no_socket(path: Path, environment: Mapping[str, str]) -> Finding:
    other = next((one for one in _sockets(environment) if one.exists()), None)
    if other is not None:
        return warning(
            "Docker", f"no socket at {path}, but one at {other}", f"Set DOCKER_HOST=unix://{other}."
        )
    return missing(
        "Docker",
        f"no socket at {path}",
        "Only needed to run benchmarks in containers here: install Docker, or set DOCKER_HOST.",
    )


def _sockets(environment: Mapping[str, str]) -> Iterable[Path]:
    """Where other kinds of installations have theirs."""
    home = Path(environment.get("HOME") or Path.home())
    yield home / ".docker/run/docker.sock"
    yield home / ".colima/default/docker.sock"
    if "XDG_RUNTIME_DIR" in environment:
        yield Path(environment["XDG_RUNTIME_DIR"]) / "docker.sock"
        yield Path(environment["XDG_RUNTIME_DIR"]) / "podman/podman.sock"
