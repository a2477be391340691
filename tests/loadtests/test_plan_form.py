from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.kit.errors import BadRequest, Invalid
from benchwright.loadtests.form_values import parse_value
from benchwright.loadtests.plan import parse_plan
from benchwright.loadtests.plan_form import (
    errors_by_field,
    field_of,
    fields_by_place,
    kept_fields,
    new_form,
    read_form,
    sent_endpoints,
)
from benchwright.loadtests.plan_intake import TAKES, plan_of
from benchwright.loadtests.scenarios import EXECUTORS
from tests.loadtests.items_api import ADD, ENDPOINTS, LIST


def sent(**changes: str) -> dict[str, str]:
    """What a browser sends of a new form, with some fields changed."""
    form = new_form(ENDPOINTS, "a test", "http://127.0.0.1:9")
    return form.sent() | {name.replace("__", "."): text for name, text in changes.items()}


def made(**changes: str) -> dict[str, Any]:
    return plan_of(read_form(sent(**changes), ENDPOINTS))


def test_a_new_form_is_a_valid_plan() -> None:
    plan = parse_plan(made())
    assert plan.base_url == "http://127.0.0.1:9"
    assert [s.name for s in plan.scenarios] == ["GET /items/{id}", "POST /items"]
    first = plan.scenarios[0]
    assert first.executor == "constant-arrival-rate"
    assert first.targets.response_time is not None
    assert (first.targets.response_time.stat, first.targets.response_time.ms) == ("p95", 500)
    assert first.targets.error_rate == 0.01
    assert first.body is None


@pytest.mark.parametrize("executor", EXECUTORS)
def test_every_executor_takes_its_own_fields_only(executor: str) -> None:
    plan = made(scenarios__0__executor=executor)
    parse_plan(plan)
    sent_fields = set(plan["scenarios"][0]) - {"name", "endpoint", "executor", "targets"}
    assert sent_fields <= set(TAKES[executor])


def test_stages_are_written_in_one_line() -> None:
    plan = made(scenarios__0__executor="ramping-vus", scenarios__0__stages="10s:5, 1m30s:50;5s:0")
    assert plan["scenarios"][0]["stages"] == [
        {"duration": "10s", "target": 5},
        {"duration": "1m30s", "target": 50},
        {"duration": "5s", "target": 0},
    ]


def test_a_malformed_stage_is_named() -> None:
    with pytest.raises(Invalid) as caught:
        made(scenarios__0__executor="ramping-vus", scenarios__0__stages="fast")
    assert caught.value.errors[0]["field"] == "scenarios.0.stages"
    assert "30s:50" in caught.value.errors[0]["message"]


def test_what_is_no_number_is_left_for_the_plan_to_refuse() -> None:
    with pytest.raises(Invalid) as caught:
        parse_plan(made(scenarios__1__rate="many"))
    assert [error["field"] for error in caught.value.errors] == ["scenarios.1.rate"]


def test_empty_targets_are_no_targets() -> None:
    plan = made(**{"scenarios.0.targets.response_time": "", "scenarios.0.targets.error_rate": " "})
    assert "targets" not in plan["scenarios"][0]


def test_an_error_rate_may_be_written_with_its_sign() -> None:
    plan = made(**{"scenarios.0.targets.error_rate": "2.5%"})
    assert parse_plan(plan).scenarios[0].targets.error_rate == 0.025


def test_values_go_to_their_places() -> None:
    plan = made(**{"scenarios.0.values.path.id": "[1, 2]", "scenarios.0.headers.X-Trace": "on"})
    scenario = parse_plan(plan).scenarios[0]
    assert plan["scenarios"][0]["values"] == {"path": {"id": [1, 2]}}
    assert scenario.values.path["id"].values == [1, 2]  # type: ignore[union-attr]  # a list was sent
    assert plan["scenarios"][0]["headers"] == {"X-Trace": "on"}


def test_the_example_body_is_not_repeated_in_the_plan() -> None:
    assert "body" not in made(scenarios__1__body='{\r\n  "name": "a"\r\n}')["scenarios"][1]


def test_another_body_is() -> None:
    plan = made(scenarios__1__body='{"name": "b"}')
    assert plan["scenarios"][1]["body"] == {
        "media_type": "application/json",
        "content": {"name": "b"},
    }


