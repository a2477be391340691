"""Choosing a host as things are now."""

from __future__ import annotations

from collections.abc import Mapping

from benchwright.hosts import repository
from benchwright.hosts.choice import Candidate, choose_host
from benchwright.hosts.models import Host
from benchwright.hosts.places import HostPlaces
from benchwright.kit.db import ReadSession


def choose(
    session: ReadSession,
    places: HostPlaces,
    *,
    name: str | None = None,
    labels: Mapping[str, str] | None = None,
) -> Host:
    """The host for a run that asks for this name or these labels; raises `Invalid`."""
    hosts = {host.name: host for host in repository.list_hosts(session)}
    candidates = [
        Candidate(
            name=host.name,
            labels={key: str(value) for key, value in host.labels.items()},
            is_reachable=host.is_reachable,
            is_drained=host.is_drained,
            free=places.count_free(session, host.target),
        )
        for host in hosts.values()
    ]
    return hosts[choose_host(candidates, name=name, labels=labels)]
