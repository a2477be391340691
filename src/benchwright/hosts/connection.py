"""How a host is reached: what is stored, checked and encrypted, and opened again to connect."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field

from benchwright.hosts.address import HostAddress, read_address
from benchwright.hosts.keys import (
    check_certificates,
    check_key_pair,
    check_known_hosts,
    check_ssh_key,
)
from benchwright.hosts.models import Host
from benchwright.hosts.schemas import TlsKeys
from benchwright.kit.errors import FieldError
from benchwright.kit.secrets import Keyring


@dataclass(frozen=True)
class Connection:
    """An address with the keys for it, in clear: never stored, shown or logged."""

    address: HostAddress
    tls: TlsKeys | None = field(default=None, repr=False)
    ssh_key: str | None = field(default=None, repr=False)
    known_hosts: str = ""


def open_connection(host: Host, keyring: Keyring) -> Connection:
    """What is stored, in clear; raises `Unavailable` when the key that encrypted it is missing."""
    tls = keyring.decrypt(host.tls, tls_context(host)) if host.tls else None
    ssh_key = keyring.decrypt(host.ssh_key, ssh_context(host)) if host.ssh_key else None
    return Connection(
        address=read_address(host.address),
        tls=TlsKeys.model_validate_json(tls) if tls else None,
        ssh_key=ssh_key,
        known_hosts=host.known_hosts,
    )


def seal_connection(host: Host, connection: Connection, keyring: Keyring) -> None:
    """Stores a connection with its keys encrypted."""
    host.address, host.known_hosts = connection.address.text, connection.known_hosts
    tls = json.dumps(connection.tls.model_dump(exclude_none=True)) if connection.tls else None
    host.tls = keyring.encrypt(tls, tls_context(host)) if tls else None
    key = connection.ssh_key
    host.ssh_key = keyring.encrypt(key, ssh_context(host)) if key else None


def rotate_keys(host: Host, keyring: Keyring) -> int:
    """Encrypts anew what an old key encrypted; how many secrets that were."""
    rotated = 0
    if host.tls is not None and keyring.needs_rotation(host.tls):
        host.tls, rotated = keyring.rotate(host.tls, tls_context(host)), rotated + 1
    if host.ssh_key is not None and keyring.needs_rotation(host.ssh_key):
        host.ssh_key, rotated = keyring.rotate(host.ssh_key, ssh_context(host)), rotated + 1
    return rotated


def check_connection(
    text: str, tls: TlsKeys | None, ssh_key: str | None, known_hosts: str
) -> tuple[Connection | None, list[FieldError]]:
    """A connection that can be tried, or what is wrong with it, by field."""
    errors: list[FieldError] = []
    address = None
    try:
        address = read_address(text)
    except ValueError as error:
        errors.append({"field": "address", "message": str(error)})
    kind = address.kind if address else ""
    if tls is not None:
        errors += _check_tls(tls, kind)
    if ssh_key:
        errors += _checked("ssh_key", ssh_key, kind, "ssh")
    if known_hosts:
        errors += _checked("known_hosts", known_hosts, kind, "ssh")
    if address is None or errors:
        return None, errors
    return Connection(address, tls, ssh_key or None, known_hosts), []


def tls_context(host: Host) -> str:
    """What the encrypted TLS keys of a host are bound to."""
    return f"host:{host.public_id}:tls"


def ssh_context(host: Host) -> str:
    """What the encrypted SSH key of a host is bound to."""
    return f"host:{host.public_id}:ssh_key"


def _check_tls(tls: TlsKeys, kind: str) -> list[FieldError]:
    if kind not in ("", "tcp"):
        return [{"field": "tls.ca", "message": "Only a tcp:// address uses TLS"}]
    errors: list[FieldError] = []
    if tls.ca:
        errors += _fault("tls.ca", check_certificates, tls.ca)
    if tls.certificate and tls.key:
        certificate_errors = _fault("tls.certificate", check_certificates, tls.certificate)
        errors += certificate_errors or _fault("tls.key", check_key_pair, tls.certificate, tls.key)
    elif tls.certificate or tls.key:
        lacking = "key" if tls.certificate else "certificate"
        errors.append({"field": f"tls.{lacking}", "message": "Certificate and key belong together"})
    return errors


def _checked(name: str, text: str, kind: str, needed: str) -> list[FieldError]:
    if kind not in ("", needed):
        return [{"field": name, "message": "Only an ssh:// address uses this"}]
    return _fault(name, check_ssh_key if name == "ssh_key" else check_known_hosts, text)


def _fault(name: str, check: Callable[..., None], *texts: str) -> list[FieldError]:
    try:
        check(*texts)
    except ValueError as error:
        return [{"field": name, "message": str(error)}]
    return []
