"""What may be stored of a host, changed and removed."""

from __future__ import annotations

from typing import Any

import pytest

from benchwright.hosts import repository, service
from benchwright.hosts.connection import open_connection
from benchwright.hosts.models import Host
from benchwright.hosts.schemas import HostCreate, HostUpdate
from benchwright.kit.db import Database, now
from benchwright.kit.errors import Conflict, Invalid, NotFound, Unavailable
from benchwright.kit.secrets import Keyring
from benchwright.runs.state import RunState
from benchwright.setting_groups import HostSettings
from tests.hosts.certificates import make_known_line, make_pair, make_ssh_key
from tests.hosts.harness import add_host, add_run


def create(database: Database, keyring: Keyring, **values: Any) -> Host:
    wish = HostCreate.model_validate({"name": "gpu-1", "address": "tcp://gpu-1:2376", **values})
    with database.write() as session:
        return service.create_host(session, keyring, HostSettings(capacity=3), wish)


def update(database: Database, keyring: Keyring, **values: Any) -> Host:
    with database.write() as session:
        host = service.get_host(session, "gpu-1")
        service.update_host(session, keyring, host, HostUpdate.model_validate(values))
        return host


def refused(database: Database, keyring: Keyring, **values: Any) -> dict[str, str]:
    with pytest.raises(Invalid) as problem:
        create(database, keyring, **values)
    return {error["field"]: error["message"] for error in problem.value.errors}


def test_a_host_is_stored_with_its_keys_encrypted(database: Database, keyring: Keyring) -> None:
    pair = make_pair()
    tls = {"ca": pair.certificate, "certificate": pair.certificate, "key": pair.key}
    host = create(
        database, keyring, tls=tls, labels={"gpu": "a100"}, mount_roots=["/srv/a/", "/srv/a"],
        shared_path="/srv//lab/",
    )  # fmt: skip
    assert (host.capacity, host.labels, host.seen_at) == (3, {"gpu": "a100"}, None)
    assert (host.mount_roots, host.shared_path) == (["/srv/a"], "/srv/lab")
    assert host.tls is not None
    assert pair.key not in host.tls
    opened = open_connection(host, keyring)
    assert opened.tls is not None
    assert opened.tls.key == pair.key
    assert pair.key not in repr(opened)
    with pytest.raises(Unavailable):
        open_connection(host, Keyring(["x" * 32]))


def test_keys_stay_until_they_are_replaced_or_taken_away(
    database: Database, keyring: Keyring
) -> None:
    pair, other = make_pair(), make_pair()
    create(database, keyring, tls={"certificate": pair.certificate, "key": pair.key})
    host = update(database, keyring, capacity=2, note="a note")
    assert (host.capacity, host.note) == (2, "a note")
    opened = open_connection(host, keyring).tls
    assert opened is not None
    assert opened.key == pair.key
    replaced = update(database, keyring, tls={"certificate": other.certificate, "key": other.key})
    opened = open_connection(replaced, keyring).tls
    assert opened is not None
    assert opened.key == other.key
    assert update(database, keyring, tls=None).tls is None


def test_another_kind_of_address_needs_no_keys_of_the_old_one(
    database: Database, keyring: Keyring
) -> None:
    pair = make_pair()
    create(database, keyring, tls={"certificate": pair.certificate, "key": pair.key})
    line, key = make_known_line(), make_ssh_key()
    host = update(database, keyring, address="ssh://bench@gpu-1", known_hosts=line, ssh_key=key)
    opened = open_connection(host, keyring)
    assert (opened.tls, opened.ssh_key, opened.known_hosts) == (None, key, line)
    host = update(database, keyring, address="unix:///run/docker.sock")
    assert (host.ssh_key, host.known_hosts) == (None, "")


def test_what_was_seen_at_another_address_is_forgotten(
    database: Database, keyring: Keyring
) -> None:
    host = create(database, keyring)
    with database.write() as session:
        stored = service.get_host(session, "gpu-1")
        stored.seen_at, stored.facts = now(), {"processors": 2}
    kept = update(database, keyring, capacity=5)
    assert kept.facts
    assert kept.updated_at > host.updated_at
    moved = update(database, keyring, address="tcp://gpu-1:2377")
    assert (moved.seen_at, moved.facts) == (None, {})


def test_each_faulty_field_is_named(database: Database, keyring: Keyring) -> None:
    pair, other = make_pair(), make_pair()
    assert set(
        refused(
            database, keyring, address="gpu-1", shared_path="/a/../b", mount_roots=["/srv", "/var"]
        )
    ) == {"address", "shared_path", "mount_roots.1"}
    keys = {"certificate": pair.certificate, "key": other.key}
    assert "does not belong" in refused(database, keyring, tls=keys)["tls.key"]
    assert "tls.key" in refused(database, keyring, tls={"certificate": pair.certificate})
    assert "tls.ca" in refused(database, keyring, tls={"ca": "no certificate"})
    assert "tls.ca" in refused(database, keyring, address="ssh://a@b", tls={"ca": pair.certificate})
    ssh = {"address": "ssh://bench@gpu-1"}
    assert "passphrase" in refused(database, keyring, **ssh, ssh_key=make_ssh_key("x"))["ssh_key"]
    assert "no private key" in refused(database, keyring, **ssh, ssh_key="x")["ssh_key"]
    lines = f"# a comment\n{make_known_line()}\nnonsense"
    assert "Line 2" in refused(database, keyring, **ssh, known_hosts=lines)["known_hosts"]
    assert "name" in refused(database, keyring, name="new")


@pytest.mark.parametrize("root", ["/", "/var/run", "/run/x", "/proc", "/dev/shm", "/var", "/a:b"])
def test_folders_that_lead_to_the_daemon_itself_are_never_opened(
    database: Database, keyring: Keyring, root: str
) -> None:
    assert "mount_roots.0" in refused(database, keyring, mount_roots=[root])


def test_a_name_is_given_once(database: Database, keyring: Keyring) -> None:
    create(database, keyring)
    with pytest.raises(Conflict, match="exists already"):
        create(database, keyring)


def test_a_host_with_runs_stays_and_the_way_out_is_told(database: Database) -> None:
    add_host(database, "gpu-1")
    run_id = add_run(database, "docker:gpu-1", RunState.QUEUED)
    with database.write() as session, pytest.raises(Conflict, match="Drain it"):
        service.remove_host(session, service.get_host(session, "gpu-1"))
    with database.write() as session:
        from benchwright.runs import service as runs

        runs.get_run(session, run_id).state = RunState.STOPPED
        service.remove_host(session, service.get_host(session, "gpu-1"))
    with database.read() as session, pytest.raises(NotFound):
        service.get_host(session, "gpu-1")


def test_this_machine_stays(database: Database) -> None:
    add_host(database, "local")
    with database.write() as session, pytest.raises(Conflict, match="would be back"):
        service.remove_host(session, service.get_host(session, "local"))


def test_secrets_move_to_a_new_key(database: Database, keyring: Keyring) -> None:
    create(database, keyring, address="ssh://a@b", ssh_key=make_ssh_key())
    both = Keyring(["n" * 32, "k" * 32])
    with database.write() as session:
        assert service.rotate_host_secrets(session, both) == 1
        assert service.rotate_host_secrets(session, both) == 0
    with database.read() as session:
        host = repository.find(session, "gpu-1")
        assert host is not None
        assert open_connection(host, Keyring(["n" * 32])).ssh_key
