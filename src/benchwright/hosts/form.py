"""The form of a host: its texts, and what they ask for."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Form
from pydantic import BaseModel, Field, StringConstraints, ValidationError

from benchwright.hosts.keys import MAX_KNOWN_HOSTS, MAX_PEM
from benchwright.hosts.models import Host
from benchwright.hosts.schemas import HostConnection, HostCreate, HostUpdate
from benchwright.kit.errors import Invalid
from benchwright.kit.problems import invalid_from

Text = Annotated[str, StringConstraints(max_length=5000)]
Lines = Annotated[str, StringConstraints(max_length=100_000)]
Pem = Annotated[str, StringConstraints(max_length=MAX_PEM)]
KnownHosts = Annotated[str, StringConstraints(max_length=MAX_KNOWN_HOSTS)]

EXAMPLES = ("unix:///var/run/docker.sock", "tcp://gpu-1.example.org:2376", "ssh://bench@gpu-1")


class HostTexts(BaseModel):
    """The fields as they were typed; what is secret among them is never shown again."""

    stored: Text = ""
    """The name of the host that is changed; none while one is added."""
    name: Text = ""
    address: Text = ""
    tls_ca: Pem = ""
    tls_certificate: Pem = ""
    tls_key: Pem = Field("", repr=False)
    forget_tls: bool = False
    ssh_key: Pem = Field("", repr=False)
    forget_ssh_key: bool = False
    known_hosts: KnownHosts = ""
    shared_path: Text = ""
    shares_everything: bool = False
    mount_roots: Lines = ""
    network: Text = ""
    capacity: Text = "1"
    is_exclusive: bool = False
    labels: Lines = ""
    note: Text = ""


SentForm = Annotated[HostTexts, Form()]


def texts_of(host: Host) -> HostTexts:
    """The form that a stored host fills; keys stay where they are."""
    return HostTexts(
        stored=host.name,
        name=host.name,
        address=host.address,
        known_hosts=host.known_hosts,
        shared_path=host.shared_path or "",
        shares_everything=host.shares_everything,
        mount_roots="\n".join(host.mount_roots),
        network=host.network or "",
        capacity=str(host.capacity),
        is_exclusive=host.is_exclusive,
        labels="\n".join(f"{key}={value}" for key, value in sorted(host.labels.items())),
        note=host.note,
    )


def create_of(texts: HostTexts) -> HostCreate:
    """What the form asks for; raises `Invalid` that names each field."""
    values = {**_connection(texts, is_new=True), **_rules(texts), "name": texts.name.strip()}
    try:
        return HostCreate.model_validate(values)
    except ValidationError as error:
        raise _refused(error) from None


def update_of(texts: HostTexts) -> HostUpdate:
    """The same for a host that there is: keys that were not typed stay as they are."""
    try:
        return HostUpdate.model_validate({**_connection(texts, is_new=False), **_rules(texts)})
    except ValidationError as error:
        raise _refused(error) from None


def connection_of(texts: HostTexts, *, is_new: bool) -> HostConnection:
    """As much of it as is needed to try the connection."""
    try:
        return HostConnection.model_validate(_connection(texts, is_new=is_new))
    except ValidationError as error:
        raise _refused(error) from None


def errors_by_field(problem: Invalid) -> dict[str, str]:
    """The messages by the names of the form's fields."""
    found: dict[str, str] = {}
    for error in problem.errors:
        name = error["field"]
        parts = name.split(".")
        shown = "_".join(parts[:2]) if parts[0] == "tls" else parts[0]
        found.setdefault(shown, error["message"])
    return found


def _connection(texts: HostTexts, *, is_new: bool) -> dict[str, Any]:
    values: dict[str, Any] = {
        "address": texts.address.strip(),
        "known_hosts": texts.known_hosts.strip(),
    }
    tls = {
        "ca": _pem(texts.tls_ca),
        "certificate": _pem(texts.tls_certificate),
        "key": _pem(texts.tls_key),
    }
    if any(tls.values()):
        values["tls"] = tls
    elif is_new or texts.forget_tls:
        values["tls"] = None
    if key := _pem(texts.ssh_key):
        values["ssh_key"] = key
    elif is_new or texts.forget_ssh_key:
        values["ssh_key"] = None
    return values


def _pem(text: str) -> str | None:
    # Browsers send \r\n, which some readers of keys refuse.
    lines = text.replace("\r\n", "\n").strip()
    return f"{lines}\n" if lines else None


def _rules(texts: HostTexts) -> dict[str, Any]:
    return {
        "shared_path": texts.shared_path.strip() or None,
        "shares_everything": texts.shares_everything,
        "mount_roots": [line.strip() for line in texts.mount_roots.splitlines() if line.strip()],
        "network": texts.network.strip() or None,
        "capacity": texts.capacity.strip() or 1,
        "is_exclusive": texts.is_exclusive,
        "labels": _labels(texts.labels),
        "note": texts.note.strip(),
    }


def _labels(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in text.replace(",", "\n").splitlines():
        if not line.strip():
            continue
        key, equals, value = (part.strip() for part in line.partition("="))
        if not equals:
            message = f"“{line.strip()[:80]}” is no label; write it like gpu=a100"
            raise Invalid(REFUSED, [{"field": "labels", "message": message}])
        found[key] = value
    return found


REFUSED = "The host cannot be used as it is described."


def _refused(error: ValidationError) -> Invalid:
    refused = invalid_from(error)
    refused.detail = REFUSED
    return refused
