"""JSON routes of load tests."""

from __future__ import annotations

import json
import uuid
from typing import Annotated, Any

from fastapi import APIRouter, Depends, File, Form, Query, Response, UploadFile

from benchwright.access.principal import Principal
from benchwright.access.scopes import requires
from benchwright.kit.db import WriteSession
from benchwright.kit.downloads import save_as
from benchwright.kit.errors import Invalid, TooLarge
from benchwright.kit.idempotency import Idempotent, answer_once, kept_answer
from benchwright.kit.pagination import Page, PageRequest, page_request
from benchwright.kit.unicode import STORABLE
from benchwright.lab import Lab, LabDep, ReadSessionDep, WriteSessionDep
from benchwright.loadtests import drafts, own_scripts, service, starting
from benchwright.loadtests.rerun import prepare_again
from benchwright.loadtests.schemas import (
    DraftSummary,
    DraftView,
    LoadTestSummary,
    LoadTestView,
    LoadTestWrite,
    OwnScript,
    PlanWrite,
    Preview,
    RunStart,
    StartedRun,
    StartedRuns,
)
from benchwright.runs import history
from benchwright.runs import service as runs

router = APIRouter(prefix="/api/v1", tags=["load tests"])

MayRun = Annotated[Principal, Depends(requires("run"))]
MayAdminister = Annotated[Principal, Depends(requires("admin"))]


@router.get("/projects/{slug}/load-tests", dependencies=[Depends(requires("read"))])
def list_load_tests(
    session: ReadSessionDep, slug: str, request: Annotated[PageRequest, Depends(page_request)]
) -> Page[LoadTestSummary]:
    """Lists a project's load tests, newest first."""
    items, cursor = service.list_load_tests(session, slug, request)
    return Page(items=items, next_cursor=cursor)


@router.post(
    "/projects/{slug}/load-tests", status_code=201, dependencies=[Depends(requires("write"))]
)
def create_load_test(session: WriteSessionDep, slug: str, wish: LoadTestWrite) -> LoadTestView:
    """Keeps a plan."""
    load_test = service.create_load_test(session, slug, wish.plan, wish.description)
    return service.view_load_test(session, load_test)


@router.post("/projects/{slug}/load-tests/preview", dependencies=[Depends(requires("read"))])
def preview(session: ReadSessionDep, slug: str, wish: PlanWrite) -> Preview:
    """Shows the script of a plan and what it will do, without keeping either."""
    return service.preview_script(session, slug, wish.plan)


@router.get("/projects/{slug}/load-test-drafts", dependencies=[Depends(requires("read"))])
def list_drafts(
    session: ReadSessionDep, slug: str, request: Annotated[PageRequest, Depends(page_request)]
) -> Page[DraftSummary]:
    """Lists forms that were put aside unfinished, newest first."""
    items, cursor = drafts.list_drafts(session, slug, request)
    return Page(items=items, next_cursor=cursor)


@router.get(
    "/projects/{slug}/load-test-drafts/{draft_id}", dependencies=[Depends(requires("read"))]
)
def get_draft(session: ReadSessionDep, slug: str, draft_id: uuid.UUID) -> DraftView:
    """Shows a draft with the texts of its fields."""
    return drafts.view_draft(session, slug, drafts.get_draft(session, slug, draft_id))


@router.delete(
    "/projects/{slug}/load-test-drafts/{draft_id}",
    status_code=204,
    dependencies=[Depends(requires("write"))],
)
def discard_draft(session: WriteSessionDep, slug: str, draft_id: uuid.UUID) -> None:
    """Forgets a draft."""
    drafts.discard_draft(session, slug, draft_id)


