from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchwright.loadtests.bodies import BOUNDARY
from benchwright.loadtests.plan import parse_plan
from benchwright.loadtests.script import generate_script, target_thresholds
from tests.loadtests.conftest import RunPlan, RunScript
from tests.loadtests.echo import EchoServer

NASTY = "a\"b'`${1+1}</script><!--\n\r\t\u2028\u2029\u202e名前\\ {x} %41 é\x1b[2J\U0001f600 */ //"


def test_names_and_values_come_out_as_data(run_plan: RunPlan, echo: EchoServer) -> None:
    """Whatever a text contains, the server receives exactly it, and names break nothing."""
    ended = run_plan(
        {
            "name": NASTY,
            "method": "POST",
            "path": "/x/{p}/ö y",
            "values": {
                "path": {"p": NASTY},
                "query": {NASTY: NASTY, "listed": [NASTY], "env": {"env": "SOME"}},
                "cookie": {"c": NASTY},
                "body": {"v": {"csv": "f.csv", "column": NASTY.replace("\r", "").strip()}},
            },
            "headers": {"X-Nasty": "a\"b'`${1+1}</script>\\ /* é"},
            "body": {
                "content": {NASTY: NASTY, "in": f"{NASTY}{{{{v}}}}", "all": "{{v}}", "n": 1.0}
            },
            "checks": [{"name": f"{NASTY}::x", "status": 200}, {"body_contains": "POST"}],
        },
        name=NASTY,
        environment={"SOME": NASTY},
        data_files={"f.csv": {"csv": _csv([NASTY.replace("\r", "").strip()], [NASTY])}},
    )
    assert ended.exit_code == 0, ended.log
    (request,) = echo.received
    path, _, query = request.target.partition("?")
    assert path == "/x/" + _quote(NASTY) + "/%C3%B6%20y"
    pairs = [pair.split("=") for pair in query.split("&")]
    assert {unquote(name): unquote(value) for name, value in pairs} == {
        NASTY: NASTY,
        "listed": NASTY,
        "env": NASTY.strip(),
    }
    assert unquote(request.headers["cookie"].removeprefix("c=")) == NASTY
    assert request.headers["x-nasty"].encode("latin-1").decode() == "a\"b'`${1+1}</script>\\ /* é"
    assert json.loads(request.body) == {NASTY: NASTY, "in": NASTY + NASTY, "all": NASTY, "n": 1.0}
    assert ended.metrics["checks"]["values"] == {"rate": 1, "passes": 2, "fails": 0}
    assert not [
        character for character in ended.output if ord(character) < 32 and character != "\n"
    ]
    assert "\u202e" not in ended.output


def _csv(*rows: list[str]) -> str:
    return "".join(
        ",".join('"' + cell.replace('"', '""') + '"' for cell in row) + "\n" for row in rows
    )


def _quote(text: str) -> str:
    from urllib.parse import quote

    return quote(text, safe="")


TEXTS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=40
)


def test_names_of_object_properties_are_data(run_plan: RunPlan, echo: EchoServer) -> None:
    names = ["__proto__", "constructor", "toString", "hasOwnProperty"]
    ended = run_plan(
        {
            "name": "__proto__",
            "method": "POST",
            "path": "/{__proto__}",
            "headers": {"__proto__": "a header"},
            "values": {"path": {"__proto__": ["a value"]}},
            "body": {"content": {"__proto__": 1}},
            "checks": [{"name": name, "status": 200} for name in names],
        }
    )
    assert ended.exit_code == 0, ended.log
    assert ended.metrics["checks"]["values"]["passes"] == len(names)
    received = echo.received[-1]
    assert unquote(received.target) == "/a value"
    assert received.headers["__proto__"] == "a header"
    assert json.loads(received.body) == {"__proto__": 1}


@settings(max_examples=4)
@given(texts=st.lists(TEXTS, min_size=30, max_size=30, unique=True))
def test_any_text_comes_out_as_data(texts: list[str], run_plan: RunPlan, echo: EchoServer) -> None:
    echo.received.clear()
    scenarios = [
        {
            "name": text,
            "method": "POST",
            "path": f"/{n}/{{p}}",
            "values": {"path": {"p": [text]}, "query": {text: text}, "body": {"v": [text]}},
            "body": {"content": {text.replace("{", "("): f"{text.replace('{', '(')}{{{{v}}}}"}},
            "checks": [{"name": text, "status": 200}],
        }
        for n, text in enumerate(texts)
    ]
    ended = run_plan(*scenarios, name=texts[0])
    assert ended.exit_code == 0, ended.log
    assert ended.metrics["checks"]["values"]["passes"] == len(texts)
    received = {int(request.target.split("/")[1]): request for request in echo.received}
    for n, text in enumerate(texts):
        path, _, query = received[n].target.partition("?")
        name, _, value = query.partition("=")
        assert [unquote(part) for part in (path.split("/")[2], name, value)] == [text] * 3
        bare = text.replace("{", "(")
        assert json.loads(received[n].body) == {bare: bare + text}


