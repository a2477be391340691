"""Rules of load tests: checking plans and keeping them; `starting` makes runs of them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from benchwright.kit.db import ReadSession, WriteSession, now
from benchwright.kit.downloads import file_name
from benchwright.kit.errors import Conflict, Invalid, NotFound
from benchwright.kit.pagination import PageRequest
from benchwright.loadtests import faults, repository
from benchwright.loadtests.endpoints import Endpoint, endpoint_of
from benchwright.loadtests.models import LoadTest
from benchwright.loadtests.plan import Plan, dump_plan, parse_plan
from benchwright.loadtests.profile import (
    estimate,
    planned_duration,
)
from benchwright.loadtests.schemas import (
    LoadTestSummary,
    LoadTestView,
    OwnScriptView,
    Preview,
    ScenarioRef,
)
from benchwright.loadtests.script import Script, generate_script
from benchwright.projects import service as projects

if TYPE_CHECKING:
    from benchwright.lab import Lab

COPIED = " (copy)"
MAX_NAME = 500


def get_load_test(session: ReadSession, public_id: uuid.UUID) -> LoadTest:
    """The load test of this id; raises `NotFound`."""
    load_test = repository.find(session, public_id)
    if load_test is None:
        raise NotFound(f"There is no load test {public_id}.")
    return load_test


def list_load_tests(
    session: ReadSession, slug: str, request: PageRequest
) -> tuple[list[LoadTestSummary], str | None]:
    """One page of a project's load tests, newest first, and the cursor of the next."""
    project = projects.get_project(session, slug)
    found, cursor = repository.page(session, project.id, request)
    return [summarise(test, project.slug) for test in found], cursor


def summarise(load_test: LoadTest, slug: str) -> LoadTestSummary:
    """What lists show; `slug` is its project's."""
    return LoadTestSummary(**_summary(load_test, slug))


def view_load_test(session: ReadSession, load_test: LoadTest) -> LoadTestView:
    """Everything about a load test."""
    project = repository.project_of(session, load_test)
    details = load_test.script_details
    own = None
    if load_test.is_own_script:
        own = OwnScriptView(
            script_name=details["script_name"],
            files=sorted(details["files"]),
            environment=details["environment"],
            secrets=details["secrets"],
            max_vus=details["max_vus"],
            warnings=details["warnings"],
        )
    return LoadTestView(
        **_summary(load_test, project.slug),
        plan=load_test.plan,
        estimate=estimate(parse_plan(load_test.plan)) if load_test.plan is not None else None,
        script=own,
    )


def preview_script(session: ReadSession, slug: str, plan: Mapping[str, Any]) -> Preview:
    """The script of a plan and what it will do; raises `Invalid` that names each field."""
    project = projects.get_project(session, slug)
    parsed = parse_plan(plan)
    script = validate_plan(session, project.id, parsed)
    return Preview(
        script=script.text,
        estimate=estimate(parsed),
        secrets=list(script.secrets),
        scenarios=scenario_refs(script),
    )


def validate_plan(session: ReadSession, project_id: int, plan: Plan) -> Script:
    """The script of a plan whose endpoints are the project's; raises `Invalid`."""
    return generate_script(plan, find_endpoints(session, project_id, plan)[0])


def find_endpoints(
    session: ReadSession, project_id: int, plan: Plan
) -> tuple[dict[str, Endpoint], set[int]]:
    """The plan's endpoints by public id, and the specs that they belong to."""
    wanted = {s.endpoint for s in plan.scenarios if s.endpoint is not None}
    rows = repository.find_endpoints(session, project_id, wanted)
    endpoints = {str(row.public_id): endpoint_of(row, spec) for row, spec in rows}
    return endpoints, {spec.id for _, spec in rows}


def _check_description(description: str) -> None:
    fault = faults.text_fault(description)
    if fault:
        raise Invalid("The plan was not kept.", [{"field": "description", "message": fault}])


def create_load_test(
    session: WriteSession, slug: str, plan: Mapping[str, Any], description: str = ""
) -> LoadTest:
    """Keeps a plan that can be turned into a script; raises `Invalid` otherwise."""
    project = projects.get_project(session, slug)
    _check_description(description)
    load_test = LoadTest(project_id=project.id, description=description, script_details={})
    _put_plan(session, load_test, plan)
    return repository.add(session, load_test)


def update_load_test(
    session: WriteSession, load_test: LoadTest, plan: Mapping[str, Any], description: str
) -> LoadTest:
    """Replaces the plan; runs that were started keep the one that they had."""
    if load_test.is_own_script:
        raise Conflict("This load test is a script of your own; upload a new one instead.")
    refuse_archived(load_test)
    _check_description(description)
    load_test.description = description
    _put_plan(session, load_test, plan)
    return load_test


def duplicate_load_test(session: WriteSession, load_test: LoadTest) -> LoadTest:
    """A load test that does the same under another name; the history stays with the first."""
    refuse_archived(load_test)
    name = f"{load_test.name[: MAX_NAME - len(COPIED)]}{COPIED}"
    copy = LoadTest(
        project_id=load_test.project_id,
        spec_id=load_test.spec_id,
        name=name,
        description=load_test.description,
        plan={**load_test.plan, "name": name} if load_test.plan is not None else None,
        script_blob=load_test.script_blob,
        script_details=load_test.script_details,
        scenario_count=load_test.scenario_count,
        planned_duration_s=load_test.planned_duration_s,
    )
    return repository.add(session, copy)


def delete_load_test(session: WriteSession, load_test: LoadTest) -> None:
    """Takes a load test out of all lists; its runs stay and still lead to it."""
    if load_test.archived_at is None:
        load_test.archived_at = now()
    session.flush()


def script_text(session: ReadSession, lab: Lab, load_test: LoadTest) -> tuple[str, bytes]:
    """File name and text of the script, made anew from a plan."""
    if load_test.script_blob is not None:
        return str(load_test.script_details["script_name"]), lab.blobs.get(load_test.script_blob)
    plan = parse_plan(load_test.plan or {})
    script = validate_plan(session, load_test.project_id, plan)
    return file_name(load_test.name, "js", "script"), script.text.encode()


def _put_plan(session: ReadSession, load_test: LoadTest, data: Mapping[str, Any]) -> None:
    plan = parse_plan(data)
    endpoints, specs = find_endpoints(session, load_test.project_id, plan)
    generate_script(plan, endpoints)
    load_test.name = plan.name
    load_test.plan = dump_plan(plan)
    load_test.spec_id = next(iter(specs)) if len(specs) == 1 else None
    load_test.scenario_count = len(plan.scenarios)
    load_test.planned_duration_s = planned_duration(plan)
    load_test.updated_at = now()


def refuse_archived(load_test: LoadTest) -> None:
    """Raises `Conflict` for a load test that was deleted."""
    if load_test.archived_at is not None:
        raise Conflict("This load test was deleted; make a new one from its plan.")


def scenario_refs(script: Script) -> list[ScenarioRef]:
    """The scenarios of a script as runs remember them."""
    return [
        ScenarioRef(key=s.key, name=s.name, method=s.method, path=s.path) for s in script.scenarios
    ]


def _summary(load_test: LoadTest, slug: str) -> dict[str, Any]:
    plain: Sequence[str] = (
        "public_id", "name", "description", "scenario_count", "planned_duration_s",
        "created_at", "updated_at", "archived_at",
    )  # fmt: skip
    return {
        **{name: getattr(load_test, name) for name in plain},
        "project": slug,
        "kind": "own" if load_test.is_own_script else "generated",
    }
