"""Where a run of a job executes."""

from __future__ import annotations

from pathlib import PurePosixPath

from benchwright.hosts.models import Host
from benchwright.jobs import repository
from benchwright.jobs.plan import JobPlan
from benchwright.kit.db import ReadSession
from benchwright.kit.errors import FieldError, Invalid

LOCAL_TARGET = "local"


def choose_host(session: ReadSession, plan: JobPlan) -> Host | None:
    """The Docker host for a plan; None for a process. Raises `Invalid` that names the field."""
    if plan.is_process:
        return None
    hosts = repository.list_hosts(session)
    if plan.host is not None:
        host = next((one for one in hosts if one.name == plan.host), None)
        if host is None:
            known = ", ".join(one.name for one in hosts[:5]) or "none at all"
            raise _refused("host", f"There is no host “{plan.host[:80]}”; there is {known}")
        return host
    if not hosts:
        raise _refused("host", "There is no Docker host yet; add one first")
    fitting = [
        one
        for one in hosts
        if not one.is_drained and all(one.labels.get(k) == v for k, v in plan.labels.items())
    ]
    if not fitting:
        shown = ", ".join(f"{key}={value}" for key, value in plan.labels.items())
        raise _refused("labels", f"No host that takes runs has all of these labels: {shown}")
    return min(fitting, key=lambda one: one.unreachable_since is not None)


def check_mounts(plan: JobPlan, host: Host | None) -> None:
    """Raises `Invalid` for folders that the host does not let jobs see."""
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


def target_of(host: Host | None) -> str:
    """How runs name the place."""
    return LOCAL_TARGET if host is None else host.target


def _refused(field: str, message: str) -> Invalid:
    return Invalid(f"{message}.", [{"field": field, "message": message}])