def test_all_executors_run(echo: EchoServer, run_script: RunScript) -> None:
    loads: list[dict[str, Any]] = [
        {"executor": "constant-vus", "vus": 2, "duration": "1s", "think_time_s": 0.1},
        {"executor": "ramping-vus", "stages": [{"duration": "900ms", "target": 3}], "think_time_s": 0.1},
        {"executor": "constant-arrival-rate", "rate": 10.5, "duration": "1s"},
        {"executor": "ramping-arrival-rate", "start_rate": 5, "stages": [{"duration": "1s", "target": 7.5}]},
        {"executor": "shared-iterations", "vus": 2, "iterations": 7},
        {"executor": "per-vu-iterations", "vus": 2, "iterations": 3},
    ]  # fmt: skip
    plan = parse_plan(
        {
            "name": "six",
            "base_url": echo.url,
            "scenarios": [
                {"name": "same", "path": f"/{i}", **load} for i, load in enumerate(loads)
            ],
        }
    )
    ended = run_script(generate_script(plan, {}).text)
    assert ended.exit_code == 0, ended.log
    counts = [ended.metrics[f"iterations{{scenario:s{n}}}"]["values"]["count"] for n in range(1, 7)]
    assert counts[4:] == [7, 6]
    assert 9 <= counts[2] <= 12
    assert all(counts)
    assert sum(counts) == len(echo.received) == ended.metrics["http_reqs"]["values"]["count"]


GENERATED = {
    "path": "/{id}/{u}",
    "executor": "shared-iterations",
    "vus": 4,
    "iterations": 40,
    "values": {
        "path": {"id": {"generate": "integer", "min": -5, "max": 5}, "u": {"generate": "uuid"}},
        "query": {
            "n": {"generate": "number", "min": 1, "max": 2, "decimals": 3},
            "s": {"generate": "string", "length": 5, "alphabet": "aé😀"},
            "w": {"generate": "word"},
            "b": {"generate": "boolean"},
            "c": {"generate": "choice", "of": ["x", [1, 2]]},
            "q": {"generate": "sequence", "start": 100, "step": 2},
            "l": {"values": [1, 2, 3]},
            "r": {"values": [1, 2, 3], "order": "random"},
        },
    },
}


def test_a_seed_repeats_the_requests_however_they_are_scheduled(
    run_plan: RunPlan, echo: EchoServer
) -> None:
    run_plan(GENERATED, seed=7)
    first = sorted(echo.targets())
    echo.received.clear()
    run_plan({**GENERATED, "vus": 1}, seed=7)
    again = echo.targets()
    echo.received.clear()
    run_plan(GENERATED, seed=8)
    other = sorted(echo.targets())
    assert first == sorted(again)
    assert len(set(first)) == 40
    assert not set(first) & set(other)
    queries = [
        dict(pair.split("=") for pair in target.partition("?")[2].split("&")) for target in again
    ]
    assert [query["q"] for query in queries] == [str(100 + 2 * n) for n in range(40)]
    assert [query["l"] for query in queries] == [str(1 + n % 3) for n in range(40)]
    assert {query["b"] for query in queries} == {"true", "false"}
    assert {query["r"] for query in queries} == {"1", "2", "3"}
    assert all(1 <= float(query["n"]) <= 2 for query in queries)
    assert all(set(unquote(query["s"])) <= set("aé😀") for query in queries)
    assert {target.split("/")[1] for target in again} == {str(n) for n in range(-5, 6)}


def test_a_user_who_goes_on_with_another_scenario_sends_what_belongs_there(
    run_plan: RunPlan, echo: EchoServer
) -> None:
    once_more = {"vus": 1, "iterations": 3, "max_duration": "1s", "graceful_stop": "0s"}
    values = {"path": {"n": {"generate": "sequence"}}}
    run_plan(
        {**once_more, "path": "/a/{n}", "values": values},
        # k6 gives the same users to scenarios that follow each other.
        {**once_more, "path": "/b/{n}", "values": values, "start_time": "2s"},
    )
    assert echo.targets() == ["/a/1", "/a/2", "/a/3", "/b/1", "/b/2", "/b/3"]


