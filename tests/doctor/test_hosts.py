"""What the doctor says of Docker hosts."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from benchwright.doctor.findings import Status
from benchwright.doctor.hosts import check_hosts
from benchwright.installation import open_installation
from benchwright.settings import Settings
from tests.hosts.daemon import fake_daemon
from tests.hosts.harness import add_host


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {"HOME": str(tmp_path)}


def settings_of(tmp_path: Path, address: str) -> Settings:
    given = {"data_dir": tmp_path / "data", "hosts": {"local_address": address}}
    return Settings.model_validate(given)


def test_before_the_first_start_this_machines_daemon_is_asked(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    with fake_daemon() as address:
        (found,) = check_hosts(settings_of(tmp_path, address), environment)
    assert (found.name, found.status) == ("Docker", Status.OK)
    assert found.found == f"29.1.0 at {address}, 12 processors"
    assert not (tmp_path / "data").exists()


def test_each_stored_host_is_told_with_what_to_do(
    tmp_path: Path, environment: dict[str, str], unused_port: int
) -> None:
    away = f"tcp://127.0.0.1:{unused_port}"
    with fake_daemon() as address:
        settings = settings_of(tmp_path, address)
        database = open_installation(settings).lab.database
        add_host(database, "shut", address=address, is_drained=True)
        add_host(database, "away", address=away)
        add_host(database, "locked", address=address, tls="bw1.0123456789abcdef.xxxx")
        database.dispose()
        local, shut, gone, locked = check_hosts(settings, environment)
    assert local.status is Status.OK
    assert (shut.name, shut.status) == ("Host shut", Status.WARNING)
    assert shut.advice == "benchwright hosts resume shut"
    assert gone.found == f"{away} is out of reach"
    assert "Nothing listens" in (gone.advice or "")
    assert "encrypted with a key" in (locked.advice or "")


def test_another_socket_is_pointed_at(tmp_path: Path, environment: dict[str, str]) -> None:
    settings = settings_of(tmp_path, f"unix://{tmp_path}/none.sock")
    (found,) = check_hosts(settings, environment)
    assert (found.status, found.is_fatal) == (Status.MISSING, False)
    assert "install Docker" in (found.advice or "")
    other = tmp_path / ".docker" / "run" / "docker.sock"
    other.parent.mkdir(parents=True)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(other))
        (found,) = check_hosts(settings, environment)
    assert found.advice == f"Set DOCKER_HOST=unix://{other}."


def test_an_address_that_is_none(tmp_path: Path, environment: dict[str, str]) -> None:
    (found,) = check_hosts(settings_of(tmp_path, "tcp://no-port"), environment)
    assert "DOCKER_HOST" in (found.advice or "")
