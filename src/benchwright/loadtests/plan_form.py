"""A plan as the fields of a form: new ones for endpoints, those that were sent, and their errors.

A field's name is the place in the plan that it becomes, as error messages name it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field

from benchwright.kit.errors import BadRequest, FieldError
from benchwright.loadtests.endpoints import Endpoint
from benchwright.loadtests.form_rows import COLUMNS, MAIN, Row, row_texts, rows_of
from benchwright.loadtests.form_values import parse_json

DEFAULT_EXECUTOR = "constant-arrival-rate"
DEFAULTS = {
    "executor": DEFAULT_EXECUTOR,
    "rate": "10",
    "vus": "5",
    "duration": "30s",
    "iterations": "100",
    "stages": "10s:10, 20s:10, 5s:0",
    "targets.response_time": "500",
    "targets.response_time.stat": "p95",
    "targets.error_rate": "1",
}
FURTHER = (
    "start_rate", "start_vus", "time_unit", "pre_allocated_vus", "max_vus", "max_duration",
    "graceful_ramp_down", "start_time", "graceful_stop", "think_time_s",
    "name", "method", "path", "values", "headers", "body", "body.media_type", "body.template",
    "body.own",
)  # fmt: skip
"""Fields of a scenario that are empty unless someone fills them."""

PLAN_DEFAULTS = {
    "name": "", "description": "", "base_url": "", "think_time_s": "", "headers": "",
    "environment": "", "target_tps": "", "seed": "", "request_timeout": "", "setup_timeout": "",
    "insecure_tls": "", "no_redirects": "",
    "authorisation.kind": "none", "authorisation.secret": "", "authorisation.user": "",
    "authorisation.header": "X-Api-Key", "authorisation.format": "{secret}",
    "setup": "", "setup.method": "POST", "setup.address": "", "setup.headers": "",
    "setup.body": "", "setup.body.media_type": "application/json", "setup.body.template": "", "setup.values": "",
    "setup.token_pointer": "", "setup.header": "Authorization", "setup.format": "Bearer {token}",
}  # fmt: skip

AREAS = frozenset({
    "description", "headers", "environment", "setup.headers", "setup.body", "setup.values",
    "body", "values", "csv",
})  # fmt: skip
"""Fields of several lines; the others lose line ends in a browser."""

MAX_SCENARIOS = 200
"""More are possible in the plan's text, where nobody has to scroll past them."""

GONE = Endpoint("GET", "an endpoint that is no longer there")
"""Stands for an endpoint that its document or project has lost."""

_NAMES = frozenset({*DEFAULTS, *FURTHER})
_OPEN = ("values.", "headers.")
_SCENARIO = re.compile(r"scenarios\.(\d{1,6})\.(.{1,1200})", re.ASCII | re.DOTALL)


@dataclass
class ScenarioFields:
    """The fields of one scenario, and the endpoint that it requests."""

    index: int
    endpoint_id: str
    """Empty for a request that was written by hand."""
    endpoint: Endpoint
    values: dict[str, str] = field(default_factory=dict)

    @property
    def prefix(self) -> str:
        """How the names of its fields begin."""
        return f"scenarios.{self.index}"

    @property
    def is_gone(self) -> bool:
        """Whether nobody knows its endpoint any more."""
        return self.endpoint is GONE

    @property
    def label(self) -> str:
        """What it is called while it has no name."""
        return self.get("name").strip() or self.endpoint.label

    @property
    def body_example(self) -> str:
        """The body that is sent if none is given, as it is edited."""
        return body_text(self.endpoint)

    @property
    def folded(self) -> str:
        """All its fields in one, for a card that nobody has opened."""
        kept = {n: t for n, t in self.values.items() if t != DEFAULTS.get(n, "")}
        kept |= {n: "" for n, t in DEFAULTS.items() if t and not self.values.get(n, "")}
        return json.dumps(kept | {"endpoint": self.endpoint_id}, ensure_ascii=False)

    def get(self, name: str) -> str:
        """What stands in a field."""
        return self.values.get(name, "")

    def rows(self, kind: str) -> list[Row]:
        """The rows of a list."""
        return rows_of(self.values, kind)


@dataclass
class PlanForm:
    """All fields of the form."""

    texts: dict[str, str]
    scenarios: list[ScenarioFields]

    def get(self, name: str) -> str:
        """What stands in a field of the plan itself."""
        return self.texts.get(name, "")

    def rows(self, kind: str) -> list[Row]:
        """The rows of a list of the plan itself."""
        return rows_of(self.texts, kind)

    def sent(self) -> dict[str, str]:
        """As a browser sends it."""
        texts = dict(self.texts)
        for scenario in self.scenarios:
            texts[f"{scenario.prefix}.endpoint"] = scenario.endpoint_id
            texts |= {f"{scenario.prefix}.{name}": t for name, t in scenario.values.items()}
        return texts

    def renumber(self) -> None:
        """After scenarios were moved, removed or added."""
        for index, scenario in enumerate(self.scenarios):
            scenario.index = index


def new_form(endpoints: Mapping[str, Endpoint], name: str, base_url: str) -> PlanForm:
    """A form with one scenario for each endpoint and sensible values."""
    texts = {**PLAN_DEFAULTS, "name": name, "base_url": base_url}
    form = PlanForm(texts, [])
    add_endpoints(form, endpoints)
    return form


def add_endpoints(form: PlanForm, endpoints: Mapping[str, Endpoint]) -> None:
    """Appends a scenario for each endpoint."""
    for key, endpoint in endpoints.items():
        values = {**DEFAULTS, "name": endpoint.label}
        form.scenarios.append(ScenarioFields(len(form.scenarios), key, endpoint, values))


