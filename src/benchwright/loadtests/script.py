"""The k6 script of a plan: one plain file that runs with `k6 run`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from benchwright.kit.errors import FieldError, Invalid
from benchwright.loadtests.endpoints import Endpoint
from benchwright.loadtests.javascript import ENVIRONMENT, Literal, literal
from benchwright.loadtests.loads import k6_scenario
from benchwright.loadtests.parts import Files, Table
from benchwright.loadtests.plan import Plan
from benchwright.loadtests.requests import Request, RequestWriter
from benchwright.loadtests.scenarios import BaseScenario
from benchwright.loadtests.targets import STANDARD_STATS, k6_stat, plain_number
from benchwright.loadtests.values import EnvironmentValue, SecretValue
from benchwright.version import VERSION

SYSTEM_TAGS = (
    "status",
    "method",
    "name",
    "scenario",
    "group",
    "check",
    "error_code",
    "expected_response",
)

ALWAYS_TRUE = {
    "http_req_duration": "max>=0",
    "http_req_failed": "rate>=0",
    "http_reqs": "count>=0",
    "iterations": "count>=0",
    "dropped_iterations": "count>=0",
    "checks": "rate>=0",
    "iteration_duration": "max>=0",
    "data_sent": "count>=0",
    "data_received": "count>=0",
}
"""Thresholds on `{scenario:…}` that never fail, so that k6 reports the figures."""

FEW_SCENARIOS = 100
MANY_SCENARIOS_REPORT = (
    "http_req_duration", "http_req_failed", "http_reqs", "dropped_iterations", "checks",
)  # fmt: skip
"""k6 compares each sample with each scenario of each reported metric: many cost processor time."""


@dataclass(frozen=True)
class ScriptScenario:
    """One scenario as metrics and pages know it."""

    key: str
    name: str
    method: str
    path: str


@dataclass(frozen=True)
class Script:
    """A script and what must be known to run it."""

    text: str
    secrets: tuple[str, ...]
    """Environment variables that must hold stored secrets."""
    scenarios: tuple[ScriptScenario, ...]


def generate_script(plan: Plan, endpoints: Mapping[str, Endpoint]) -> Script:
    """The script; `endpoints` by public id. Raises `Invalid` that names each faulty field."""
    errors: list[FieldError] = []
    files = Files(_tables(plan, errors))
    writer = RequestWriter(plan, files)
    requests: list[Request] = []
    scenarios: list[ScriptScenario] = []
    for index, scenario in enumerate(plan.scenarios):
        endpoint = _endpoint(scenario, endpoints)
        if endpoint is None:
            message = "There is no such endpoint in this project"
            errors.append({"field": f"scenarios.{index}.endpoint", "message": message})
            continue
        requests.append(writer.write_scenario(index, scenario, endpoint))
        scenarios.append(
            ScriptScenario(plan.scenario_key(index), scenario.name, endpoint.method, endpoint.path)
        )
    setup = writer.write_setup(plan.setup) if plan.setup is not None else None
    names = _variables(plan)
    errors += writer.errors
    errors += [
        {"field": "environment", "message": f"The variable {name} is used but not given"}
        for name in sorted(names.environment - plan.environment.keys())
    ]
    errors += [
        {"field": f"environment.{name}", "message": "A secret of this name is used as well"}
        for name in sorted(names.secrets & plan.environment.keys())
    ]
    if errors:
        raise Invalid("The plan cannot be turned into a script.", errors[:100])
    secrets = tuple(sorted(names.secrets))
    return Script(_render(plan, requests, setup, files, secrets), secrets, tuple(scenarios))


def target_thresholds(plan: Plan) -> dict[str, list[str]]:
    """All targets as k6 thresholds, by metric and submetric."""
    thresholds: dict[str, list[str]] = {}
    for index, scenario in enumerate(plan.scenarios):
        selector = f"{{scenario:{plan.scenario_key(index)}}}"
        targets = scenario.targets
        if targets.response_time is not None:
            thresholds[f"http_req_duration{selector}"] = [targets.response_time.expression]
        if targets.error_expression is not None:
            thresholds[f"http_req_failed{selector}"] = [targets.error_expression]
    if plan.target_tps is not None:
        thresholds["http_reqs"] = [f"rate>={plain_number(plan.target_tps)}"]
    return thresholds


def _render(
    plan: Plan,
    requests: list[Request],
    setup: Request | None,
    files: Files,
    secrets: tuple[str, ...],
) -> str:
    reported = ALWAYS_TRUE
    if len(requests) > FEW_SCENARIOS:
        reported = {metric: ALWAYS_TRUE[metric] for metric in MANY_SCENARIOS_REPORT}
    template = ENVIRONMENT.get_template("script.js.jinja")
    return template.render(
        plan_name=literal(plan.name),
        title=literal(plan.name),
        command_hint=Literal("".join(f"-e {name}=… " for name in secrets)),
        needed=[Literal(name) for name in secrets],
        needed_names=literal(list(secrets)),
        environment=literal(plan.environment),
        seed=literal(plan.seed),
        loads=[
            {
                "key": Literal(plan.scenario_key(index)),
                "options": literal(k6_scenario(scenario, plan)),
                "name": literal(scenario.name),
            }
            for index, scenario in enumerate(plan.scenarios)
        ],
        targets=[
            {"metric": literal(metric), "expressions": literal(expressions)}
            for metric, expressions in target_thresholds(plan).items()
        ],
        requests=[literal(request) for request in requests],
        files=[
            {
                "number": literal(number),
                "label": literal(f"file {number}"),
                "order": literal(file["order"]),
                "rows": [literal(row) for row in file["rows"]],
            }
            for number, file in enumerate(files.as_data())
        ],
        comma=Literal(", "),
        nothing=Literal(""),
        setup=literal(setup) if setup is not None else None,
        reported=literal(reported),
        options=literal(_options(plan)),
        timeout=literal(f"{round(plan.request_timeout * 1000)}ms"),
    )


def _options(plan: Plan) -> dict[str, Any]:
    options: dict[str, Any] = {
        "systemTags": SYSTEM_TAGS,
        "summaryTrendStats": [k6_stat(stat) for stat in _stats(plan)],
        "discardResponseBodies": True,
        "userAgent": f"Benchwright/{VERSION} (k6)",
    }
    if plan.setup is not None:
        options["setupTimeout"] = f"{round(plan.setup_timeout * 1000)}ms"
    if plan.insecure_tls:
        options["insecureSkipTLSVerify"] = True
    if plan.no_redirects:
        options["maxRedirects"] = 0
    return options


def _stats(plan: Plan) -> list[str]:
    wanted = [s.targets.response_time.stat for s in plan.scenarios if s.targets.response_time]
    return list(dict.fromkeys([*STANDARD_STATS, *wanted]))


def _endpoint(scenario: BaseScenario, endpoints: Mapping[str, Endpoint]) -> Endpoint | None:
    if scenario.endpoint is not None:
        return endpoints.get(str(scenario.endpoint))
    return Endpoint(scenario.effective_method, scenario.path or "/")


def _tables(plan: Plan, errors: list[FieldError]) -> dict[str, Table]:
    tables: dict[str, Table] = {}
    for name, file in plan.data_files.items():
        try:
            columns, rows = file.table
        except ValueError as error:
            errors.append({"field": f"data_files.{name}.csv", "message": str(error).capitalize()})
            continue
        tables[name] = (columns, rows, file.order)
    return tables


@dataclass(frozen=True)
class _Variables:
    environment: set[str]
    secrets: set[str]


def _variables(plan: Plan) -> _Variables:
    found = _Variables(set(), set())
    if plan.authorisation is not None:
        found.secrets.add(plan.authorisation.secret)
    for source in _all_sources(plan):
        if isinstance(source, SecretValue):
            found.secrets.add(source.secret)
        elif isinstance(source, EnvironmentValue):
            found.environment.add(source.env)
    return found


def _all_sources(plan: Plan) -> Iterable[Any]:
    yield from plan.headers.values()
    if plan.setup is not None:
        yield from plan.setup.headers.values()
        yield from plan.setup.values.values()
    for scenario in plan.scenarios:
        yield from scenario.headers.values()
        for values in (
            scenario.values.path, scenario.values.query, scenario.values.cookie,
            scenario.values.body,
        ):  # fmt: skip
            yield from values.values()
