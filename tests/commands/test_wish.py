from __future__ import annotations

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from benchwright.commands.wish import (
    ANY_ENDPOINT,
    MAX_UNNAMED_ENDPOINTS,
    LoadWish,
    StoredEndpoint,
    choose_endpoints,
    make_plan,
    name_flags,
    read_auth_format,
    read_base_url,
    read_duration,
    read_headers,
    read_milliseconds,
    read_rate,
    read_ratio,
    read_stages,
)
from benchwright.loadtests.plan import parse_plan

STORED = [
    StoredEndpoint("a", "GET", "/users", "listUsers"),
    StoredEndpoint("b", "GET", "/users/{id}", "getUser"),
    StoredEndpoint("c", "POST", "/users", "addUser"),
    StoredEndpoint("d", "DELETE", "/users/{id}", ""),
]


def keys(*texts: str) -> list[str]:
    return [e.key for e in choose_endpoints(STORED, LoadWish(endpoints=texts))]


def test_endpoints_are_named_by_method_and_path_or_operation() -> None:
    assert keys("GET /users/{id}") == ["b"]
    assert keys("post  /users") == ["c"]
    assert keys("/users") == ["a"]
    assert keys("getUser", "DELETE /users/{id}") == ["b", "d"]
    assert keys("getUser", "GET /users/{id}") == ["b"]


def test_without_names_all_that_only_read_are_loaded() -> None:
    assert keys() == ["a", "b"]


@pytest.mark.parametrize("text", ["GET /user", "PUT /users", "listUser", "", " ", "GET"])
def test_an_unknown_endpoint_is_answered_with_known_ones(text: str) -> None:
    with pytest.raises(typer.BadParameter) as refused:
        keys(text)
    assert refused.value.param_hint == "--endpoint"
    assert "/users" in refused.value.message


def test_where_nothing_only_reads_a_name_is_needed() -> None:
    with pytest.raises(typer.BadParameter, match="none of the document's 2 endpoints"):
        choose_endpoints(STORED[2:], LoadWish())
    with pytest.raises(typer.BadParameter, match="none at all"):
        choose_endpoints([], LoadWish())


def test_a_large_document_is_not_loaded_as_a_whole_by_accident() -> None:
    many = [StoredEndpoint(str(n), "GET", f"/{n}", "") for n in range(MAX_UNNAMED_ENDPOINTS + 1)]
    with pytest.raises(typer.BadParameter, match=str(len(many))):
        choose_endpoints(many, LoadWish())
    assert len(choose_endpoints(many[1:], LoadWish())) == MAX_UNNAMED_ENDPOINTS


def test_flags_become_a_plan() -> None:
    wish = LoadWish(
        rate=30,
        duration=5.0,
        p95_ms=300,
        max_error_rate=0.01,
        base_url="http://127.0.0.1:1",
        headers={"X-One": "{{not a template"},
        auth_env="TOKEN",
        auth_format="Bearer {secret}",
        name="Mine",
    )
    chosen = [
        StoredEndpoint("0b3f9c52-9b5c-4b52-8d43-5f0f3a3c0c01", "GET", "/a", ""),
        StoredEndpoint("0b3f9c52-9b5c-4b52-8d43-5f0f3a3c0c02", "GET", "/b", ""),
    ]
    plan = parse_plan(make_plan(wish, chosen, "An API"))
    assert plan.name == "Mine"
    assert [getattr(s, "rate", None) for s in plan.scenarios] == [15, 15]
    assert [s.name for s in plan.scenarios] == ["GET /a", "GET /b"]
    assert plan.authorisation is not None
    assert plan.authorisation.secret == "TOKEN"
    assert set(plan.headers) == {"X-One"}


