"""From a plan to the form that shows it, without losing anything."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from benchwright.kit.errors import Invalid
from benchwright.loadtests.endpoints import Endpoint
from benchwright.loadtests.form_rows import check_rows, data_file_rows, row_texts, rule_rows
from benchwright.loadtests.form_values import (
    lines_text,
    number_text,
    percent_text,
    stages_text,
    think_time_text,
    value_text,
)
from benchwright.loadtests.plan import Plan, dump_plan, parse_plan
from benchwright.loadtests.plan_form import (
    AREAS,
    DEFAULTS,
    GONE,
    MAX_SCENARIOS,
    PLAN_DEFAULTS,
    PlanForm,
    ScenarioFields,
    value_name,
)
from benchwright.loadtests.plan_intake import TAKES, has_json_body, plan_of

_TEXTS = ("duration", "time_unit", "max_duration", "graceful_ramp_down", "start_time",
          "graceful_stop", "method", "path")  # fmt: skip
_NUMBERS = ("rate", "vus", "iterations", "start_rate", "start_vus", "pre_allocated_vus", "max_vus")


def form_of(plan: Plan, endpoints: Mapping[str, Endpoint], description: str = "") -> PlanForm:
    """The form of a plan; `unshown` says what it would lose."""
    data = dump_plan(plan)
    texts = {**PLAN_DEFAULTS, "name": plan.name, "description": description}
    for name in ("base_url", "request_timeout", "setup_timeout"):
        texts[name] = data.get(name) or ""
    for name in ("target_tps", "seed"):
        texts[name] = number_text(data[name]) if data.get(name) is not None else ""
    for name in ("insecure_tls", "no_redirects"):
        texts[name] = "on" if data.get(name) else ""
    if data.get("think_time_s"):
        texts["think_time_s"] = think_time_text(data["think_time_s"])
    texts["headers"] = lines_text(data.get("headers", {}))
    texts["environment"] = "\n".join(f"{n}={t}" for n, t in data.get("environment", {}).items())
    if data.get("authorisation"):
        texts |= _authorisation_texts(data["authorisation"])
    if data.get("setup"):
        texts |= _setup_texts(data["setup"])
    texts |= row_texts("checks", check_rows(data.get("checks", [])))
    texts |= row_texts("auto_stop", rule_rows(data.get("auto_stop", [])))
    texts |= row_texts("data_files", data_file_rows(data.get("data_files", {})))
    scenarios = [_fields(i, s, endpoints) for i, s in enumerate(data["scenarios"])]
    return PlanForm(texts, scenarios)


def unshown(plan: Plan, form: PlanForm) -> list[str]:
    """The parts of a plan that this form does not show, or not as they are."""
    if len(form.scenarios) > MAX_SCENARIOS:
        return [f"{len(form.scenarios)} scenarios; the form shows {MAX_SCENARIOS}"]
    lost = [f"the endpoint of “{s.label}”" for s in form.scenarios if s.is_gone]
    lost += [name for name, text in form.sent().items() if _breaks(name, text)]
    if lost:
        return lost
    try:
        again = parse_plan(plan_of(form))
    except Invalid as problem:
        return [error["field"] for error in problem.errors]
    return list(_differences(meaning(plan), meaning(again), ""))


def meaning(plan: Plan) -> dict[str, Any]:
    """Everything that a plan says, its defaults too."""
    data = plan.model_dump(mode="json")
    for scenario, dumped in zip(plan.scenarios, data["scenarios"], strict=True):
        if scenario.endpoint is None:
            dumped["method"] = scenario.effective_method
    return data


def _breaks(name: str, text: str) -> bool:
    """Whether a browser sends another text than it was given."""
    is_area = name in AREAS or name.rpartition(".")[2] in AREAS
    return "\r" in text or ("\n" in text and not is_area) or text.startswith("\n")


def _differences(before: Any, after: Any, place: str) -> list[str]:
    if before == after and type(before) is type(after):
        return []
    if isinstance(before, dict) and isinstance(after, dict):
        return [
            found
            for key in {**before, **after}
            for found in _differences(
                before.get(key), after.get(key), f"{place}.{key}" if place else key
            )
        ]
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        return [
            found
            for i, (old, new) in enumerate(zip(before, after, strict=True))
            for found in _differences(old, new, f"{place}.{i}")
        ]
    return [place]


def _authorisation_texts(authorisation: Mapping[str, Any]) -> dict[str, str]:
    texts = {"authorisation.secret": authorisation["secret"]}
    if authorisation.get("user") is not None:
        return texts | {
            "authorisation.kind": "basic", "authorisation.user": authorisation["user"]
        }  # fmt: skip
    header = authorisation.get("header", "Authorization")
    form = authorisation.get("format", "Bearer {secret}")
    if (header, form) == ("Authorization", "Bearer {secret}"):
        return texts | {"authorisation.kind": "bearer"}
    return texts | {
        "authorisation.kind": "header", "authorisation.header": header,
        "authorisation.format": form,
    }  # fmt: skip


def _setup_texts(setup: Mapping[str, Any]) -> dict[str, str]:
    texts = {
        "setup": "on",
        "setup.method": setup.get("method", "POST"),
        "setup.address": setup.get("path") or setup.get("url") or "",
        "setup.headers": lines_text(setup.get("headers", {})),
        "setup.values": lines_text(setup.get("values", {})),
        "setup.token_pointer": setup["token_pointer"],
    }
    texts |= {f"setup.{name}": setup[name] for name in ("header", "format") if name in setup}
    if setup.get("body"):
        texts["setup.body"] = _content_text(setup["body"])
        texts["setup.body.media_type"] = _media_type(setup["body"])
        texts["setup.body.template"] = "off" if setup["body"].get("template") is False else ""
    return texts


def _fields(
    index: int, scenario: Mapping[str, Any], endpoints: Mapping[str, Endpoint]
) -> ScenarioFields:
    key = str(scenario.get("endpoint") or "")
    by_hand = Endpoint(scenario.get("method") or "GET", scenario.get("path") or "/")
    endpoint = endpoints.get(key, GONE) if key else by_hand
    values = {**DEFAULTS, "name": scenario["name"], "executor": scenario["executor"]}
    # What is left out keeps the plan's default, not that of a new form.
    values |= dict.fromkeys(TAKES[scenario["executor"]], "")
    if not key:
        values["method"] = "GET"
    values |= {name: scenario[name] for name in _TEXTS if scenario.get(name) is not None}
    values |= {
        name: number_text(scenario[name]) for name in _NUMBERS if scenario.get(name) is not None
    }
    if "stages" in scenario:
        values["stages"] = stages_text(scenario["stages"])
    if scenario.get("think_time_s"):
        values["think_time_s"] = think_time_text(scenario["think_time_s"])
    values |= _target_texts(scenario.get("targets") or {})
    values |= row_texts("checks", check_rows(scenario.get("checks", [])))
    values |= _value_texts(scenario, endpoint)
    if scenario.get("body"):
        body = scenario["body"]
        values |= {"body": _content_text(body), "body.own": "on"}
        if endpoint.body is None or _media_type(body) != endpoint.body.media_type:
            values["body.media_type"] = _media_type(body)
        if body.get("template") is False:
            values["body.template"] = "off"
    return ScenarioFields(index, key, endpoint, values)


def _target_texts(targets: Mapping[str, Any]) -> dict[str, str]:
    texts = {name: "" for name in DEFAULTS if name.startswith("targets.")}
    texts["targets.response_time.stat"] = DEFAULTS["targets.response_time.stat"]
    if time := targets.get("response_time"):
        texts["targets.response_time"] = number_text(time["ms"])
        texts["targets.response_time.stat"] = time.get("stat", "p95")
    if targets.get("error_rate") is not None:
        texts["targets.error_rate"] = percent_text(targets["error_rate"])
    return texts


def _value_texts(scenario: Mapping[str, Any], endpoint: Endpoint) -> dict[str, str]:
    named = {value_name(p.location, p.name) for p in endpoint.parameters}
    texts: dict[str, str] = {}
    further: dict[str, Any] = {}
    for location, sources in (scenario.get("values") or {}).items():
        for name, source in sources.items():
            place = value_name(location, name)
            if place in named:
                texts[place] = value_text(source)
            else:
                further[f"{location}.{name}"] = source
    headers = scenario.get("headers") or {}
    texts |= {f"headers.{n}": value_text(s) for n, s in headers.items() if f"headers.{n}" in named}
    others = {n: s for n, s in headers.items() if f"headers.{n}" not in named}
    return texts | {"values": lines_text(further), "headers": lines_text(others)}


def _media_type(body: Mapping[str, Any]) -> str:
    return str(body.get("media_type", "application/json"))


def _content_text(body: Mapping[str, Any]) -> str:
    content = body["content"]
    if isinstance(content, str) and not has_json_body(_media_type(body)):
        return content
    return json.dumps(content, ensure_ascii=False, indent=2)
