"""Inherited jobs as runs: those that have ended, and those that go on."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any

from benchwright.compat.opeva.configs import FOLDER
from benchwright.compat.opeva.evidence import Evidence
from benchwright.compat.opeva.names import MAX_NAME, RECORD
from benchwright.compat.opeva.planning import make_plan
from benchwright.configs import service as configs
from benchwright.executors.port import Handle, Observation
from benchwright.hosts.models import LOCAL
from benchwright.jobs.faults import dump_plan
from benchwright.jobs.freezing import digest
from benchwright.jobs.plan import JobPlan
from benchwright.jobs.result_file import read_result_file
from benchwright.jobs.schemas import JobSpec
from benchwright.jobs.starting import JobExtras, prepare_job
from benchwright.kit.db import WriteSession
from benchwright.kit.errors import Problem
from benchwright.lab import Lab
from benchwright.projects.service import ensure_default
from benchwright.runs import collection, repository
from benchwright.runs.folder import RunFolder
from benchwright.runs.state import RunKind, RunState
from benchwright.runs.taking_over import Outcome, add_ended_run, add_running_run
from benchwright.runs.workload import Collected

ORIGIN = "an OPEVA backend"
NOTE = (
    "This run was started by an OPEVA backend: its config and image are those of the taking over."
)
NO_TIMEOUT_S = 366 * 86_400.0
"""Nobody gave it one; it is not stopped for having run for days when it comes here."""


def adopt(
    lab: Lab,
    job_id: uuid.UUID,
    record: Mapping[str, Any],
    host: str,
    handle: Handle,
    seen: Observation,
    evidence: Evidence,
) -> None:
    """Adds a job whose container goes on; it is watched and collected from here on."""
    with lab.database.write() as session:
        if repository.find(session, job_id) is not None:
            return
        add_running_run(
            session,
            public_id=job_id,
            project_id=ensure_default(session).id,
            kind=RunKind.JOB,
            name=job_title(record),
            spec=_spec(session, lab, job_id, record, host),
            origin=ORIGIN,
            target=f"docker:{host}",
            home=lab.home,
            handle=handle,
            started_at=seen.started_at or evidence.started_at,
            timeout_s=NO_TIMEOUT_S,
            workload_digest=None,
            warnings=[NOTE],
        )
    lab.wake()


def add_history(
    lab: Lab,
    job_id: uuid.UUID,
    record: Mapping[str, Any],
    host: str | None,
    state: RunState,
    reason: str,
    seen: Observation | None,
    evidence: Evidence,
) -> None:
    """Adds a job that has ended, with its results and files."""
    folder = RunFolder.of(lab.settings.data_dir, job_id)
    read = read_result_file(folder.results)
    started_at = (seen.started_at if seen is not None else None) or evidence.started_at
    ended_at = (seen.ended_at if seen is not None else None) or evidence.last_written_at
    outcome = Outcome(
        state,
        reason,
        [NOTE],
        target=None if host is None else f"docker:{host}",
        home=lab.home,
        exit_code=seen.exit_code if seen is not None else None,
    )
    with lab.database.write() as session:
        if repository.find(session, job_id) is not None:
            return
        run = add_ended_run(
            session,
            public_id=job_id,
            project_id=ensure_default(session).id,
            kind=RunKind.JOB,
            name=job_title(record),
            spec=_spec(session, lab, job_id, record, host or LOCAL),
            origin=ORIGIN,
            started_at=started_at,
            ended_at=max(started_at, ended_at),
            planned_duration_s=None,
            timeout_s=NO_TIMEOUT_S,
            workload_digest=None,
            results=[],
            outcome=outcome,
        )
        artifacts = collection.scan_artifacts(run, folder)
        collection.store_collected(
            session, run, Collected(results=read.results, warnings=read.warnings), artifacts
        )
        run.stored_bytes = collection.measure_folder(folder)


def _spec(
    session: WriteSession, lab: Lab, job_id: uuid.UUID, record: Mapping[str, Any], host: str
) -> dict[str, Any]:
    """What the run was told, as far as it can be told here: so it can be started again."""
    name = str(record["config_path"]).removeprefix(FOLDER)[:MAX_NAME]
    plan = _plan(lab, record, host, name)
    extras = JobExtras(
        container_name=str(record["container_name"]) or None,
        job_info={"job_id": str(job_id), **record},
    )
    project = ensure_default(session)
    try:
        prepared = prepare_job(session, lab, plan, project, extras=extras)
        spec = prepared.runs[0].spec
    except Problem:
        # The config, a dataset or the host are not here any more.
        spec = _bare_spec(lab, plan, extras)
    return {**spec.model_dump(mode="json"), RECORD: dict(record)}


def _bare_spec(lab: Lab, plan: JobPlan, extras: JobExtras) -> JobSpec:
    bare = JobPlan(name=plan.name, image=plan.image, command=plan.command)
    dumped = dump_plan(bare)
    return JobSpec(
        image=bare.image,
        command=bare.command,
        plan_blob=lab.blobs.put(json.dumps(dumped, ensure_ascii=False).encode()),
        plan_digest=digest(dumped),
        container_name=extras.container_name,
        job_info=dict(extras.job_info),
    )


def _plan(lab: Lab, record: Mapping[str, Any], host: str, name: str) -> JobPlan:
    try:
        config = configs.load_config(lab.settings, name)
    except Problem:
        config = None
    return make_plan(lab, host, name or "config.yaml", job_title(record), config)


def job_title(record: Mapping[str, Any]) -> str:
    """What the run of a job is called."""
    return str(record["job_name"]).strip()[:MAX_NAME].strip() or "job"
