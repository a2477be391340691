from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.kit.errors import Invalid
from benchwright.loadtests.endpoints import EndpointParameter
from benchwright.loadtests.plan import Plan, parse_plan
from benchwright.loadtests.plan_filling import form_of, meaning, unshown
from benchwright.loadtests.plan_form import read_form
from benchwright.loadtests.plan_intake import plan_of
from tests.loadtests import items_api
from tests.loadtests.items_api import ADD, LIST

FIRST = items_api.ENDPOINTS[LIST]
ENDPOINTS = items_api.ENDPOINTS | {
    LIST: replace(FIRST, parameters=(*FIRST.parameters, EndpointParameter("filter.name", "query")))
}

scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**53), 2**53), st.text(max_size=12),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["007", "1e3", "true", "null", " a ", '"', "[1]", "a: b", "{{x}}", "ä\n"]),
)  # fmt: skip
json_values = st.recursive(
    scalars,
    lambda c: st.lists(c, max_size=3) | st.dictionaries(st.text(max_size=6), c, max_size=3),
    max_leaves=3,
)
sources = st.one_of(
    json_values.map(lambda v: {"value": v}),
    st.lists(json_values, min_size=1, max_size=4).map(lambda v: {"values": v}),
    st.lists(scalars, min_size=1, max_size=4).map(lambda v: {"values": v, "order": "random"}),
    st.sampled_from([
        {"csv": "users", "column": "id"},
        {"csv": "users", "column": "id", "cells": "json"},
        {"generate": "integer", "min": 1, "max": 9},
        {"generate": "number", "decimals": 3},
        {"generate": "uuid"},
        {"generate": "choice", "of": ["a", 1]},
        {"generate": "timestamp", "format": "unix", "offset_s": -1.5},
        {"env": "REGION"},
    ]),
)  # fmt: skip
header_sources = st.one_of(sources, st.just({"secret": "API_KEY"}))
names = st.text(min_size=1, max_size=8) | st.sampled_from(["a:b", '"q"', " x ", "a.b", "ä"])
tokens = st.from_regex(r"[A-Za-z][A-Za-z0-9-]{0,8}", fullmatch=True)
durations = st.sampled_from(["500ms", "1s", "30s", "1m30s", "2h", 7, 0.25])
lengths = st.sampled_from(["1s", "30s", "1m30s", 2.5])
think_times = st.one_of(
    st.sampled_from([0, 0.5, 3]), st.tuples(st.just(0.25), st.floats(0.25, 60)).map(list)
)
rates = st.floats(0.001, 1000) | st.integers(1, 100_000)
checks = st.lists(
    st.one_of(
        st.fixed_dictionaries(
            {"status": st.lists(st.integers(100, 599), min_size=1, max_size=3)},
            optional={"name": st.from_regex(r"[a-z]{1,9}", fullmatch=True)},
        ),
        st.fixed_dictionaries({"body_contains": st.from_regex(r"[ -~]{0,8}[!-~]", fullmatch=True)}),
        st.fixed_dictionaries({"json_pointer": st.just("/a/b"), "equals": json_values}),
        st.fixed_dictionaries({"response_time_below_ms": st.floats(0.1, 9e6)}),
    ),
    max_size=3,
)
targets = st.fixed_dictionaries(
    {},
    optional={
        "response_time": st.fixed_dictionaries(
            {"ms": st.floats(0.1, 1e6)}, optional={"stat": st.sampled_from(["p99.9", "avg"])}
        ),
        "error_rate": st.floats(0, 1),
    },
)
stages = st.lists(
    st.fixed_dictionaries({"duration": durations, "target": st.integers(1, 900)}),
    min_size=1, max_size=5,
)  # fmt: skip
loads = st.one_of(
    st.fixed_dictionaries(
        {"executor": st.just("constant-arrival-rate"), "rate": rates, "duration": lengths},
        optional={"time_unit": lengths, "pre_allocated_vus": st.just(3), "max_vus": st.just(40)},
    ),
    st.fixed_dictionaries(
        {"executor": st.just("ramping-arrival-rate"), "stages": stages},
        optional={"start_rate": st.floats(0, 50), "time_unit": lengths},
    ),
    st.fixed_dictionaries(
        {"executor": st.just("constant-vus"), "duration": lengths},
        optional={"vus": st.integers(1, 90)},
    ),
    st.fixed_dictionaries(
        {"executor": st.just("ramping-vus"), "stages": stages},
        optional={"start_vus": st.integers(0, 9), "graceful_ramp_down": durations},
    ),
    st.fixed_dictionaries(
        {"executor": st.just("shared-iterations"), "iterations": st.integers(100, 900)},
        optional={"vus": st.integers(1, 90), "max_duration": lengths},
    ),
    st.fixed_dictionaries(
        {"executor": st.just("per-vu-iterations"), "iterations": st.integers(1, 900)},
        optional={"vus": st.integers(1, 90)},
    ),
)
places = st.one_of(
    st.just({"endpoint": LIST}),
    st.just({"endpoint": ADD}),
    st.fixed_dictionaries({"method": st.sampled_from(["GET", "PUT"]), "path": st.just("/x/{id}")}),
)
bodies = st.one_of(
    st.fixed_dictionaries({"content": json_values}, optional={"template": st.booleans()}),
    st.just({"content": {"name": "a"}}),
    st.fixed_dictionaries({"media_type": st.just("text/plain"), "content": st.just("a\nb {{x}}")}),
)
common = st.fixed_dictionaries(
    {"name": st.from_regex(r"[A-Za-zä][ -~]{0,8}[!-~]", fullmatch=True)},
    optional={
        "start_time": durations, "graceful_stop": durations, "think_time_s": think_times,
        "targets": targets, "checks": checks, "body": bodies,
        "headers": st.dictionaries(tokens | st.just("X-Trace"), header_sources, max_size=2),
        "values": st.fixed_dictionaries({}, optional={
            "path": st.dictionaries(st.just("id"), sources),
            "query": st.dictionaries(names | st.just("filter.name"), sources, max_size=3),
            "cookie": st.dictionaries(tokens, sources, max_size=1),
            "body": st.dictionaries(names, sources, max_size=2),
        }),
    },
)  # fmt: skip
scenarios = st.tuples(common, places, loads).map(lambda parts: parts[0] | parts[1] | parts[2])
setups = st.fixed_dictionaries(
    {"token_pointer": st.just("/token")},
    optional={
        "method": st.just("PUT"), "header": st.just("X-Token"), "format": st.just("{token}"),
        "headers": st.dictionaries(tokens, header_sources, max_size=1), "body": bodies,
        "values": st.dictionaries(tokens, header_sources, max_size=1),
    },
).flatmap(
    lambda setup: st.sampled_from([{"path": "/sign-in"}, {"url": "https://id.example/t?a=1"}]).map(
        lambda place: setup | place
    )
)  # fmt: skip
plans = st.fixed_dictionaries(
    {
        "name": st.from_regex(r"[A-Za-zä][ -~]{0,8}[!-~]", fullmatch=True),
        "scenarios": st.lists(scenarios, min_size=1, max_size=3),
    },
    optional={
        "base_url": st.just("http://127.0.0.1:9/api"),
        "environment": st.dictionaries(
            st.sampled_from(["REGION", "A_1"]), st.from_regex(r"([!-~][ -~]{0,5}[!-~])?", fullmatch=True)
        ),
        "authorisation": st.sampled_from([
            {"secret": "API_KEY"}, {"secret": "API_KEY", "user": "ann"},
            {"secret": "API_KEY", "header": "X-Key", "format": "{secret}"},
            {"secret": "API_KEY", "format": "Token {secret}"},
        ]),
        "headers": st.dictionaries(tokens, header_sources, max_size=2),
        "setup": setups,
        "target_tps": st.floats(0.1, 1e6),
        "auto_stop": st.lists(
            st.fixed_dictionaries(
                {"metric": st.sampled_from(["p50", "p95", "p99"]), "above": st.floats(0, 1e6)},
                optional={"window_s": st.integers(1, 300), "scenario": st.just("s1"),
                          "delay_s": st.integers(0, 9), "min_requests": st.integers(1, 9)},
            )
            | st.fixed_dictionaries(
                {"metric": st.just("error_rate"), "above": st.floats(0, 0.99)}
            ),
            max_size=3,
        ),
        "checks": checks,
        "data_files": st.dictionaries(
            st.sampled_from(["users", "a.csv"]),
            st.fixed_dictionaries(
                {"csv": st.just("id\n1\n")},
                optional={"delimiter": st.sampled_from([",", ";", "\t"]),
                          "order": st.just("random")},
            ),
        ),
        "seed": st.integers(0, 2**32 - 1),
        "request_timeout": lengths, "setup_timeout": lengths, "think_time_s": think_times,
        "insecure_tls": st.booleans(), "no_redirects": st.booleans(),
    },
)  # fmt: skip


