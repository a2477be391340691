"""The route that starts a simulation."""

from __future__ import annotations

import asyncio
import time
import uuid
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException
from fastapi.responses import JSONResponse

from benchwright.access.scopes import Principal, Scope, requires
from benchwright.compat.opeva import repository
from benchwright.compat.opeva.answers import OpevaRoute
from benchwright.compat.opeva.configs import FOLDER, name_to_write, stored_name
from benchwright.compat.opeva.facts import container_of, utc_text
from benchwright.compat.opeva.hosts import find_host
from benchwright.compat.opeva.keeping import KeeperDep
from benchwright.compat.opeva.names import RECORD, Experiment, container_name, experiment_of
from benchwright.compat.opeva.planning import make_plan
from benchwright.compat.opeva.repository import JobLine
from benchwright.compat.opeva.schemas import SimulationWish
from benchwright.configs import service as configs
from benchwright.hosts.models import LOCAL, Host
from benchwright.hosts.places import HostPlaces
from benchwright.jobs.starting import JobExtras, start_job
from benchwright.kit.db import WriteSession, now
from benchwright.kit.errors import Forbidden
from benchwright.kit.threads import in_thread
from benchwright.lab import Lab, LabDep
from benchwright.projects.service import ensure_default
from benchwright.runs.state import RunState

router = APIRouter(tags=["opeva"], route_class=OpevaRoute)

RunnerDep = Annotated[Principal, Depends(requires(Scope.RUN))]

PATIENCE_S = 10.0
"""How long an answer waits for the container."""
QUEUE_PATIENCE_S = 2.0
"""And how long where the host takes no more runs: such a job may wait for hours."""
POLL_S = 0.1


@router.post("/run-simulation")
async def run_simulation(
    lab: LabDep, keeper: KeeperDep, sender: RunnerDep, wish: SimulationWish
) -> JSONResponse:
    """Starts a simulation; a job that cannot have its container within 10 s is queued."""
    if wish.save_as and not wish.config_path and not sender.may(Scope.WRITE):
        raise Forbidden("Writing a config under a name needs a token with the scope `write`.")
    job_id, host = await in_thread(_start, lab, wish)
    lab.wake()
    job = await _launched(lab, job_id)
    if job.state is RunState.FAILED and container_of(job) is None:
        return JSONResponse({"detail": job.reason, "job_id": str(job_id)}, 502)
    container_id = container_of(job)
    if container_id is not None:
        await in_thread(keeper.note_launched)
    return JSONResponse(
        {
            "job_id": str(job_id),
            "container_id": container_id,
            "status": "queued" if container_id is None else "launched",
            "host": host,
            "job_name": job.record["job_name"],
        }
    )


async def _launched(lab: Lab, job_id: uuid.UUID) -> JobLine:
    """The job once its container runs or never will, or as it is after a while."""
    began = time.monotonic()
    while True:
        job, is_crowded = await in_thread(_look, lab, job_id)
        waits = job.state in (RunState.QUEUED, RunState.LAUNCHING)
        patience_s = QUEUE_PATIENCE_S if is_crowded else PATIENCE_S
        if not waits or time.monotonic() - began >= patience_s:
            return job
        await asyncio.sleep(POLL_S)


def _look(lab: Lab, job_id: uuid.UUID) -> tuple[JobLine, bool]:
    """The job, and whether it waits on a host that takes no more runs now."""
    with lab.database.read() as session:
        job = repository.find_job(session, job_id)
        if job is None:
            raise HTTPException(404, "The job was deleted while it started")
        if job.state is not RunState.QUEUED:
            return job, False
        places = HostPlaces(lab.home, lab.settings.executors.process.capacity)
        return job, places.count_free(session, job.target) == 0


def _start(lab: Lab, wish: SimulationWish) -> tuple[uuid.UUID, str]:
    """Queues the job; its id, and the host as the client named it."""
    job_id = uuid.uuid4()
    target = wish.target_host or LOCAL
    with lab.database.read() as session:
        host = find_host(session, target)
    if host is None:
        raise HTTPException(400, f"Invalid host: {target[:100]}")
    name, config = _config(lab, wish, job_id)
    experiment = experiment_of(config)
    with lab.database.write() as session:
        _queue(session, lab, job_id, host, target, name, experiment, config)
    return job_id, target


def _config(lab: Lab, wish: SimulationWish, job_id: uuid.UUID) -> tuple[str, Any]:
    """Name and content of the config, which is written first where the client sends it."""
    if wish.config_path:
        name = stored_name(wish.config_path)
        return name, configs.load_config(lab.settings, name)
    if wish.config is None:
        raise HTTPException(400, "Missing config or config_path")
    name = name_to_write(wish.save_as or f"{job_id}.yaml")
    configs.write_config(lab.settings, name, wish.config)
    return name, wish.config


def _queue(
    session: WriteSession,
    lab: Lab,
    job_id: uuid.UUID,
    host: Host,
    target: str,
    config_name: str,
    experiment: Experiment,
    config: object,
) -> None:
    container = container_name(job_id, experiment.job_name)
    record = {
        "job_name": experiment.job_name,
        "config_path": f"{FOLDER}{config_name}",
        "target_host": target,
        "container_name": container,
        "experiment_name": experiment.name,
        "run_name": experiment.run_name,
    }
    plan = make_plan(lab, host.name, config_name, experiment.job_name, config)
    extras = JobExtras(
        container_name=container,
        job_info={"job_id": str(job_id), **record, "started_at": utc_text(now())},
    )
    project = ensure_default(session)
    (run,) = start_job(session, lab, plan, project, extras=extras, public_id=job_id)
    run.spec = {**run.spec, RECORD: record}
