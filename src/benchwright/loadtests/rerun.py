"""Running once more exactly what a run ran, whatever became of its load test."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pydantic import ValidationError

from benchwright.access.principal import Principal
from benchwright.jobs import rerun as jobs
from benchwright.jobs.starting import start_prepared
from benchwright.kit.db import ReadSession, WriteSession
from benchwright.kit.disk import check_free_disk
from benchwright.kit.errors import Conflict, NotFound
from benchwright.loadtests import own_scripts
from benchwright.loadtests.plan import parse_plan
from benchwright.loadtests.schemas import RunSpec
from benchwright.loadtests.service import find_endpoints
from benchwright.loadtests.starting import (
    PreparedRun,
    check_addresses,
    digest_of,
    require_secrets,
    start_run,
)
from benchwright.runs.models import Run
from benchwright.runs.state import RunKind

if TYPE_CHECKING:
    from benchwright.lab import Lab


def prepare_again(
    session: ReadSession, lab: Lab, principal: Principal, run: Run
) -> Callable[[WriteSession], Run]:
    """Checks all that a new run needs, of whatever kind; what it answers queues that run.

    Raises what `prepare_rerun` and `jobs.rerun.prepare_rerun` raise.
    """
    if run.kind is RunKind.JOB:
        job = jobs.prepare_rerun(session, lab, principal, [run])
        return lambda writing: start_prepared(writing, job)[0]
    prepared = prepare_rerun(session, lab, principal, run)
    return lambda writing: start_run(writing, prepared)


def prepare_rerun(session: ReadSession, lab: Lab, principal: Principal, run: Run) -> PreparedRun:
    """Checks all that a new run needs, for the script and plan that `run` was frozen with.

    Raises what `prepare_run` raises, `Conflict` for a run that holds no script.
    """
    if run.kind is not RunKind.LOAD_TEST:
        raise Conflict("Only runs of load tests and of jobs can be run again.")
    try:
        spec = RunSpec.model_validate(run.spec)
    except ValidationError:
        raise Conflict("This run does not say what it ran; start its load test instead.") from None
    check_free_disk(lab.settings.data_dir, lab.settings.retention.min_free_bytes)
    if spec.script_kind == "own":
        own_scripts.check_allowed(lab.settings, principal)
    try:
        for blob in (spec.script_blob, *spec.files.values()):
            lab.blobs.size(blob)
    except NotFound:
        message = "The script of this run is no longer kept; start its load test instead."
        raise Conflict(message) from None
    require_secrets(session, run.project_id, spec.secrets)
    if spec.plan is not None:
        # The script is frozen, what may be contacted is not.
        plan = parse_plan(spec.plan)
        endpoints, _ = find_endpoints(session, run.project_id, plan)
        check_addresses(lab, plan, endpoints)
    return PreparedRun(
        project_id=run.project_id,
        load_test_id=run.load_test_id,
        name=run.name,
        spec=spec,
        planned_duration_s=run.planned_duration_s,
        timeout_s=run.timeout_s,
        home=lab.home,
        workload_digest=run.workload_digest or digest_of(spec),
    )