@pytest.mark.parametrize(
    "wish, flag",
    [
        (LoadWish(vus=1, rate=1), "--vus"),
        (LoadWish(stages=[(1.0, 1.0)], duration=3.0), "--duration"),
        (LoadWish(stages=[(1.0, 0.0)]), "--stage"),
        (LoadWish(stages=[(0.0, 5.0)]), "--stage"),
        (LoadWish(duration=0.0), "--duration"),
        (LoadWish(name=""), None),
        (LoadWish(headers={"bad header": "x"}), None),
    ],
)
def test_what_contradicts_itself_is_told_as_a_flag(wish: LoadWish, flag: str | None) -> None:
    if flag is None:
        make_plan(wish, [ANY_ENDPOINT], "")
        return
    with pytest.raises(typer.BadParameter) as refused:
        make_plan(wish, [ANY_ENDPOINT], "")
    assert refused.value.param_hint == flag


def test_faults_that_no_flag_leads_to_are_still_told() -> None:
    error = name_flags([{"field": "scenarios.0.surprise", "message": "Odd"}], "Not valid")
    assert error.message == "scenarios.0.surprise: Odd"
    assert name_flags([], "Not valid").message == "Not valid"
    nested = name_flags([{"field": "scenarios.3.targets.response_time.ms", "message": "Odd"}], "")
    assert nested.param_hint == "--p95"


def test_values_are_read_as_people_write_them() -> None:
    assert read_duration("--duration", "1m30s") == 90
    assert read_duration("--duration", None) is None
    assert read_stages(["10s:50", "1m:0", "500ms:2.5"]) == [(10, 50), (60, 0), (0.5, 2.5)]
    assert read_milliseconds("--p95", "300ms") == 300
    assert read_milliseconds("--p95", "1.5s") == 1500
    assert read_milliseconds("--p95", "20") == 20
    assert read_ratio("--max-error-rate", "1%") == 0.01
    assert read_ratio("--max-error-rate", "0.5") == 0.5
    assert read_ratio("--max-error-rate", "0%") == 0
    assert read_base_url("https://a.example/v1/") == "https://a.example/v1"
    assert read_headers(["Accept: text/plain", "X:y: z", "X-Empty:"]) == {
        "Accept": "text/plain", "X": "y: z", "X-Empty": "",
    }  # fmt: skip
    assert read_rate("--rate", 0.5) == 0.5


def test_a_typo_of_a_duration_is_answered_with_what_was_meant() -> None:
    with pytest.raises(typer.BadParameter, match="did you mean “30s”"):
        read_duration("--duration", "30 seconds")


@pytest.mark.parametrize("text", ["10s", ":5", "10s:", "10s:x", "10s:-1", "10s:inf", "x:5"])
def test_broken_stages_are_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter) as refused:
        read_stages([text])
    assert refused.value.param_hint == "--stage"


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    for read in (
        lambda: read_duration("--duration", text),
        lambda: read_stages([text]),
        lambda: read_milliseconds("--p95", text),
        lambda: read_ratio("--max-error-rate", text),
        lambda: read_base_url(text),
        lambda: read_headers([text]),
        lambda: choose_endpoints(STORED, LoadWish(endpoints=[text])),
        lambda: read_auth_format(text, {text: "x"}),
    ):
        try:
            read()
        except typer.BadParameter as refused:
            assert refused.message


@pytest.mark.parametrize("rate", [0, -1, float("nan"), float("inf"), 1e9])
def test_a_rate_that_nobody_can_keep_to_is_refused(rate: float) -> None:
    with pytest.raises(typer.BadParameter):
        read_rate("--rate", rate)


def test_a_secret_comes_from_the_environment() -> None:
    assert read_auth_format("TOKEN", {"TOKEN": "abc"}) == "Bearer {secret}"
    assert read_auth_format("TOKEN", {"TOKEN": "Basic abc"}) == "{secret}"
    for variable, environment in (("TOKEN", {}), ("TOKEN", {"TOKEN": ""}), ("to ken", {})):
        with pytest.raises(typer.BadParameter):
            read_auth_format(variable, environment)
