"""The route that starts a load test."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from fastapi import APIRouter, Depends, HTTPException

from benchwright.access.scopes import Scope, requires
from benchwright.compat.metric_vault import facts, names
from benchwright.compat.metric_vault.envelope import Envelope, VaultRoute
from benchwright.compat.metric_vault.schemas import LoadTestWish
from benchwright.compat.metric_vault.translation import plan_of
from benchwright.kit.db import ReadSession, WriteSession
from benchwright.kit.disk import check_free_disk
from benchwright.kit.wholefile import write_whole
from benchwright.lab import Lab, LabDep
from benchwright.loadtests import repository as load_tests
from benchwright.loadtests import service, starting
from benchwright.loadtests.endpoints import Endpoint, endpoint_of
from benchwright.loadtests.models import LoadTest
from benchwright.loadtests.plan import Plan, dump_plan
from benchwright.projects import repository as projects
from benchwright.runs.models import Run
from benchwright.specs import endpoint_repository
from benchwright.specs.models import Spec

logger = logging.getLogger("benchwright.compat")

router = APIRouter(tags=["metric vault"], route_class=VaultRoute)


@router.post("/load-testing", dependencies=[Depends(requires(Scope.RUN))])
def start_load_test(lab: LabDep, wish: LoadTestWish) -> Envelope:
    """Starts a load test in the project of its first scenario's endpoint."""
    # Checking the target may wait for a name server: it is done before the transaction begins.
    with lab.database.read() as session:
        check_free_disk(lab.settings.data_dir, lab.settings.retention.min_free_bytes)
        plan, endpoints, documents = _plan(session, wish)
        project_id = documents[0].project_id
        prepared = starting.prepare_plan_run(session, lab, plan, endpoints, project_id=project_id)
    with lab.database.write() as session:
        run = starting.start_run(session, prepared)
        if {spec.project_id for spec in documents} == {project_id}:
            run.load_test_id = _kept(session, project_id, plan, wish.description).id
        run.spec = {**run.spec, names.RECORD: facts.record_of(wish)}
        job, file_name = names.job_name(run), names.script_file_name(run)
        _write_script(lab, run, file_name)
    lab.wake()
    return Envelope(data={"file_name": file_name, "job_name": job})


def _plan(
    session: ReadSession, wish: LoadTestWish
) -> tuple[Plan, dict[str, Endpoint], Sequence[Spec]]:
    """The plan, its endpoints by public id, and the document of each scenario's endpoint."""
    found = endpoint_repository.find_with_specs(session, {s.endpoint_id for s in wish.scenarios})
    for scenario in wish.scenarios:
        if scenario.endpoint_id not in found:
            raise HTTPException(404, f"Endpoint ID {scenario.endpoint_id} not found")
    ids: dict[int, UUID] = {number: row.public_id for number, (row, _) in found.items()}
    endpoints = {str(row.public_id): endpoint_of(row, spec) for row, spec in found.values()}
    documents = [found[scenario.endpoint_id][1] for scenario in wish.scenarios]
    return plan_of(wish, ids), endpoints, documents


def _kept(session: WriteSession, project_id: int, plan: Plan, description: str) -> LoadTest:
    """The load test of this very plan: runs that repeat it belong together and compare."""
    dumped = dump_plan(plan)
    known = load_tests.find_named(session, project_id, plan.name)
    if known is not None and known.plan == dumped:
        return known
    project = projects.find_by_id(session, project_id)
    assert project is not None
    return service.create_load_test(session, project.slug, dumped, description)


def _write_script(lab: Lab, run: Run, file_name: str) -> None:
    """Writes the script where other programs expect it; that is no reason not to run it."""
    folder: Path | None = lab.settings.k6.script_folder
    if folder is None:
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(folder / file_name, lab.blobs.get(run.spec["script_blob"]))
    except OSError as error:
        logger.warning("%s cannot be written to %s: %s", file_name, folder, error.strerror)
        run.warnings = [
            *run.warnings,
            f"{file_name} could not be written to the folder of scripts: {error.strerror}.",
        ]
