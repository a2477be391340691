"""The hosts, under the names and addresses by which clients ask for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from fastapi import APIRouter, Depends

from benchwright.access.scopes import Scope, requires
from benchwright.compat.opeva.answers import OpevaRoute
from benchwright.hosts import repository
from benchwright.hosts.address import read_address
from benchwright.hosts.models import LOCAL, Host
from benchwright.kit.db import ReadSession
from benchwright.lab import ReadSessionDep

router = APIRouter(tags=["opeva"], route_class=OpevaRoute)


@router.get("/hosts", dependencies=[Depends(requires(Scope.READ))])
def list_hosts(session: ReadSessionDep) -> dict[str, list[dict[str, str]]]:
    """The hosts; `local` comes first."""
    hosts = repository.list_hosts(session)
    named = named_hosts(hosts)
    listed = sorted(hosts, key=lambda host: (host.name != LOCAL, host.name))
    return {"available_hosts": [{"name": h.name, "host": named[h.name]} for h in listed]}


def named_hosts(hosts: Sequence[Host]) -> dict[str, str]:
    """What a client sends as `target_host`, by the host's name: its address, without the port.

    A host that shares its address with another, or has none, is asked for by its name.
    """
    addresses = {host.name: _address(host) for host in hosts}
    counts = Counter(addresses.values())
    return {name: a if a and counts[a] == 1 else name for name, a in addresses.items()}


def find_host(session: ReadSession, text: str) -> Host | None:
    """The host of this name, or else of this address."""
    hosts = repository.list_hosts(session)
    named = named_hosts(hosts)
    return next(
        (host for host in hosts if host.name == text),
        next((host for host in hosts if named[host.name] == text), None),
    )


def _address(host: Host) -> str:
    if host.name == LOCAL:
        return LOCAL
    try:
        return read_address(host.address).name
    except ValueError:
        return ""
