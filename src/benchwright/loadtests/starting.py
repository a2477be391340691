"""From a load test to a queued run: every check first, then one row."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchwright.kit.db import ReadSession, WriteSession
from benchwright.kit.disk import check_free_disk
from benchwright.kit.errors import Invalid, Problem
from benchwright.loadtests import repository
from benchwright.loadtests.endpoints import Endpoint
from benchwright.loadtests.models import LoadTest
from benchwright.loadtests.plan import Plan, dump_plan, parse_plan
from benchwright.loadtests.profile import longest_duration, planned_duration, planned_requests
from benchwright.loadtests.schemas import RunSpec
from benchwright.loadtests.script import generate_script
from benchwright.loadtests.service import find_endpoints, refuse_archived, scenario_refs
from benchwright.runs import service as runs
from benchwright.runs.models import Run
from benchwright.runs.state import RunKind

if TYPE_CHECKING:
    from benchwright.lab import Lab

UNKNOWN_LENGTH_S = 24 * 3600.0
"""How long a user's own script may take when k6 cannot tell."""


@dataclass(frozen=True)
class PreparedRun:
    """A run that passed every check and only has to be queued."""

    project_id: int
    load_test_id: int | None
    name: str
    spec: RunSpec
    planned_duration_s: float | None
    timeout_s: float
    home: str
    workload_digest: str
    warnings: tuple[str, ...] = ()


def prepare_run(session: ReadSession, lab: Lab, load_test: LoadTest) -> PreparedRun:
    """Checks everything that a run needs and keeps its script; may wait for a name server.

    Raises `Invalid`, `Conflict`, `Unavailable` when the disk is nearly full, and what the network
    policy raises about the target.
    """
    check_free_disk(lab.settings.data_dir, lab.settings.retention.min_free_bytes)
    refuse_archived(load_test)
    if load_test.is_own_script:
        return _prepare_own(session, lab, load_test)
    plan = parse_plan(load_test.plan or {})
    endpoints, _ = find_endpoints(session, load_test.project_id, plan)
    return prepare_plan_run(
        session, lab, plan, endpoints, project_id=load_test.project_id, load_test_id=load_test.id
    )


def prepare_plan_run(
    session: ReadSession,
    lab: Lab,
    plan: Plan,
    endpoints: Mapping[str, Endpoint],
    *,
    project_id: int,
    load_test_id: int | None = None,
) -> PreparedRun:
    """As `prepare_run`, for a plan that need not be stored."""
    script = generate_script(plan, endpoints)
    require_secrets(session, project_id, script.secrets)
    check_addresses(lab, plan, endpoints)
    duration_s = planned_duration(plan)
    spec = RunSpec(
        script_kind="generated",
        script_blob=lab.blobs.put(script.text.encode()),
        plan=dump_plan(plan),
        scenarios=scenario_refs(script),
        planned_iterations=planned_requests(plan) if duration_s is None else None,
        secrets=list(script.secrets),
        addresses=sorted(load_addresses(plan, endpoints)),
        auto_stop=[
            {
                "measure": "error_rate" if rule.metric == "error_rate" else f"{rule.metric}_ms",
                "above": rule.above,
                "window_s": rule.window_s,
                "delay_s": rule.delay_s,
                "min_requests": rule.min_requests,
                "scenario": plan.auto_stop_key(rule),
            }
            for rule in plan.auto_stop
        ],
    )
    return PreparedRun(
        project_id=project_id,
        load_test_id=load_test_id,
        name=plan.name,
        spec=spec,
        planned_duration_s=duration_s,
        timeout_s=_timeout_s(lab, longest_duration(plan), duration_s),
        home=lab.home,
        workload_digest=digest_of(spec),
        warnings=tuple(_removed(plan, endpoints)),
    )


def start_run(
    session: WriteSession,
    prepared: PreparedRun,
    *,
    name: str | None = None,
    influxdb: bool | None = None,
    public_id: uuid.UUID | None = None,
    lease_owner: str | None = None,
    lease_until: dt.datetime | None = None,
) -> Run:
    """Queues the run; `influxdb` tells whether its samples go there too, else its spec does."""
    spec = (
        prepared.spec
        if influxdb is None
        else prepared.spec.model_copy(update={"influxdb": influxdb})
    )
    return runs.create_run(
        session,
        project_id=prepared.project_id,
        kind=RunKind.LOAD_TEST,
        name=name or prepared.name,
        spec=spec.model_dump(mode="json"),
        planned_duration_s=prepared.planned_duration_s,
        timeout_s=prepared.timeout_s,
        home=prepared.home,
        load_test_id=prepared.load_test_id,
        workload_digest=prepared.workload_digest,
        warnings=prepared.warnings,
        public_id=public_id,
        lease_owner=lease_owner,
        lease_until=lease_until,
    )