def test_columns_of_a_file_come_from_one_row(run_plan: RunPlan, echo: EchoServer) -> None:
    users = "name,unused,age\n" + "".join(f"u{n},x,{n}\n" for n in range(5))
    for order in ("sequential", "random"):
        echo.received.clear()
        ended = run_plan(
            {
                "method": "POST",
                "iterations": 10,
                "body": {"content": {"name": "{{n}}", "age": "{{a}}"}},
                "values": {
                    "body": {
                        "n": {"csv": "users", "column": "name"},
                        "a": {"csv": "users", "column": "age", "cells": "json"},
                    }
                },
            },
            data_files={"users": {"csv": users, "order": order}},
        )
        assert ended.exit_code == 0, ended.log
        rows = [json.loads(request.body) for request in echo.received]
        assert all(row["name"] == f"u{row['age']}" for row in rows)
        if order == "sequential":
            assert [row["age"] for row in rows] == [0, 1, 2, 3, 4] * 2


def test_media_types(run_plan: RunPlan, echo: EchoServer) -> None:
    kinds: dict[str, Any] = {
        "application/x-www-form-urlencoded": {"a": "1 &", "b": ["{{v}}"]},
        "multipart/form-data": {"a": "1", "f": {"file_name": "x.txt", "content": "{{v}}"}},
        "text/plain": "hello {{v}}",
        "application/vnd.own+json": ["{{v}}"],
    }
    for media_type, content in kinds.items():
        ended = run_plan(
            {
                "method": "POST",
                "body": {"media_type": media_type, "content": content},
                "values": {"body": {"v": ["é ü"]}},
            }
        )
        assert ended.exit_code == 0, ended.log
    form, multipart, text, own = echo.received
    assert form.body == b"a=1%20%26&b=%C3%A9%20%C3%BC"
    assert multipart.headers["content-type"] == f"multipart/form-data; boundary={BOUNDARY}"
    assert multipart.body.count(BOUNDARY.encode()) == 3
    assert "hello é ü".encode() == text.body
    assert text.headers["content-type"] == "text/plain"
    assert own.body == '["é ü"]'.encode()


def test_a_token_of_the_set_up_is_used_and_not_written(run_plan: RunPlan, echo: EchoServer) -> None:
    ended = run_plan(
        {"path": "/a"},
        setup={
            "path": "/token?x=1",
            "headers": {"X-Key": {"secret": "KEY"}},
            "body": {"content": {"password": "{{p}}"}},
            "values": {"p": {"secret": "PASSWORD"}},
            "token_pointer": "/data/token",
        },
        authorisation={"secret": "KEY", "header": "X-Api-Key", "format": "{secret}"},
        variables={"KEY": "k3y", "PASSWORD": 'p"w'},
    )
    assert ended.exit_code == 0, ended.log
    token, request = echo.received
    assert (token.method, token.target) == ("POST", "/token?x=1")
    assert json.loads(token.body) == {"password": 'p"w'}
    assert token.headers["x-key"] == "k3y"
    assert request.headers["authorization"] == "Bearer t0ken"
    assert request.headers["x-api-key"] == "k3y"
    for secret in ("t0ken", "k3y", 'p"w'):
        assert secret not in ended.summary.decode() + ended.output + ended.log


def test_user_and_password_are_sent_as_basic(run_plan: RunPlan, echo: EchoServer) -> None:
    authorisation = {"secret": "PASSWORD", "user": "änn"}
    ended = run_plan({}, authorisation=authorisation, variables={"PASSWORD": "p:w ü"})
    assert ended.exit_code == 0, ended.log
    word, _, encoded = echo.received[0].headers["authorization"].partition(" ")
    assert (word, base64.b64decode(encoded).decode()) == ("Basic", "änn:p:w ü")


@pytest.mark.parametrize(
    "setup, reason",
    [
        ({"path": "/status/401", "token_pointer": "/t"}, "status 401, not 2xx"),
        ({"path": "/token", "token_pointer": "/data"}, "no token at"),
        ({"url": "http://127.0.0.1:9/", "token_pointer": ""}, "got no answer"),
    ],
)
def test_a_set_up_that_fails_says_why(
    run_plan: RunPlan, setup: dict[str, Any], reason: str
) -> None:
    ended = run_plan({}, setup=setup)
    assert ended.exit_code == 107
    assert reason in ended.log


def test_a_missing_secret_is_named_before_anything_is_sent(
    run_plan: RunPlan, echo: EchoServer
) -> None:
    ended = run_plan({}, authorisation={"secret": "API_TOKEN"})
    assert ended.exit_code == 107
    assert "Set the environment variable API_TOKEN" in ended.log
    assert not echo.received


def test_targets_decide_the_exit_code(run_plan: RunPlan) -> None:
    met = run_plan({"targets": {"response_time": "10s", "error_rate": 0}})
    assert met.exit_code == 0, met.log
    failing = {"path": "/status/500", "targets": {"error_rate": "50%"}}
    missed = run_plan({"path": "/ok"}, failing)
    assert missed.exit_code == 99
    assert "missed: http_req_failed{scenario:s2} rate<=0.5" in missed.output
    assert run_plan({}, target_tps=100_000).exit_code == 99