@router.post("/projects/{slug}/load-tests/own-script", status_code=201)
def upload_own_script(  # noqa: PLR0913, PLR0917 - one parameter for each field of the form
    lab: LabDep,
    principal: MayAdminister,
    slug: str,
    script: Annotated[UploadFile, File(description="The k6 script, JavaScript or TypeScript.")],
    name: Annotated[str, Form(max_length=500)],
    description: Annotated[str, Form(max_length=20_000)] = "",
    environment: Annotated[str, Form(description="Plain variables as a JSON object.")] = "{}",
    secrets: Annotated[list[str], Form(description="Names of stored secrets.")] = [],  # noqa: B006 - FastAPI copies defaults
    files: Annotated[list[UploadFile], File(description="Modules and data files.")] = [],  # noqa: B006 - FastAPI copies defaults
) -> LoadTestView:
    """Takes in a script of one's own, after k6 looked at it."""
    own_scripts.check_allowed(lab.settings, principal)
    wish = _own_script(name, description, environment, secrets)
    read = _read_script(lab, script, files)
    # k6 was asked before: no transaction waits for another program.
    with lab.database.write() as session:
        load_test = own_scripts.create_own(session, slug, wish, read)
        return service.view_load_test(session, load_test)


@router.put("/load-tests/{public_id}/own-script")
def replace_own_script(  # noqa: PLR0913, PLR0917 - one parameter for each field of the form
    lab: LabDep,
    principal: MayAdminister,
    public_id: uuid.UUID,
    script: Annotated[UploadFile, File(description="The k6 script, JavaScript or TypeScript.")],
    name: Annotated[str, Form(max_length=500)],
    description: Annotated[str, Form(max_length=20_000)] = "",
    environment: Annotated[str, Form(description="Plain variables as a JSON object.")] = "{}",
    secrets: Annotated[list[str], Form(description="Names of stored secrets.")] = [],  # noqa: B006 - FastAPI copies defaults
    files: Annotated[
        list[UploadFile], File(description="Modules and data files, all of them.")
    ] = [],  # noqa: B006 - FastAPI copies defaults
) -> LoadTestView:
    """Puts another script, with its files, in the place of one; started runs keep theirs."""
    own_scripts.check_allowed(lab.settings, principal)
    wish = _own_script(name, description, environment, secrets)
    with lab.database.read() as session:
        own_scripts.check_replaceable(service.get_load_test(session, public_id))
    read = _read_script(lab, script, files)
    with lab.database.write() as session:
        load_test = service.get_load_test(session, public_id)
        return service.view_load_test(session, own_scripts.replace_own(load_test, wish, read))


@router.get("/load-tests/{public_id}", dependencies=[Depends(requires("read"))])
def get_load_test(session: ReadSessionDep, public_id: uuid.UUID) -> LoadTestView:
    """Shows a load test."""
    return service.view_load_test(session, service.get_load_test(session, public_id))


@router.get("/load-tests/{public_id}/history", dependencies=[Depends(requires("read"))])
def get_history(
    session: ReadSessionDep,
    public_id: uuid.UUID,
    limit: Annotated[int, Query(ge=1, le=history.MAX_POINTS)] = 50,
    scenario: Annotated[str | None, Query(max_length=200, pattern=STORABLE)] = None,
) -> history.History:
    """Shows the figures of the last runs, of one scenario by its key or of the whole runs."""
    load_test = service.get_load_test(session, public_id)
    return history.get_history(session, load_test.id, limit=limit, scenario=scenario)


@router.post(
    "/load-tests/{public_id}/duplicate", status_code=201, dependencies=[Depends(requires("write"))]
)
def duplicate_load_test(session: WriteSessionDep, public_id: uuid.UUID) -> LoadTestView:
    """Makes a load test that does the same under another name."""
    load_test = service.get_load_test(session, public_id)
    return service.view_load_test(session, service.duplicate_load_test(session, load_test))


@router.put("/load-tests/{public_id}", dependencies=[Depends(requires("write"))])
def update_load_test(
    session: WriteSessionDep, public_id: uuid.UUID, wish: LoadTestWrite
) -> LoadTestView:
    """Replaces a plan."""
    load_test = service.get_load_test(session, public_id)
    service.update_load_test(session, load_test, wish.plan, wish.description)
    return service.view_load_test(session, load_test)


