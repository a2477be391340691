"""The host of this machine follows the settings where nobody changed it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchwright.hosts import seeding
from benchwright.hosts.models import Host
from benchwright.hosts.seeding import ensure_local
from benchwright.kit.db import Database
from benchwright.kit.startup import StartupError
from benchwright.setting_groups import HostSettings
from benchwright.settings import Settings

DATA = Path("/srv/lab")


@pytest.fixture(autouse=True)
def _on_a_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seeding, "CONTAINER_MARKS", ())


def start(database: Database, **settings: Any) -> Host:
    with database.write() as session:
        return ensure_local(session, HostSettings(**settings), DATA)


def test_it_is_made_once_with_the_data_directory_shared(database: Database) -> None:
    host = start(database)
    assert (host.address, host.shared_path) == ("unix:///var/run/docker.sock", "/srv/lab")
    assert (host.capacity, host.shares_everything, host.target) == (1, False, "docker:local")
    assert start(database).id == host.id


def test_a_daemon_elsewhere_and_a_server_in_a_container_share_nothing(
    database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert start(database, local_address="tcp://10.0.0.7:2375").shared_path is None
    monkeypatch.setattr(seeding, "CONTAINER_MARKS", (tmp_path,))
    assert start(database).shared_path is None
    assert start(database, local_shared_path="/opt/lab").shared_path == "/opt/lab"


def test_changed_settings_are_followed_but_not_over_a_change_by_hand(database: Database) -> None:
    first = start(database)
    moved = start(database, local_address="unix:///run/other.sock")
    assert moved.address == "unix:///run/other.sock"
    assert moved.updated_at > first.updated_at
    with database.write() as session:
        host = session.get(Host, first.id)
        assert host is not None
        host.address = "tcp://127.0.0.1:2375"
    again = start(database, local_address="unix:///run/third.sock", local_shares_everything=True)
    assert again.address == "tcp://127.0.0.1:2375"
    assert again.shares_everything


def test_an_address_that_cannot_be_used_is_told_at_the_start(database: Database) -> None:
    with pytest.raises(StartupError, match="DOCKER_HOST"):
        start(database, local_address="tcp://no-port")


@pytest.mark.parametrize(
    "variable, address",
    [
        ("tcp://127.0.0.1:23751", "tcp://127.0.0.1:23751"),
        ("ssh://bench@gpu-1", "ssh://bench@gpu-1"),
        ("npipe:////./pipe/docker_engine", None),
    ],
)
def test_dockers_own_variable_counts(
    monkeypatch: pytest.MonkeyPatch, variable: str, address: str | None
) -> None:
    monkeypatch.setenv("DOCKER_HOST", variable)
    assert Settings().hosts.local_address == address
    monkeypatch.setenv("BENCHWRIGHT_HOSTS__LOCAL_ADDRESS", "unix:///own.sock")
    assert Settings().hosts.local_address == "unix:///own.sock"