def test_percentiles_of_targets_are_reported() -> None:
    plan = parse_plan(
        {
            "name": "n",
            "base_url": "http://h",
            "target_tps": 12.5,
            "scenarios": [
                {"name": "a", "path": "/", "executor": "constant-vus", "duration": "1s",
                 "targets": {"response_time": {"stat": "p99.90", "ms": "1.5s"}, "error_rate": "0.1%"}}
            ],
        }
    )  # fmt: skip
    assert target_thresholds(plan) == {
        "http_req_duration{scenario:s1}": ["p(99.9)<=1500"],
        "http_req_failed{scenario:s1}": ["rate<=0.001"],
        "http_reqs": ["rate>=12.5"],
    }
    assert '"p(99)", "p(99.9)"' in generate_script(plan, {}).text


def test_checks(run_plan: RunPlan) -> None:
    ended = run_plan(
        {
            "path": "/x",
            "iterations": 2,
            "checks": [
                {"json_pointer": "/method", "equals": "GET"},
                {"json_pointer": "", "equals": {"target": "/x", "method": "GET"}},
                {"json_pointer": "/nothing/here", "equals": None},
                {"body_contains": "POST"},
                {"response_time_below_ms": 60_000},
                {"status": 200},
                {"status": 200},
            ],
        },
        checks=[{"name": "of the plan", "status": [200, 201]}],
    )
    assert ended.metrics["checks"]["values"] == {"rate": 0.75, "passes": 12, "fails": 4}
    assert ended.metrics["benchwright_checks"]["values"]["count"] == 16
    assert ended.metrics["checks{scenario:s1}"]["values"]["passes"] == 12


def test_requests_carry_one_name(
    run_plan: RunPlan, run_script: RunScript, echo: EchoServer
) -> None:
    plan = parse_plan(
        {
            "name": "n",
            "base_url": echo.url,
            "scenarios": [
                {"name": "a", "path": "/{id}", "executor": "shared-iterations", "iterations": 3,
                 "values": {"path": {"id": [1, 2, 3]}}}
            ],
        }
    )  # fmt: skip
    text = generate_script(plan, {}).text
    by_name = '"http_reqs{name:GET /{id}}": ["count>=0"], "http_reqs{url:x}": ["count>=0"], '
    ended = run_script(text.replace("return {\n  };", "return {" + by_name + "};", 1))
    assert ended.metrics["http_reqs{name:GET /{id}}"]["values"]["count"] == 3, ended.log


def test_redirects_and_timeouts_follow_the_plan(run_plan: RunPlan, echo: EchoServer) -> None:
    text = generate_script(
        parse_plan(
            {
                "name": "n", "base_url": echo.url, "no_redirects": True, "insecure_tls": True,
                "request_timeout": "1.5s",
                "scenarios": [{"name": "a", "path": "/", "executor": "shared-iterations", "iterations": 1}],
            }
        ),
        {},
    ).text  # fmt: skip
    assert '"maxRedirects": 0' in text
    assert '"insecureSkipTLSVerify": true' in text
    assert 'timeout: "1500ms"' in text


def test_five_thousand_scenarios_take_seconds(
    echo: EchoServer, run_script: Callable[..., Any]
) -> None:
    scenario = {
        "executor": "shared-iterations", "vus": 1, "iterations": 1, "max_duration": "1m",
        "values": {"path": {"id": {"generate": "integer"}}}, "checks": [{"status": 200}],
        "targets": {"response_time": "10s", "error_rate": 0.5},
    }  # fmt: skip
    started = time.process_time()
    plan = parse_plan(
        {
            "name": "many",
            "base_url": echo.url,
            "scenarios": [
                # Few run, one after the other: virtual users, not the script, would be the cost.
                {"name": f"n {n}", "path": f"/{n}/{{id}}", **scenario, "start_time": n // 50}
                for n in range(5000)
            ],
        }
    )
    text = generate_script(plan, {}).text
    assert time.process_time() - started < 10
    assert len(text) < 6_000_000
    few = parse_plan({"name": "few", "base_url": echo.url, "scenarios": [
        {"name": f"n {n}", "path": f"/{n}/{{id}}", **scenario} for n in range(150)]})  # fmt: skip
    ended = run_script(generate_script(few, {}).text)
    assert ended.exit_code == 0, ended.log
    assert ended.metrics["http_reqs{scenario:s150}"]["values"]["count"] == 1
    assert "iterations{scenario:s150}" not in ended.metrics
