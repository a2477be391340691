"""Where the runs of a job execute."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath

from benchwright.hosts import repository as host_rows
from benchwright.hosts.choice import Candidate, choose_host
from benchwright.hosts.models import Host
from benchwright.hosts.places import LOCAL_TARGET, HostPlaces
from benchwright.jobs.plan import JobPlan
from benchwright.kit.db import ReadSession
from benchwright.kit.errors import FieldError, Invalid
from benchwright.settings import Settings


class Placement:
    """Gives out hosts to the runs of one plan: all go to one, unless the plan spreads them.

    Raises `Invalid` that names the field, where no host fits.
    """

    def __init__(self, session: ReadSession, settings: Settings, home: str, plan: JobPlan) -> None:
        self._plan = plan
        self._hosts = {host.name: host for host in host_rows.list_hosts(session)}
        places = HostPlaces(home, settings.executors.process.capacity)
        self._candidates = {
            host.name: Candidate(
                name=host.name,
                labels={key: str(value) for key, value in host.labels.items()},
                is_reachable=host.is_reachable,
                is_drained=host.is_drained,
                free=places.count_free(session, host.target),
            )
            for host in self._hosts.values()
        }
        self.first = self._choose()
        _check_mounts(plan, self.first)

    def next_target(self) -> str:
        """The target of the next run."""
        if self.first is None:
            return LOCAL_TARGET
        host = self._choose() if self._plan.spread else self.first
        assert host is not None
        known = self._candidates[host.name]
        self._candidates[host.name] = replace(known, free=known.free - 1)
        if host is not self.first:
            _check_mounts(self._plan, host)
        return host.target

    def free_on(self, host: Host) -> int:
        """How many runs the host could take now."""
        return self._candidates[host.name].free

    def _choose(self) -> Host | None:
        plan = self._plan
        if plan.is_process:
            return None
        name = choose_host(list(self._candidates.values()), name=plan.host, labels=plan.labels)
        return self._hosts[name]


def _check_mounts(plan: JobPlan, host: Host | None) -> None:
    roots = [PurePosixPath(root) for root in (host.mount_roots if host is not None else [])]
    errors: list[FieldError] = []
    for place, mount in enumerate(plan.mounts):
        source = PurePosixPath(mount.source)
        if not any(source == root or root in source.parents for root in roots):
            known = ", ".join(map(str, roots)) or "none"
            message = f"The host lets jobs see only folders below its mount roots: {known}"
            errors.append({"field": f"mounts.{place}.source", "message": message})
    if errors:
        raise Invalid("A folder may not be mounted.", errors)