def sent_endpoints(sent: Mapping[str, str]) -> list[str]:
    """The endpoints of a sent form's scenarios, in their order."""
    return [texts["endpoint"] for texts in _sent_scenarios(sent)[1] if texts["endpoint"]]


def read_form(sent: Mapping[str, str], endpoints: Mapping[str, Endpoint]) -> PlanForm:
    """The form as it was sent; scenarios are in the order in which their fields came."""
    texts, groups = _sent_scenarios(sent)
    # Only what fields of the page send: what a draft keeps is not for others to fill.
    known = {name: text for name, text in _compact(texts).items() if _is_known(name, PLAN_DEFAULTS)}
    form = PlanForm({**_without_boxes(PLAN_DEFAULTS, texts), **known}, [])
    for index, values in enumerate(groups[:MAX_SCENARIOS]):
        key = values.pop("endpoint")
        by_hand = Endpoint(values.get("method") or "GET", values.get("path") or "/")
        endpoint = endpoints.get(key, GONE) if key else by_hand
        kept = {name: text for name, text in _compact(values).items() if _is_known(name, _NAMES)}
        fields = ScenarioFields(index, key, endpoint, kept)
        if not fields.get("body.own") and fields.get("body").strip() == fields.body_example.strip():
            kept.pop("body", None)
        form.scenarios.append(fields)
    return form


def fields_by_place(form: PlanForm) -> dict[str, str]:
    """Places in the plan that errors name, and the field of the page that shows each."""
    places = {name: name for name in PLAN_DEFAULTS}
    places |= {
        "setup.path": "setup.address", "setup.url": "setup.address",
        "authorisation": "authorisation.secret", "secrets": "authorisation.secret",
    }  # fmt: skip
    places |= _row_places(form.texts, "")
    for scenario in form.scenarios:
        start = scenario.prefix
        names = [*DEFAULTS, *FURTHER]
        names += [value_name(p.location, p.name) for p in scenario.endpoint.parameters]
        places |= {f"{start}.{name}": f"{start}.{name}" for name in names}
        places[f"{start}.endpoint"] = places[start] = f"{start}.name"
        places |= _row_places(scenario.values, start + ".")
    return places


def errors_by_field(errors: Iterable[FieldError], places: Mapping[str, str]) -> dict[str, str]:
    """Each error at the field that shows it: its own, or the nearest one around it."""
    placed: dict[str, str] = {}
    for error in errors:
        placed.setdefault(field_of(error["field"], places) or error["field"], error["message"])
    return placed


def field_of(place: str, places: Mapping[str, str]) -> str:
    """The field that shows an error, or nothing where the page has none for it."""
    while place and place not in places:
        place = place.rpartition(".")[0]
    return places.get(place, "")


def value_name(location: str, name: str) -> str:
    """The field of a parameter's value."""
    return f"headers.{name}" if location == "header" else f"values.{location}.{name}"


def body_text(endpoint: Endpoint) -> str:
    """An endpoint's example body as text."""
    if endpoint.body is None or endpoint.body.example is None:
        return ""
    example = endpoint.body.example
    return (
        example if isinstance(example, str) else json.dumps(example, ensure_ascii=False, indent=2)
    )


def _sent_scenarios(sent: Mapping[str, str]) -> tuple[dict[str, str], list[dict[str, str]]]:
    texts: dict[str, str] = {}
    groups: dict[str, dict[str, str]] = {}
    for name, text in sent.items():
        # Forms send the line ends of another age.
        plain = text.replace("\r\n", "\n")
        match = _SCENARIO.fullmatch(name)
        if match is None:
            texts[name] = plain
        elif match[2] == "fields":
            groups.setdefault(match[1], {}).update(_unfold(text))
        else:
            groups.setdefault(match[1], {})[match[2]] = plain
    return texts, [group for group in groups.values() if "endpoint" in group]


def _unfold(text: str) -> dict[str, str]:
    try:
        found = parse_json(text)
    except ValueError:
        found = None
    if not isinstance(found, dict) or not all(isinstance(t, str) for t in found.values()):
        raise BadRequest("The form sends a scenario in a way that cannot be read.")
    return {**DEFAULTS, **found}


def _compact(texts: Mapping[str, str]) -> dict[str, str]:
    """The same fields with rows numbered anew, empty ones left out."""
    lists = tuple(f"{kind}." for kind in COLUMNS)
    compact = {name: text for name, text in texts.items() if not name.startswith(lists)}
    for kind in COLUMNS:
        compact |= row_texts(kind, rows_of(texts, kind))
    return compact


def _without_boxes(presets: Mapping[str, str], texts: Mapping[str, str]) -> dict[str, str]:
    # An empty box is not sent; whoever sends a name but no box has unticked it.
    boxes = {"setup", "insecure_tls", "no_redirects"} if "name" in texts else set()
    return {name: text for name, text in presets.items() if name not in boxes}


def _is_known(name: str, names: Container[str]) -> bool:
    return name in names or name.startswith(_OPEN) or name.partition(".")[0] in COLUMNS


def _row_places(texts: Mapping[str, str], start: str) -> dict[str, str]:
    places: dict[str, str] = {}
    for kind, columns in COLUMNS.items():
        for i, row in enumerate(rows_of(texts, kind)):
            place = f"{start}{kind}.{i}"
            places[place] = f"{place}.{MAIN[kind]}"
            if kind == "data_files":
                places[f"data_files.{row.get('name', '').strip()}"] = places[place]
            places |= {f"{place}.{column}": f"{place}.{column}" for column in columns}
    return places


def kept_fields(form: PlanForm) -> dict[str, str]:
    """What a draft keeps of the form."""
    return {
        name: text
        for name, text in form.sent().items()
        if text or name.endswith("endpoint") or PLAN_DEFAULTS.get(name)
    }
