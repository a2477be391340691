"""From the form to the plan that its fields describe."""

from __future__ import annotations

from typing import Any

from benchwright.kit.errors import FieldError, Invalid
from benchwright.loadtests.form_rows import parse_checks, parse_data_files, parse_rules
from benchwright.loadtests.form_values import (
    parse_json,
    parse_lines,
    parse_number,
    parse_percent,
    parse_stages,
    parse_think_time,
    parse_value,
    parse_variables,
)
from benchwright.loadtests.plan_form import (
    DEFAULT_EXECUTOR,
    PlanForm,
    ScenarioFields,
    value_name,
)

TAKES = {
    "constant-vus": ("vus", "duration"),
    "ramping-vus": ("stages", "start_vus", "graceful_ramp_down"),
    "constant-arrival-rate": ("rate", "duration", "time_unit", "pre_allocated_vus", "max_vus"),
    "ramping-arrival-rate": (
        "stages", "start_rate", "time_unit", "pre_allocated_vus", "max_vus",
    ),
    "shared-iterations": ("vus", "iterations", "max_duration"),
    "per-vu-iterations": ("vus", "iterations", "max_duration"),
}  # fmt: skip
"""Which fields an executor takes; the others are not sent with the plan."""

_DURATIONS = frozenset({"duration", "time_unit", "max_duration", "graceful_ramp_down"})
_OBJECTS = ("application/x-www-form-urlencoded", "multipart/form-data")
_LOCATIONS = ("path", "query", "cookie", "body")


def plan_of(form: PlanForm) -> dict[str, Any]:
    """The plan that the fields describe; raises `Invalid` for what cannot be read at all."""
    errors: list[FieldError] = []
    plan: dict[str, Any] = {"name": form.get("name").strip()}
    for name in ("base_url", "request_timeout", "setup_timeout"):
        if text := form.get(name).strip():
            plan[name] = text
    for name in ("target_tps", "seed"):
        if text := form.get(name).strip():
            plan[name] = parse_number(text)
    if text := form.get("think_time_s").strip():
        plan["think_time_s"] = parse_think_time(text)
    plan |= {name: True for name in ("insecure_tls", "no_redirects") if form.get(name)}
    if headers := parse_lines(form.get("headers"), "headers", errors):
        plan["headers"] = headers
    if environment := parse_variables(form.get("environment"), errors):
        plan["environment"] = environment
    if form.get("authorisation.kind") not in ("", "none"):
        plan["authorisation"] = _authorisation(form)
    if form.get("setup"):
        plan["setup"] = _setup(form, errors)
    plan |= {
        name: found
        for name, found in (
            ("checks", parse_checks(form.rows("checks"))),
            ("auto_stop", parse_rules(form.rows("auto_stop"))),
            ("data_files", parse_data_files(form.rows("data_files"), errors)),
        )
        if found
    }
    plan["scenarios"] = [_scenario(fields, errors) for fields in form.scenarios]
    if errors:
        raise Invalid("Some values are not valid.", errors)
    return plan


def load_of(fields: ScenarioFields, errors: list[FieldError]) -> dict[str, Any]:
    """The part of a scenario that says how it is loaded."""
    executor = fields.get("executor") or DEFAULT_EXECUTOR
    load: dict[str, Any] = {"executor": executor}
    for name in TAKES.get(executor, ()):
        text = fields.get(name).strip()
        if name == "stages":
            load[name] = parse_stages(text, f"{fields.prefix}.stages", errors)
        elif text:
            load[name] = text if name in _DURATIONS else parse_number(text)
    for name in ("start_time", "graceful_stop"):
        if text := fields.get(name).strip():
            load[name] = text
    if text := fields.get("think_time_s").strip():
        load["think_time_s"] = parse_think_time(text)
    return load


def targets_of(fields: ScenarioFields) -> dict[str, Any]:
    """The targets of a scenario."""
    targets: dict[str, Any] = {}
    if response_time := fields.get("targets.response_time").strip():
        stat = fields.get("targets.response_time.stat").strip() or "p95"
        targets["response_time"] = {"stat": stat, "ms": parse_number(response_time)}
    if error_rate := fields.get("targets.error_rate").strip():
        targets["error_rate"] = parse_percent(error_rate)
    return targets


