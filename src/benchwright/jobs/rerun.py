"""Running once more exactly what runs of jobs were told, whatever became of their job."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from benchwright.access.principal import Principal
from benchwright.hosts import repository as host_rows
from benchwright.hosts.places import PREFIX
from benchwright.jobs import permission
from benchwright.jobs.schemas import JobSpec
from benchwright.jobs.starting import PreparedJob, PreparedRun, require_secrets
from benchwright.kit.db import ReadSession
from benchwright.kit.disk import check_free_disk
from benchwright.kit.errors import Conflict, NotFound
from benchwright.runs.list_repository import tags_of
from benchwright.runs.models import Run
from benchwright.runs.state import RunKind

if TYPE_CHECKING:
    from benchwright.lab import Lab


def prepare_rerun(
    session: ReadSession,
    lab: Lab,
    principal: Principal,
    again: Sequence[Run],
    group_id: uuid.UUID | None = None,
) -> PreparedJob:
    """Checks all that new runs need, for what these runs, of one start, were frozen with.

    Raises `Conflict` for a run that does not say what it ran, whose files are no longer kept or
    whose host is gone, `Forbidden`, and `Invalid` for a secret that the project lacks.
    """
    check_free_disk(lab.settings.data_dir, lab.settings.retention.min_free_bytes)
    tags = tags_of(session, [run.id for run in again])
    made = [_prepare(session, lab, principal, run, tags.get(run.id, ())) for run in again]
    first = again[0]
    return PreparedJob(
        project_id=first.project_id,
        job_id=first.job_id,
        home=lab.home,
        timeout_s=min(first.timeout_s, lab.settings.runs.max_timeout_s),
        planned_duration_s=first.planned_duration_s,
        note=first.note,
        runs=made,
        group_id=group_id,
    )


def frozen_plan(lab: Lab, run: Run) -> dict[str, Any]:
    """The plan that a run was started with; raises `NotFound` where it has none."""
    blob = run.spec.get("plan_blob") if run.kind is RunKind.JOB else None
    if not blob:
        raise NotFound("This run has no plan of a job.")
    plan: dict[str, Any] = json.loads(lab.blobs.get(blob))
    return plan


def plan_of_run(lab: Lab, run: Run) -> dict[str, Any]:
    """The plan of this very run: the values that its matrix gave it are its parameters."""
    plan = frozen_plan(lab, run)
    if "matrix" in plan:
        varied = {name: run.spec["parameters"][name] for name in plan.pop("matrix")}
        plan["parameters"] = {**plan.get("parameters", {}), **varied}
    return plan


def _prepare(
    session: ReadSession, lab: Lab, principal: Principal, run: Run, tags: Sequence[str]
) -> PreparedRun:
    if run.kind is not RunKind.JOB:
        raise Conflict("This is no run of a job.")
    try:
        spec = JobSpec.model_validate(run.spec)
    except ValidationError:
        raise Conflict("This run does not say what it ran; start its job instead.") from None
    permission.check_image(lab.settings, principal, spec.image)
    _check_kept(lab, spec)
    require_secrets(session, run.project_id, spec.secrets)
    is_docker = run.target.startswith(PREFIX)
    if is_docker and host_rows.find(session, run.target.removeprefix(PREFIX)) is None:
        raise Conflict("The host of this run is not known any more; edit it as a new job instead.")
    # A name that stands for one run alone cannot be given twice.
    name = spec.container_name if "{run_id}" in (spec.container_name or "") else None
    fresh = spec.model_copy(update={"host": {}, "container_name": name})
    return PreparedRun(run.name, run.target, fresh, tags)


def _check_kept(lab: Lab, spec: JobSpec) -> None:
    blobs = [spec.plan_blob, *spec.files.values()]
    if spec.config is not None:
        blobs.append(spec.config.blob)
    try:
        for blob in blobs:
            lab.blobs.size(blob)
    except NotFound:
        raise Conflict("The files of this run are no longer kept; start its job instead.") from None
