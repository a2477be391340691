"""Containers of this installation that no unfinished run has."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from benchwright.hosts import repository
from benchwright.hosts.connection import Connection, open_connection
from benchwright.hosts.docker import list_own, remove_own
from benchwright.hosts.schemas import Orphan, OrphanList
from benchwright.hosts.service import get_host
from benchwright.kit.db import now
from benchwright.kit.errors import Conflict, Unavailable
from benchwright.kit.threads import in_thread
from benchwright.runs.models import Run

if TYPE_CHECKING:
    from benchwright.executors.docker.own import OwnContainer
    from benchwright.lab import Lab


class _Asked(NamedTuple):
    target: str
    connection: Connection


async def list_orphans(lab: Lab, name: str) -> OrphanList:
    """What was left over on a host; raises `NotFound`.

    Nothing is concluded from an answer that did not come whole: then there is a problem instead.
    What is younger than the grace of the settings may be a launch under way.
    """
    asked = await in_thread(_open, lab, name)
    try:
        found = await list_own(asked.connection, lab.home, lab.settings.hosts.probe_timeout_s)
    except Unavailable as problem:
        return OrphanList(problem=problem.detail, items=[])
    return OrphanList(problem="", items=await in_thread(_compare, lab, asked.target, found))


async def remove_orphan(lab: Lab, name: str, container_id: str) -> Orphan:
    """Ends and removes one container, if it still is one that no unfinished run has."""
    listed = await list_orphans(lab, name)
    if listed.problem:
        raise Unavailable(listed.problem)
    orphan = next((one for one in listed.items if one.container_id == container_id), None)
    if orphan is None:
        raise Conflict(
            "No left-over container has this id now: it is gone, or a run has it. Look again."
        )
    asked = await in_thread(_open, lab, name)
    await remove_own(asked.connection, lab.home, container_id, lab.settings.hosts.probe_timeout_s)
    return orphan


def _open(lab: Lab, name: str) -> _Asked:
    with lab.database.read() as session:
        host = get_host(session, name)
    return _Asked(host.target, open_connection(host, lab.keyring))


def _compare(lab: Lab, target: str, found: Iterable[OwnContainer]) -> list[Orphan]:
    latest = now() - dt.timedelta(seconds=lab.settings.hosts.orphan_grace_s)
    old = [one for one in found if one.created_at <= latest]
    ids = {run_id for one in old if (run_id := _uuid(one.run_id)) is not None}
    with lab.database.read() as session:
        known = repository.runs_of_ids(session, ids)
    orphans = []
    for one in sorted(old, key=lambda one: one.created_at):
        run, slug = known.get(_uuid(one.run_id) or uuid.UUID(int=0), (None, None))
        if run is not None and _is_under_way(run, target, one.attempt):
            continue
        orphans.append(
            Orphan(
                container_id=one.id,
                name=one.name,
                image=one.image,
                status=one.state,
                created_at=one.created_at,
                run=_uuid(one.run_id),
                project=slug,
                run_name=run.name if run else None,
                run_state=run.state if run else None,
            )
        )
    return orphans


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _is_under_way(run: Run, target: str, attempt: int) -> bool:
    return not run.state.is_final and run.target == target and run.attempt == attempt