def _prepare_own(session: ReadSession, lab: Lab, load_test: LoadTest) -> PreparedRun:
    details = load_test.script_details
    require_secrets(session, load_test.project_id, details["secrets"])
    assert load_test.script_blob is not None
    spec = RunSpec(
        script_kind="own",
        script_blob=load_test.script_blob,
        script_name=details["script_name"],
        files=details["files"],
        environment=details["environment"],
        secrets=details["secrets"],
    )
    length_s = load_test.planned_duration_s
    return PreparedRun(
        project_id=load_test.project_id,
        load_test_id=load_test.id,
        name=load_test.name,
        spec=spec,
        planned_duration_s=length_s,
        timeout_s=_timeout_s(lab, length_s or UNKNOWN_LENGTH_S, length_s),
        home=lab.home,
        workload_digest=digest_of(spec),
        warnings=tuple(details["warnings"]),
    )


def _timeout_s(lab: Lab, longest_s: float, planned_s: float | None) -> float:
    """When the run is stopped; raises `Invalid` for what is sure to be cut off."""
    most_s = lab.settings.runs.max_timeout_s
    if planned_s is not None and planned_s > most_s:
        raise Invalid(
            f"The load test takes {planned_s:g} s, longer than a run may take: `runs.max_timeout_s`"
            f" allows {most_s:g} s. Shorten it, or change the setting."
        )
    return min(longest_s + lab.settings.runs.timeout_margin_s, most_s)


def digest_of(spec: RunSpec) -> str:
    """Equal for runs that were told to do the same."""
    if spec.plan is None:
        return _digest([spec.script_blob, spec.files, spec.environment])
    return _digest_plan(spec.plan)


def _digest_plan(plan: Mapping[str, Any]) -> str:
    """Of what the plan does: its name and the limits that it is judged by do not matter."""
    judged = {"name", "target_tps", "auto_stop", "scenarios"}
    scenarios = [
        {key: value for key, value in scenario.items() if key != "targets"}
        for scenario in plan.get("scenarios", [])
    ]
    return _digest([{k: v for k, v in plan.items() if k not in judged}, scenarios])


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:32]


def check_addresses(lab: Lab, plan: Plan, endpoints: Mapping[str, Endpoint]) -> None:
    """Checks where the load goes, and the set-up request."""
    chosen = {plan.setup.url if plan.setup is not None else None, plan.base_url}
    for url in sorted(url for url in chosen | load_addresses(plan, endpoints) if url):
        try:
            lab.fetcher.policy.check_url(url)
        except Problem as problem:
            if url not in chosen:
                problem.detail += (
                    f" The document sends the load to {url[:200]}; "
                    "a base URL of your own (`base_url`, `--base-url`) sends it elsewhere."
                )
            raise


def load_addresses(plan: Plan, endpoints: Mapping[str, Endpoint]) -> set[str]:
    """The base addresses that the load goes to: the plan's own, or else the documents'."""
    if plan.base_url is not None:
        return {plan.base_url}
    used = (endpoints.get(str(s.endpoint)) for s in plan.scenarios if s.endpoint is not None)
    return {e.base_url for e in used if e is not None and e.base_url}


def _removed(plan: Plan, endpoints: Mapping[str, Endpoint]) -> list[str]:
    gone = {str(s.endpoint) for s in plan.scenarios if s.endpoint is not None}
    labels = [e.label for key, e in endpoints.items() if key in gone and e.is_removed]
    if not labels:
        return []
    named = ", ".join(labels[:5]) + (f" and {len(labels) - 5} more" if len(labels) > 5 else "")
    return [f"The document no longer describes {named}."]


def require_secrets(session: ReadSession, project_id: int, names: Collection[str]) -> None:
    """Raises `Invalid` that names each secret which the project lacks."""
    if not names:
        return
    missing = sorted(set(names) - repository.known_secrets(session, project_id, names))
    if missing:
        raise Invalid(
            "The project lacks a secret that the load test uses.",
            [
                {"field": "secrets", "message": f"Store a secret {name} in the project first"}
                for name in missing
            ],
        )