def test_a_body_that_is_no_json_is_named() -> None:
    with pytest.raises(Invalid) as caught:
        made(scenarios__1__body="{name: b}")
    assert caught.value.errors[0]["field"] == "scenarios.1.body"


def test_an_endpoint_that_is_gone_is_named() -> None:
    texts = sent(**{"scenarios.1.endpoint": "gone"})
    assert sent_endpoints(texts) == [LIST, "gone"]
    form = read_form(texts, ENDPOINTS)
    assert [s.is_gone for s in form.scenarios] == [False, True]
    assert field_of("scenarios.1.endpoint", fields_by_place(form)) == "scenarios.1.name"


def test_errors_stand_at_the_nearest_field() -> None:
    texts = sent(**{
        "scenarios.0.checks.4.value": "200", "scenarios.0.checks.4.kind": "status",
        "data_files.7.name": "users", "data_files.7.csv": "id",
    })  # fmt: skip
    places = fields_by_place(read_form(texts, ENDPOINTS))
    errors = [
        {"field": "scenarios.0.stages.1.duration", "message": "first"},
        {"field": "scenarios.0.stages.2.duration", "message": "second"},
        {"field": "setup.path", "message": "address"},
        {"field": "scenarios.0.checks.0.status.0", "message": "check"},
        {"field": "data_files.users.csv", "message": "file"},
        {"field": "scenarios.0.targets.response_time.ms", "message": "target"},
    ]
    assert errors_by_field(errors, places) == {
        "scenarios.0.stages": "first",
        "setup.address": "address",
        "scenarios.0.checks.0.value": "check",
        "data_files.0.csv": "file",
        "scenarios.0.targets.response_time": "target",
    }
    assert field_of("elsewhere", places) == ""


def test_scenarios_come_in_the_order_of_their_fields() -> None:
    texts = sent()
    moved = {n: t for n, t in texts.items() if n.startswith("scenarios.1.")}
    form = read_form({"name": "x", **moved, **texts}, ENDPOINTS)
    assert [s.endpoint_id for s in form.scenarios] == [ADD, LIST]
    assert [s.prefix for s in form.scenarios] == ["scenarios.0", "scenarios.1"]


def test_a_folded_scenario_is_the_same() -> None:
    whole = read_form(sent(scenarios__1__rate="77", scenarios__1__duration=""), ENDPOINTS)
    texts = {n: t for n, t in whole.sent().items() if not n.startswith("scenarios.1.")}
    folded = read_form(texts | {"scenarios.1.fields": whole.scenarios[1].folded}, ENDPOINTS)
    assert {n: t for n, t in folded.scenarios[1].values.items() if t} == {
        n: t for n, t in whole.scenarios[1].values.items() if t
    }


@pytest.mark.parametrize("text", ["", "[]", "{", '{"endpoint": 1}', "[" * 100_000])
def test_what_cannot_be_unfolded_is_refused(text: str) -> None:
    with pytest.raises(BadRequest):
        read_form({"scenarios.0.fields": text}, ENDPOINTS)


def test_a_draft_keeps_what_the_page_has_fields_for() -> None:
    texts = sent(then="draft", form_key="x", **{"scenarios.0.odd": "x", "authorisation.header": ""})
    kept = kept_fields(read_form(texts, ENDPOINTS))
    assert not {"then", "form_key", "scenarios.0.odd"} & kept.keys()
    assert kept["authorisation.header"] == ""
    assert read_form(kept, ENDPOINTS).sent()["scenarios.0.rate"] == "10"


@pytest.mark.parametrize(
    "text, value",
    [
        ("7", 7), ("007", "007"), ("1e3", "1e3"), ("a b ", "a b"), ("true", "true"),
        ("[1, 2]", [1, 2]), ('"7"', "7"), ('{"generate": "uuid"}', {"generate": "uuid"}),
    ],
)  # fmt: skip
def test_values_are_json_where_they_are_json(text: str, value: Any) -> None:
    assert parse_value(text) == value


@given(st.dictionaries(st.text(max_size=40), st.text(max_size=40), max_size=20))
def test_whatever_is_sent_is_a_form(texts: dict[str, str]) -> None:
    assert json.dumps(plan_of(read_form(texts, ENDPOINTS)))
