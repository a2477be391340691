"""What must be known of a host for the figures of its runs to be comparable."""

from __future__ import annotations

from typing import Any

from benchwright.hosts import repository
from benchwright.hosts.models import Host
from benchwright.hosts.places import PREFIX
from benchwright.kit.db import WriteSession
from benchwright.runs.models import Run

KEPT = (
    "docker_version", "api_version", "operating_system", "kernel", "architecture", "processors",
    "memory_bytes", "cgroup_version", "storage_driver", "runtimes", "has_gpus", "engine_id",
)  # fmt: skip
"""Facts that change what a run measures; networks and counts of containers do not."""


def host_fingerprint(host: Host) -> dict[str, Any]:
    """The host as it was when it was looked at last, as JSON to be kept with a run."""
    facts = {key: host.facts[key] for key in KEPT if host.facts.get(key) not in (None, "", [])}
    seen_at = host.seen_at.isoformat() if host.seen_at else None
    return {
        "name": host.name,
        "machine": host.facts.get("name"),
        "clock_offset_s": host.clock_offset_s,
        "seen_at": seen_at,
        **facts,
    }


def freeze_fingerprint(session: WriteSession, run: Run) -> None:
    """Writes down with a run what its host is, at the moment in which it gets its place there."""
    if not run.target.startswith(PREFIX):
        return
    host = repository.find(session, run.target.removeprefix(PREFIX))
    if host is not None:
        run.spec = {**run.spec, "host": host_fingerprint(host)}
