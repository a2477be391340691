"""A host as it is shown: its row, who is on it and who waits for it."""

from __future__ import annotations

from collections.abc import Sequence

from benchwright.hosts import repository
from benchwright.hosts.address import read_address
from benchwright.hosts.keys import known_fingerprints
from benchwright.hosts.models import LOCAL, Host
from benchwright.hosts.places import LOCAL_TARGET, HostPlaces
from benchwright.hosts.schemas import HostFacts, HostState, HostView
from benchwright.kit.db import ReadSession
from benchwright.runs import service as runs
from benchwright.runs.repository import OCCUPYING
from benchwright.runs.schemas import RunSummary
from benchwright.runs.state import RunState

SHOWN_RUNS = 200
PLAIN = (
    "name", "target", "address", "problem", "shared_path", "shares_everything", "mount_roots",
    "network", "is_exclusive", "is_drained", "labels", "note", "created_at", "updated_at",
    "seen_at", "unreachable_since", "clock_offset_s",
)  # fmt: skip


def view_hosts(session: ReadSession, places: HostPlaces, hosts: Sequence[Host]) -> list[HostView]:
    """The hosts with their runs that have not ended."""
    targets = {target for host in hosts for target in _targets_of(host)}
    found = repository.unfinished_of(session, targets, SHOWN_RUNS) if targets else []
    unfinished = runs.summarise_runs(session, found)
    return [_view(session, places, host, unfinished) for host in hosts]


def view_host(session: ReadSession, places: HostPlaces, host: Host) -> HostView:
    """One host with its runs."""
    return view_hosts(session, places, [host])[0]


def _targets_of(host: Host) -> list[str]:
    """What runs on its machine: for this one, processes too."""
    return [host.target, LOCAL_TARGET] if host.name == LOCAL else [host.target]


def _view(
    session: ReadSession, places: HostPlaces, host: Host, unfinished: Sequence[RunSummary]
) -> HostView:
    capacity, taken = places.capacity_of(host), places.count_taken(session, host)
    own = [run for run in unfinished if run.target in _targets_of(host)]
    return HostView(
        **{name: getattr(host, name) for name in PLAIN},
        kind=read_address(host.address).kind,
        state=_state(host, is_full=taken >= capacity),
        has_tls=host.tls is not None,
        has_ssh_key=host.ssh_key is not None,
        known_fingerprints=known_fingerprints(host.known_hosts) if host.known_hosts else [],
        capacity=capacity,
        taken=taken,
        queued=repository.count_queued(session, host.target),
        facts=HostFacts.model_validate(host.facts),
        runs=sorted(own, key=_busy_first),
    )


def _busy_first(run: RunSummary) -> int:
    if run.state in OCCUPYING:
        return 0
    return 2 if run.state is RunState.QUEUED else 1


def _state(host: Host, *, is_full: bool) -> HostState:
    if host.unreachable_since is not None:
        return "unreachable"
    if host.is_drained:
        return "drained"
    if host.seen_at is None:
        return "unknown"
    return "busy" if is_full else "ready"
