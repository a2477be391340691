from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.kit.errors import Invalid
from benchwright.loadtests.plan import Plan, dump_plan, parse_plan
from benchwright.loadtests.targets import plain_number

SCENARIO = {"name": "a", "path": "/u/{id}", "executor": "constant-vus", "duration": "1s"}


def plan_of(**changes: Any) -> dict[str, Any]:
    """A plan whose one scenario has these fields; `...` takes one away."""
    scenario = {name: value for name, value in {**SCENARIO, **changes}.items() if value is not ...}
    return {"name": "n", "scenarios": [scenario]}


def faults_of(plan: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        parse_plan(plan)
    return {error["field"]: error["message"] for error in caught.value.errors}


@pytest.mark.parametrize(
    "changes, field, message",
    [
        ({"executor": "ramping-vus", "duration": ...}, "stages", "needs `stages`"),
        ({"executor": "ramping-vus", "duration": ..., "stages": []}, "stages", "needs `stages`"),
        (
            {"executor": "ramping-vus", "duration": ..., "stages": [{"duration": "5s", "target": 0}]},
            "stages",
            "target above zero",
        ),
        (
            {"executor": "ramping-vus", "stages": [{"duration": "5s", "target": 3}]},
            "duration",
            "that of its `stages`",
        ),
        ({"stages": [{"duration": "1s", "target": 1}]}, "stages", "belongs to ramping executors"),
        ({"rate": 5}, "rate", "belongs to arrival-rate executors"),
        ({"duration": "30 sec"}, "duration", "did you mean “30s”"),
        ({"duration": ...}, "duration", "needs a `duration`"),
        ({"duration": "900ms"}, "duration", "from 1s on"),
        ({"executor": "constant-arrival-rate"}, "rate", "needs a `rate`"),
        ({"executor": "constant-arrival-rate", "rate": 1, "vus": 3}, "vus", "`max_vus`"),
        (
            {"executor": "constant-arrival-rate", "rate": 1, "pre_allocated_vus": 9, "max_vus": 3},
            "max_vus",
            "must not be below `pre_allocated_vus`, 9",
        ),
        (
            {"executor": "shared-iterations", "duration": ..., "vus": 5, "iterations": 2},
            "iterations",
            "at least as many iterations",
        ),
        ({"executor": "shared-iterations", "duration": ...}, "iterations", "number of `iterations`"),
        ({"executor": "constant-vu"}, "executor", "constant-vus, ramping-vus"),
        ({"executor": ...}, "executor", "constant-vus, ramping-vus"),
        ({"vus": 0}, "vus", "1 or more"),
        ({"name": ""}, "name", "This is needed"),
        ({"path": ...}, "path", "an `endpoint`, or a `method` and a `path`"),
        ({"endpoint": "7d1f4f5e-2f0e-4d0a-9a63-0d6f0a1f2b3c"}, "path", "not both"),
        ({"path": "users"}, "path", "starts with a slash"),
        ({"method": "FETCH"}, "method", "'GET', 'POST'"),
        ({"colour": "red"}, "colour", "no such field"),
        ({"headers": {"a b": 1}}, "headers.a b", "letters, digits"),
        ({"values": {"query": {"q": {"foo": 1}}}}, "values.query.q", "one of `value`"),
        (
            {"values": {"query": {"q": {"generate": "dice"}}}},
            "values.query.q.generate",
            "integer, number",
        ),
        (
            {"values": {"query": {"q": {"generate": "integer", "min": 5, "max": 1}}}},
            "values.query.q.max",
            "not be below `min`",
        ),
        ({"values": {"path": {"id": {"secret": "PATH"}}}}, "values.path.id.secret", "choose another"),
        ({"values": {"path": {"id": {"secret": "K6_VUS"}}}}, "values.path.id.secret", "another"),
        ({"values": {"path": {"id": {"secret": "low"}}}}, "values.path.id.secret", "A-Z"),
        ({"targets": {"response_time": {"stat": "p0", "ms": 3}}}, "targets.response_time.stat", "above 0"),
        ({"targets": {"response_time": {"stat": "q9", "ms": 3}}}, "targets.response_time.stat", "p95"),
        ({"targets": {"error_rate": "150%"}}, "targets.error_rate", "1 or less"),
        ({"checks": [{"stat": 200}]}, "checks.0", "A check has one of"),
        ({"checks": [{"status": [99]}]}, "checks.0.status.0", "or more"),
        ({"checks": [{"json_pointer": "a", "equals": 1}]}, "checks.0.json_pointer", "slash"),
        ({"think_time_s": [3, 1]}, "think_time_s.max_s", "not be below"),
        ({"name": "a\0b"}, "name", "NUL"),
        ({"name": "\ud800"}, "name", "surrogate"),
        ({"body": {"content": {"a": float("inf")}}}, "body.content.a", "JSON"),
    ],
)  # fmt: skip
def test_a_fault_names_its_field(changes: dict[str, Any], field: str, message: str) -> None:
    faults = faults_of(plan_of(**changes))
    assert f"scenarios.0.{field}" in faults, faults
    assert message in faults[f"scenarios.0.{field}"]


@pytest.mark.parametrize(
    "changes, field, message",
    [
        ({"scenarios": []}, "scenarios", "At least 1"),
        ({"scenarios": [SCENARIO] * 5001}, "scenarios", "At most 5,000"),
        ({"base_url": "ftp://x"}, "base_url", "http://"),
        ({"base_url": "http://u:p@x"}, "base_url", "`authorisation`"),
        ({"base_url": "http://{host}/v1"}, "base_url", "no braces"),
        ({"base_url": "http://[::1"}, "base_url", "not an address"),
        ({"base_url": "http://h:99999"}, "base_url", "not an address"),
        ({"environment": {"LD_PRELOAD": "x"}}, "environment.LD_PRELOAD", "choose another"),
        ({"environment": {"https_proxy": "x"}}, "environment.https_proxy", "choose another"),
        ({"setup": {"token_pointer": "/t"}}, "setup.url", "Give either"),
        ({"setup": {"token_pointer": "t", "path": "/"}}, "setup.token_pointer", "slash"),
        ({"auto_stop": [{"metric": "error_rate", "above": 5}]}, "auto_stop.0.above", "0.05 stands"),
        (
            {"auto_stop": [{"metric": "p95", "above": 5, "scenario": "s2"}]},
            "auto_stop.0.scenario",
            "use its key",
        ),
        ({"data_files": {"../x": {"csv": "a\n1"}}}, "data_files.../x", "match"),
        ({"authorisation": {"secret": "A", "format": "Bearer"}}, "authorisation.format", "match"),
        ({"authorisation": {"secret": "A", "user": "a:b"}}, "authorisation.user", "match"),
        (
            {"authorisation": {"secret": "A", "user": "a", "format": "x {secret}"}},
            "authorisation.user",
            "no `format`",
        ),
        ({"seed": -1}, "seed", "or more"),
    ],
)
def test_a_fault_of_the_plan_names_its_field(
    changes: dict[str, Any], field: str, message: str
) -> None:
    faults = faults_of({**plan_of(), **changes})
    assert field in faults, faults
    assert message in faults[field]


def test_all_faults_are_named_at_once() -> None:
    plan = {"name": "n", "scenarios": [SCENARIO, {**SCENARIO, "vus": -1, "duration": "1 s"}]}
    assert set(faults_of(plan)) == {"scenarios.1.vus", "scenarios.1.duration"}


def test_a_tag_of_ours_may_be_a_name_of_theirs() -> None:
    plan = plan_of(values={"path": {"constant-vus": {"values": []}, "id": 1}})
    assert list(faults_of(plan)) == ["scenarios.0.values.path.constant-vus.values"]


def test_deep_nesting_is_refused_without_recursion() -> None:
    deep: Any = 1
    for _ in range(5000):
        deep = [deep]
    (message,) = faults_of(plan_of(body={"content": deep})).values()
    assert "Nested deeper" in message


def test_shorthands() -> None:
    plan = parse_plan(
        plan_of(
            think_time_s=[1, 2],
            targets={"response_time": "300ms", "error_rate": "1%"},
            checks=[{"status": 200}],
            values={"path": {"id": [1, 2]}, "query": {"q": None}},
        )
    )
    scenario = plan.scenarios[0]
    assert dump_plan(plan)["scenarios"][0]["values"] == {
        "path": {"id": {"values": [1, 2]}},
        "query": {"q": {"value": None}},
    }
    assert scenario.targets.response_time is not None
    assert scenario.targets.response_time.expression == "p(95)<=300"
    assert scenario.targets.error_expression == "rate<=0.01"
    assert scenario.think_time_s is not None
    assert scenario.think_time_s.max_s == 2


def test_same_names_are_told_apart_by_keys() -> None:
    plan = {**plan_of(), "auto_stop": [{"metric": "p95", "above": 1, "scenario": "a"}]}
    assert parse_plan(plan).auto_stop_key(parse_plan(plan).auto_stop[0]) == "s1"
    plan["scenarios"] = [SCENARIO, SCENARIO]
    assert list(faults_of(plan)) == ["auto_stop.0.scenario"]
    plan["auto_stop"] = [{"metric": "p95", "above": 1, "scenario": "s2"}]
    assert parse_plan(plan).auto_stop_key(parse_plan(plan).auto_stop[0]) == "s2"


@given(st.floats(0, 1e9).filter(lambda x: x == 0 or x > 1e-9))
def test_thresholds_have_no_exponent(value: float) -> None:
    text = plain_number(value)
    assert set(text) <= set("0123456789.")
    assert float(text) == value


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=12,
)
FIELDS = st.sampled_from(
    [*SCENARIO, "vus", "stages", "values", "headers", "body", "targets", "checks", "think_time_s",
     "rate", "iterations", "start_time", "endpoint", "method"]
)  # fmt: skip


@given(st.dictionaries(FIELDS, JSON, max_size=4))
def test_whatever_is_sent_is_a_plan_or_is_refused(changes: dict[str, Any]) -> None:
    try:
        plan = parse_plan(plan_of(**changes))
    except Invalid as refusal:
        messages = [error["message"] for error in refusal.errors]
        assert messages and all(messages)
    else:
        assert Plan.model_validate(dump_plan(plan)) == plan
