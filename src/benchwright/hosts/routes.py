"""JSON of Docker hosts; whoever may change one is master of its machine: scope `admin`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from benchwright.access.scopes import requires
from benchwright.hosts import orphans, service
from benchwright.hosts.places import places_of
from benchwright.hosts.schemas import (
    ConnectionTest,
    HostConnection,
    HostCreate,
    HostUpdate,
    HostView,
    Orphan,
    OrphanList,
)
from benchwright.hosts.trying import check_now, try_connection
from benchwright.hosts.views import view_host, view_hosts
from benchwright.kit.db import after_commit
from benchwright.kit.threads import in_thread
from benchwright.lab import Lab, LabDep, ReadSessionDep, WriteSessionDep

router = APIRouter(prefix="/api/v1/hosts", tags=["hosts"])

READ = [Depends(requires("read"))]
RUN = [Depends(requires("run"))]
ADMIN = [Depends(requires("admin"))]
HostName = Annotated[str, Path(max_length=100)]
ContainerId = Annotated[str, Path(pattern="^[0-9a-f]{12,64}$")]


@router.get("", dependencies=READ)
def list_hosts(session: ReadSessionDep, lab: LabDep) -> list[HostView]:
    """Lists all Docker hosts with their state, places and what runs there."""
    return view_hosts(session, places_of(lab), service.list_hosts(session))


@router.post("", status_code=201, dependencies=ADMIN)
def create_host(session: WriteSessionDep, lab: LabDep, wish: HostCreate) -> HostView:
    """Adds a Docker host; it is looked at at once. Keys are stored encrypted and never answered."""
    host = service.create_host(session, lab.keyring, lab.settings.hosts, wish)
    after_commit(session, lab.wake_hosts)
    return view_host(session, places_of(lab), host)


@router.post("/test", dependencies=ADMIN)
async def test_connection(wish: HostConnection, lab: LabDep) -> ConnectionTest:
    """Tries to reach a Docker daemon without storing anything."""
    return await try_connection(lab, wish)


@router.get("/{host_name}", dependencies=READ)
def get_host(session: ReadSessionDep, lab: LabDep, host_name: HostName) -> HostView:
    """Shows a host."""
    return view_host(session, places_of(lab), service.get_host(session, host_name))


@router.patch("/{host_name}", dependencies=ADMIN)
def update_host(
    session: WriteSessionDep, lab: LabDep, host_name: HostName, wish: HostUpdate
) -> HostView:
    """Changes the fields that are sent; null takes keys, shared path or network away."""
    host = service.get_host(session, host_name)
    service.update_host(session, lab.keyring, host, wish)
    after_commit(session, lab.wake_hosts)
    after_commit(session, lab.wake)
    return view_host(session, places_of(lab), host)


@router.delete("/{host_name}", status_code=204, dependencies=ADMIN)
def remove_host(session: WriteSessionDep, lab: LabDep, host_name: HostName) -> None:
    """Removes a host; refused while runs are there or wait for it."""
    service.remove_host(session, service.get_host(session, host_name))
    after_commit(session, lab.wake_hosts)


@router.post("/{host_name}/probe", dependencies=RUN)
async def probe_host(lab: LabDep, host_name: HostName) -> HostView:
    """Looks at the host now and shows it."""
    await check_now(lab, host_name)
    return await in_thread(_view, lab, host_name)


@router.post("/{host_name}/drain", dependencies=ADMIN)
def drain_host(session: WriteSessionDep, lab: LabDep, host_name: HostName) -> HostView:
    """Lets nothing new begin there; what runs goes on, what is queued waits."""
    host = service.get_host(session, host_name)
    service.set_drained(session, host, is_drained=True)
    return view_host(session, places_of(lab), host)


@router.post("/{host_name}/undrain", dependencies=ADMIN)
def undrain_host(session: WriteSessionDep, lab: LabDep, host_name: HostName) -> HostView:
    """Lets runs begin there again."""
    host = service.get_host(session, host_name)
    service.set_drained(session, host, is_drained=False)
    after_commit(session, lab.wake)
    return view_host(session, places_of(lab), host)


@router.get("/{host_name}/orphans", dependencies=READ)
async def list_orphans(lab: LabDep, host_name: HostName) -> OrphanList:
    """Lists containers of this installation on the host that no unfinished run has."""
    return await orphans.list_orphans(lab, host_name)


@router.delete("/{host_name}/orphans/{container_id}", dependencies=ADMIN)
async def remove_orphan(lab: LabDep, host_name: HostName, container_id: ContainerId) -> Orphan:
    """Ends and removes such a container; what it wrote and nobody collected is lost."""
    return await orphans.remove_orphan(lab, host_name, container_id)


def _view(lab: Lab, host_name: str) -> HostView:
    with lab.database.read() as session:
        return view_host(session, places_of(lab), service.get_host(session, host_name))
