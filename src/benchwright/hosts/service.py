"""Rules of hosts: what may be stored, changed and removed."""

from __future__ import annotations

import posixpath
import uuid
from collections.abc import Sequence
from typing import Any

from benchwright.hosts import repository
from benchwright.hosts.connection import (
    Connection,
    check_connection,
    open_connection,
    rotate_keys,
    seal_connection,
)
from benchwright.hosts.models import LOCAL, Host
from benchwright.hosts.schemas import HostConnection, HostCreate, HostRules, HostUpdate
from benchwright.kit.db import ReadSession, WriteSession, now
from benchwright.kit.errors import Conflict, FieldError, Invalid, NotFound
from benchwright.kit.secrets import Keyring
from benchwright.setting_groups import HostSettings

MAX_HOSTS = 200
RESERVED = {"new", "test"}
"""Names that stand in addresses for something else."""
PLAIN_FIELDS = (
    "shared_path", "shares_everything", "mount_roots", "network", "capacity", "is_exclusive",
    "is_drained", "labels", "note",
)  # fmt: skip
NULLABLE = {"shared_path", "network"}
FORBIDDEN_ROOTS = ("/proc", "/sys", "/dev", "/run", "/var/run")


def get_host(session: ReadSession, name: str) -> Host:
    """The host of this name; raises `NotFound`."""
    host = repository.find(session, name)
    if host is None:
        raise NotFound(f"There is no host “{name[:80]}”.")
    return host


def list_hosts(session: ReadSession) -> Sequence[Host]:
    """All hosts, oldest first."""
    return repository.list_hosts(session)


def create_host(
    session: WriteSession, keyring: Keyring, settings: HostSettings, wish: HostCreate
) -> Host:
    """Adds a host; raises `Invalid` that names each faulty field, `Conflict` for a taken name."""
    errors = _rule_errors(wish)
    if wish.name in RESERVED:
        errors.append({"field": "name", "message": "Choose another name: this one has a meaning"})
    connection = _connection_of(wish, wish.address, errors)
    if repository.find(session, wish.name) is not None:
        raise Conflict(f"A host “{wish.name}” exists already; choose another name.")
    if len(repository.list_hosts(session)) >= MAX_HOSTS:
        raise Conflict(f"{MAX_HOSTS} hosts are the most; remove one first.")
    host = Host(public_id=uuid.uuid4(), name=wish.name, address=connection.address.text)
    seal_connection(host, connection, keyring)
    _put_rules(host, wish.model_dump(include={*PLAIN_FIELDS}))
    if wish.capacity is None:
        host.capacity = settings.capacity
    return repository.add(session, host)


def update_host(session: WriteSession, keyring: Keyring, host: Host, wish: HostUpdate) -> None:
    """Changes the fields that were sent; a changed address or key is looked at anew."""
    merged = merged_connection(host, keyring, wish)
    connection = _connection_of(merged, merged.address or "", _rule_errors(wish))
    sent = {name: getattr(wish, name) for name in PLAIN_FIELDS if name in wish.model_fields_set}
    _put_rules(host, sent)
    if {"address", "tls", "ssh_key", "known_hosts"} & wish.model_fields_set:
        seal_connection(host, connection, keyring)
        host.seen_at = host.unreachable_since = host.clock_offset_s = None
        host.problem, host.facts = "", {}
    host.updated_at = now()
    session.flush()


def merged_connection(host: Host, keyring: Keyring, wish: HostConnection) -> HostConnection:
    """The connection that a change leads to: keys that were not sent stay.

    Those of the old kind of address go, as they have no use with the new one.
    """
    given = wish.model_fields_set
    address = wish.address or host.address
    kind = address.partition("://")[0]
    values: dict[str, Any] = {"tls": None, "ssh_key": None, "known_hosts": ""}
    if kind == host.address.partition("://")[0]:
        stored = open_connection(host, keyring) if {"tls", "ssh_key"} - given else None
        values["known_hosts"] = host.known_hosts
        if stored is not None:
            values |= {"tls": stored.tls, "ssh_key": stored.ssh_key}
    values |= {
        name: getattr(wish, name) for name in ("tls", "ssh_key", "known_hosts") if name in given
    }
    return HostConnection.model_construct(address=address, **values)


def connection_of(wish: HostConnection) -> Connection:
    """The connection of a form that is not stored yet; raises `Invalid`."""
    return _connection_of(wish, wish.address or "", [])


def set_drained(session: WriteSession, host: Host, *, is_drained: bool) -> None:
    """Whether nothing new begins there; what runs goes on. Again changes nothing."""
    host.is_drained = is_drained
    session.flush()


def remove_host(session: WriteSession, host: Host) -> None:
    """Forgets a host; refused while runs are there or wait for it."""
    if host.name == LOCAL:
        raise Conflict(
            "The host “local” stands for this machine and would be back at the next start."
            " Drain it to keep containers away."
        )
    unfinished = repository.count_unfinished(session, host.target)
    if unfinished:
        one = unfinished == 1
        runs = "1 run is there or waits" if one else f"{unfinished} runs are there or wait"
        raise Conflict(
            f"{runs} for “{host.name}”. Drain it, so that nothing new begins there, and remove it"
            f" once {'that has' if one else 'they have'} ended or {'was' if one else 'were'}"
            " stopped."
        )
    session.delete(host)
    session.flush()


def rotate_host_secrets(session: WriteSession, keyring: Keyring) -> int:
    """Encrypts anew what an old key encrypted; how many secrets that were."""
    return sum(rotate_keys(host, keyring) for host in repository.list_hosts(session))


def _put_rules(host: Host, values: dict[str, Any]) -> None:
    for name, value in values.items():
        if value is not None or name in NULLABLE:
            setattr(host, name, _tidied(name, value))


def _tidied(name: str, value: Any) -> Any:
    if name == "shared_path" and value:
        return posixpath.normpath(value)
    if name == "mount_roots":
        return list(dict.fromkeys(posixpath.normpath(root) for root in value))
    return value


def _connection_of(wish: HostConnection, address: str, errors: list[FieldError]) -> Connection:
    tls = wish.tls if wish.tls and any(wish.tls.model_dump().values()) else None
    made, faults = check_connection(address, tls, wish.ssh_key, wish.known_hosts or "")
    if errors := [*faults, *errors]:
        raise Invalid("The host cannot be used as it is described.", errors)
    assert made is not None
    return made


def _rule_errors(wish: HostRules) -> list[FieldError]:
    errors: list[FieldError] = []
    if wish.shared_path is not None and _is_broken(wish.shared_path):
        message = "Write the folder's absolute path on the host, without .. in it"
        errors.append({"field": "shared_path", "message": message})
    for number, root in enumerate(wish.mount_roots):
        if _is_broken(root) or _is_dangerous(root):
            message = (
                f"{root[:100]} cannot be opened to jobs; name folders that hold only their data"
            )
            errors.append({"field": f"mount_roots.{number}", "message": message})
    return errors


def _is_broken(path: str) -> bool:
    return ".." in path.split("/") or not path.isprintable() or ":" in path


def _is_dangerous(path: str) -> bool:
    """Whether the daemon's own socket, or the kernel's files, lie below or above it."""
    root = posixpath.normpath(path)
    return any(
        root in ("/", bad) or root.startswith(f"{bad}/") or bad.startswith(f"{root}/")
        for bad in FORBIDDEN_ROOTS
    )