def parsed(data: dict[str, Any]) -> Plan | None:
    try:
        return parse_plan(json.loads(json.dumps(data)))
    except Invalid:
        return None


@given(plans)
def test_a_plan_is_the_same_after_it_was_a_form(data: dict[str, Any]) -> None:
    plan = parsed(data)
    if plan is None:
        return
    form = form_of(plan, ENDPOINTS)
    again = parse_plan(plan_of(read_form(form.sent(), ENDPOINTS)))
    assert meaning(again) == meaning(plan)


@given(plans)
def test_what_is_shown_survives_a_browser(data: dict[str, Any]) -> None:
    """Browsers send CRLF from areas and take line ends out of lines."""
    plan = parsed(data)
    if plan is None:
        return
    form = form_of(plan, ENDPOINTS)
    if unshown(plan, form):
        return
    sent = {name: text.replace("\n", "\r\n") for name, text in form.sent().items()}
    again = parse_plan(plan_of(read_form(sent, ENDPOINTS)))
    assert meaning(again) == meaning(plan)


def scenario(**fields: Any) -> dict[str, Any]:
    return {
        "name": "a", "path": "/", "executor": "constant-vus", "vus": 1, "duration": "5s", **fields
    }  # fmt: skip


@pytest.mark.parametrize(
    "change, lost",
    [
        ({"scenarios": [scenario()] * 201}, "201 scenarios"),
        ({"scenarios": [scenario(path=None, endpoint=LIST.replace("0", "1"))]}, "the endpoint of “a”"),
        ({"scenarios": [scenario(checks=[{"body_contains": "a\nb"}])]}, "scenarios.0.checks.0.value"),
        ({"environment": {"A": "one\ntwo"}}, "environment"),
        ({"data_files": {"a": {"csv": "id\r\n1\r\n"}}}, "data_files.0.csv"),
        ({"authorisation": {"secret": "A", "user": "ann", "header": "X-A"}}, "authorisation.header"),
    ],
)  # fmt: skip
def test_what_the_form_cannot_show_is_named(change: dict[str, Any], lost: str) -> None:
    plan = parse_plan({"name": "a", "scenarios": [scenario()], **change})
    assert lost in unshown(plan, form_of(plan, ENDPOINTS))[0]


def test_an_ordinary_plan_is_shown_whole() -> None:
    plan = parse_plan({"name": "a", "scenarios": [scenario()]})
    assert unshown(plan, form_of(plan, ENDPOINTS)) == []