@router.delete(
    "/load-tests/{public_id}", status_code=204, dependencies=[Depends(requires("write"))]
)
def delete_load_test(session: WriteSessionDep, public_id: uuid.UUID) -> None:
    """Takes a load test out of all lists; its runs stay."""
    service.delete_load_test(session, service.get_load_test(session, public_id))


@router.get(
    "/load-tests/{public_id}/script",
    dependencies=[Depends(requires("read"))],
    response_class=Response,
    responses={200: {"content": {"text/javascript": {}}}},
)
def get_script(
    session: ReadSessionDep,
    lab: LabDep,
    public_id: uuid.UUID,
    *,
    download: Annotated[bool, Query(description="Ask the browser to save it.")] = False,
) -> Response:
    """Downloads or shows the script that `k6 run` takes."""
    name, text = service.script_text(session, lab, service.get_load_test(session, public_id))
    headers = save_as(name) if download else {}
    return Response(text, media_type="text/javascript; charset=utf-8", headers=headers)


@router.post("/load-tests/{public_id}/runs", status_code=201, response_model=StartedRuns)
def start_run(
    lab: LabDep,
    principal: MayRun,
    idempotent: Idempotent,
    public_id: uuid.UUID,
    wish: RunStart | None = None,
) -> Response:
    """Queues a run of the load test, or as many as `repeat` says."""
    # Checking the target may wait for a name server: it is done before the transaction begins.
    with lab.database.read() as session:
        if (earlier := kept_answer(session, idempotent)) is not None:
            return earlier
        load_test = service.get_load_test(session, public_id)
        if load_test.is_own_script:
            own_scripts.check_allowed(lab.settings, principal)
        prepared = starting.prepare_run(session, lab, load_test)
    with lab.database.write() as session:
        answer = answer_once(
            session,
            idempotent,
            lambda: _start(session, prepared, wish or RunStart()),
        )
    lab.wake()
    return answer


@router.post("/runs/{run_id}/again", status_code=201, response_model=StartedRun)
def run_again(
    lab: LabDep, principal: MayRun, idempotent: Idempotent, run_id: uuid.UUID
) -> Response:
    """Queues a run of exactly what an earlier run had, whatever its load test or job is now."""
    with lab.database.read() as session:
        if (earlier := kept_answer(session, idempotent)) is not None:
            return earlier
        start = prepare_again(session, lab, principal, runs.get_run(session, run_id))
    with lab.database.write() as session:
        answer = answer_once(
            session,
            idempotent,
            lambda: StartedRun.model_validate(start(session)),
        )
    lab.wake()
    return answer


def _start(session: WriteSession, prepared: starting.PreparedRun, wish: RunStart) -> StartedRuns:
    runs = [
        StartedRun.model_validate(
            starting.start_run(session, prepared, name=wish.name, influxdb=wish.influxdb)
        )
        for _ in range(wish.repeat)
    ]
    return StartedRuns(**runs[0].model_dump(), runs=runs)


def _own_script(name: str, description: str, environment: str, secrets: list[str]) -> OwnScript:
    data: dict[str, Any] = {"name": name, "description": description, "secrets": secrets}
    try:
        data["environment"] = json.loads(environment)
    except (ValueError, RecursionError):
        error = {"field": "environment", "message": "This is not JSON"}
        raise Invalid("The script was not kept.", [error]) from None
    return own_scripts.parse_own(data)


def _read_script(lab: Lab, script: UploadFile, files: list[UploadFile]) -> own_scripts.ReadScript:
    return own_scripts.read_script(
        lab,
        _content(script, own_scripts.MAX_SCRIPT_BYTES),
        script.filename or "script.js",
        {file.filename or "": _content(file, own_scripts.MAX_FILES_BYTES) for file in files},
    )


def _content(upload: UploadFile, max_bytes: int) -> bytes:
    content = upload.file.read(max_bytes + 1)
    if len(content) > max_bytes:
        raise TooLarge(f"{(upload.filename or 'The file')[:100]} is larger than allowed.")
    return content
