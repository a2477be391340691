"""What a run of a load test was told to do, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from benchwright.kit.db import ReadSession
from benchwright.kit.errors import Invalid
from benchwright.loadtests import repository
from benchwright.loadtests.plan import Plan, parse_plan
from benchwright.loadtests.plan_words import tell_load, tell_rule, tell_targets
from benchwright.loadtests.profile import ScenarioProfile, estimate
from benchwright.loadtests.scenarios import (
    ConstantArrivalRate,
    RampingArrivalRate,
    Scenario,
    ThinkTime,
)
from benchwright.runs.models import Run
from benchwright.runs.workload import Fact, PlannedPart, PlanView
from benchwright.web import figures

if TYPE_CHECKING:
    from benchwright.lab import Lab


class LoadTestDescription:
    """Implements `runs.workload.Description`."""

    def view_plan(self, spec: Mapping[str, Any]) -> PlanView:
        """The plan as facts; of a user's own script what is known of it."""
        if spec.get("script_kind") == "own" or not spec.get("plan"):
            return PlanView(list(_own_facts(spec)))
        try:
            plan = parse_plan(spec["plan"])
        except Invalid:
            # Frozen by another version of this program, whose rules were different.
            return PlanView([])
        requests = {ref.get("key"): ref for ref in spec.get("scenarios", [])}
        parts = [
            _part(plan, scenario, profile, requests.get(profile.key, {}))
            for scenario, profile in zip(plan.scenarios, estimate(plan).scenarios, strict=True)
        ]
        return PlanView(list(_plan_facts(plan)), parts)

    def write_plan(self, lab: Lab, run: Run) -> str:
        return ""

    def has_changed(self, session: ReadSession, run: Run) -> bool:
        """Whether the load test was changed since; its description and name do not count."""
        if run.load_test_id is None:
            return False
        load_test = repository.find_by_id(session, run.load_test_id)
        if load_test is None:
            return False
        if load_test.script_blob is not None:
            details = load_test.script_details
            now = (load_test.script_blob, details.get("files"), details.get("environment"))
            return now != tuple(run.spec.get(k) for k in ("script_blob", "files", "environment"))
        return {**(load_test.plan or {}), "name": ""} != {
            **(run.spec.get("plan") or {}),
            "name": "",
        }


def _part(
    plan: Plan, scenario: Scenario, profile: ScenarioProfile, ref: Mapping[str, Any]
) -> PlannedPart:
    method = ref.get("method") or scenario.effective_method
    return PlannedPart(
        key=profile.key,
        name=scenario.name,
        request=f"{method} {ref.get('path') or scenario.path or ''}".strip(),
        facts=list(_scenario_facts(plan, scenario)),
        unit="iterations/s" if profile.unit == "iterations/s" else "virtual users",
        points=profile.points,
    )


def _scenario_facts(plan: Plan, scenario: Scenario) -> Iterator[Fact]:
    yield Fact("Load", tell_load(scenario, in_full=True))
    if scenario.start_time:
        yield Fact("Starts after", figures.duration(scenario.start_time))
    if isinstance(scenario, ConstantArrivalRate | RampingArrivalRate) and scenario.max_vus:
        yield Fact("Virtual users", f"{scenario.max_vus:,} at most")
    if targets := tell_targets(scenario.targets):
        yield Fact("Targets", ", ".join(targets))
    think = scenario.think_time_s or plan.think_time_s
    if think.max_s:
        yield Fact("Think time", _think(think))
    checks = [*plan.checks, *scenario.checks]
    if checks:
        yield Fact("Checks", f"{len(checks)}")
    values = scenario.values
    sources = sum(len(part) for part in (values.path, values.query, values.cookie, values.body))
    if sources:
        yield Fact("Values", f"{sources} given")
    if scenario.body is not None:
        yield Fact("Body", scenario.body.media_type)


def _plan_facts(plan: Plan) -> Iterator[Fact]:
    if plan.base_url:
        yield Fact("Address", plan.base_url)
    if plan.target_tps is not None:
        yield Fact("Throughput target", f"≥ {_rate(plan.target_tps)}")
    if plan.think_time_s.max_s:
        yield Fact("Think time", _think(plan.think_time_s))
    if plan.authorisation is not None:
        yield Fact("Authorisation", f"{plan.authorisation.header} from {plan.authorisation.secret}")
    if plan.setup is not None:
        where = plan.setup.url or plan.setup.path
        yield Fact("Set-up request", f"{plan.setup.method} {where}")
    for name in plan.headers:
        yield Fact("Header", name)
    for rule in plan.auto_stop:
        yield Fact("Stops when", tell_rule(rule))
    for name in plan.data_files:
        yield Fact("Data file", name)
    yield Fact("Request timeout", figures.duration(plan.request_timeout))
    yield Fact("Seed", str(plan.seed))
    if plan.insecure_tls:
        yield Fact("TLS", "certificates are not checked")
    if plan.no_redirects:
        yield Fact("Redirects", "are not followed")


def _own_facts(spec: Mapping[str, Any]) -> Iterator[Fact]:
    yield Fact("Script", str(spec.get("script_name", "script.js")))
    for name in spec.get("files") or {}:
        yield Fact("Further file", str(name))
    for name, value in (spec.get("environment") or {}).items():
        yield Fact("Environment", f"{name}={value}")
    for name in spec.get("secrets") or []:
        yield Fact("Secret", str(name))


def _rate(per_s: float) -> str:
    return f"{figures.rate(per_s)}/s"


def _think(think: ThinkTime) -> str:
    if think.min_s == think.max_s:
        return figures.duration(think.min_s)
    return f"{figures.duration(think.min_s)} to {figures.duration(think.max_s)}"
