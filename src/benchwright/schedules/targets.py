"""Whether two runs would load the same target."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

_PORTS = {"http": 80, "https": 443}


def hosts_of(addresses: Iterable[str]) -> set[str]:
    """Host and port of each address: two paths of one server are one target."""
    found = set()
    for address in addresses:
        try:
            parts = urlsplit(address)
            port = parts.port or _PORTS.get(parts.scheme)
        except ValueError:
            continue
        if parts.hostname:
            found.add(f"{parts.hostname.rstrip('.')}:{port}")
    return found


def hosts_of_run(spec: Mapping[str, Any]) -> set[str]:
    """Where the load of a run goes, as far as its spec says."""
    addresses = spec.get("addresses")
    if not addresses:
        base_url = (spec.get("plan") or {}).get("base_url")
        addresses = [base_url] if base_url else []
    return hosts_of(addresses)


def is_same_target(
    hosts: Collection[str], load_test_id: int, other_hosts: Collection[str], other_test: int | None
) -> bool:
    """Whether they share a server; the same load test always does, known or not where it goes."""
    return load_test_id == other_test or bool(set(hosts) & set(other_hosts))