def has_json_body(media_type: str) -> bool:
    """Whether a body of this type is written as JSON in the form."""
    return "json" in media_type or media_type in _OBJECTS


def _authorisation(form: PlanForm) -> dict[str, Any]:
    authorisation = {"secret": form.get("authorisation.secret").strip()}
    match form.get("authorisation.kind"):
        case "basic":
            authorisation["user"] = form.get("authorisation.user").strip()
        case "header":
            authorisation |= {
                name: form.get(f"authorisation.{name}").strip() for name in ("header", "format")
            }
    return authorisation


def _setup(form: PlanForm, errors: list[FieldError]) -> dict[str, Any]:
    address = form.get("setup.address").strip()
    setup: dict[str, Any] = {
        "method": form.get("setup.method") or "POST",
        "path" if address.startswith("/") or not address else "url": address,
        "token_pointer": form.get("setup.token_pointer").strip(),
    }
    for name in ("header", "format"):
        if text := form.get(f"setup.{name}").strip():
            setup[name] = text
    for name in ("headers", "values"):
        if found := parse_lines(form.get(f"setup.{name}"), f"setup.{name}", errors):
            setup[name] = found
    if text := form.get("setup.body"):
        media_type = form.get("setup.body.media_type").strip() or "application/json"
        setup["body"] = {
            "media_type": media_type,
            "content": _content(text, "setup.body", errors, is_json=has_json_body(media_type)),
        }
        if form.get("setup.body.template") == "off":
            setup["body"]["template"] = False
    return setup


def _scenario(fields: ScenarioFields, errors: list[FieldError]) -> dict[str, Any]:
    scenario: dict[str, Any] = {"name": fields.label}
    if fields.endpoint_id:
        scenario["endpoint"] = fields.endpoint_id
    else:
        scenario |= {
            "method": fields.get("method") or "GET", "path": fields.get("path").strip()
        }  # fmt: skip
    scenario |= load_of(fields, errors)
    if targets := targets_of(fields):
        scenario["targets"] = targets
    if checks := parse_checks(fields.rows("checks")):
        scenario["checks"] = checks
    _add_values(scenario, fields, errors)
    _add_body(scenario, fields, errors)
    return scenario


def _add_values(scenario: dict[str, Any], fields: ScenarioFields, errors: list[FieldError]) -> None:
    values: dict[str, dict[str, Any]] = {}
    headers: dict[str, Any] = {}
    for parameter in fields.endpoint.parameters:
        text = fields.get(value_name(parameter.location, parameter.name))
        if text.strip():
            place = (
                headers
                if parameter.location == "header"
                else values.setdefault(parameter.location, {})
            )
            place[parameter.name] = parse_value(text)
    headers |= parse_lines(fields.get("headers"), f"{fields.prefix}.headers", errors)
    where = f"{fields.prefix}.values"
    for name, value in parse_lines(fields.get("values"), where, errors).items():
        location, _, short = name.partition(".")
        if location not in _LOCATIONS or not short:
            message = f"“{name[:80]}”: begin with path., query., cookie. or body."
            errors.append({"field": where, "message": message})
            continue
        values.setdefault(location, {})[short] = value
    if values:
        scenario["values"] = values
    if headers:
        scenario["headers"] = headers


def _add_body(scenario: dict[str, Any], fields: ScenarioFields, errors: list[FieldError]) -> None:
    text, known = fields.get("body"), fields.endpoint.body
    is_example = text.strip() == fields.body_example.strip() and not fields.get("body.own")
    if not text.strip() or is_example:
        return
    documented = known.media_type if known else "application/json"
    media_type = fields.get("body.media_type").strip() or documented
    is_json = has_json_body(media_type) or (
        known is not None and media_type == documented and not isinstance(known.example, str | None)
    )
    content = _content(text, f"{fields.prefix}.body", errors, is_json=is_json)
    scenario["body"] = {"media_type": media_type, "content": content}
    if fields.get("body.template") == "off":
        scenario["body"]["template"] = False


def _content(text: str, name: str, errors: list[FieldError], *, is_json: bool) -> Any:
    if not is_json:
        return text
    try:
        return parse_json(text)
    except ValueError as error:
        errors.append({"field": name, "message": f"This is not JSON: {error}"})
        return text
