from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from benchwright.kit.errors import Invalid
from benchwright.loadtests.endpoints import Endpoint, EndpointBody, EndpointParameter
from benchwright.loadtests.parts import Files
from benchwright.loadtests.plan import parse_plan
from benchwright.loadtests.requests import RequestWriter
from benchwright.loadtests.script import generate_script

ID = "7d1f4f5e-2f0e-4d0a-9a63-0d6f0a1f2b3c"
USER = Endpoint(
    method="PUT",
    path="/users/{id}/{part}",
    parameters=(
        EndpointParameter("id", "path", required=True, example=7),
        EndpointParameter("part", "path", required=True),
        EndpointParameter("tags", "query", required=True, example=["a", "b"], style="form", explode=False),
        EndpointParameter("filter", "query", required=True, example={"a": 1}, media_type="application/json"),
        EndpointParameter("page", "query", example=3),
        EndpointParameter("X-Trace", "header", required=True, example="abc"),
        EndpointParameter("Authorization", "header", required=True, example="nonsense"),
        EndpointParameter("session", "cookie", required=True, example="s p"),
    ),
    body=EndpointBody("application/json", {"name": "{{Ann}}", "age": 3}),
    base_url="http://api.example/v1/",
)  # fmt: skip


def write(endpoint: Endpoint = USER, plan: dict[str, Any] | None = None, **scenario: Any) -> Any:
    parsed = parse_plan(
        {
            "name": "n",
            **(plan or {}),
            "scenarios": [
                {
                    "name": "a",
                    "endpoint": ID,
                    "executor": "constant-vus",
                    "duration": "1s",
                    **scenario,
                }
            ],
        }
    )
    files = Files({name: (*file.table, file.order) for name, file in parsed.data_files.items()})
    writer = RequestWriter(parsed, files)
    request = writer.write_scenario(0, parsed.scenarios[0], endpoint)
    return {error["field"]: error["message"] for error in writer.errors} or request


def test_examples_fill_what_is_required() -> None:
    request = write(values={"path": {"part": "na/me"}})
    assert request["url"] == (
        "http://api.example/v1/users/7/na%2Fme?tags=a,b&filter=%7B%22a%22%3A1%7D"
    )
    assert request["label"] == "PUT /users/{id}/{part}"
    assert request["headers"] == {"Content-Type": "application/json", "X-Trace": "abc"}
    assert request["cookies"] == {"session": "s%20p"}
    assert request["body"] == '{"name":"{{Ann}}","age":3}'


def test_a_path_that_cannot_be_filled_is_refused() -> None:
    assert write() == {"scenarios.0.values.path.part": "The path needs a value for {part}"}
    assert "scenarios.0.values.path.nix" in write(values={"path": {"part": 1, "nix": 1}})
    assert "scenarios.0.values.path.part" in write(values={"path": {"part": ""}})


def test_values_that_vary_become_parts() -> None:
    request = write(
        values={
            "path": {"part": [1, "ä"], "id": {"generate": "sequence"}},
            "query": {
                "tags": None,
                "filter": None,
                "page": {"generate": "integer", "max": 3},
                "q": 1,
            },
            "body": {"name": {"generate": "word"}},
        }
    )
    pick = {"pick": ["1", "%C3%A4"], "order": "sequential", "label": "path.part"}
    assert request["url"][0] == "http://api.example/v1/users/"
    assert request["url"][1]["generate"] == "sequence"
    assert request["url"][2:5] == ["/", pick, "?page="]
    assert request["url"][5]["encode"] == "uri"
    assert request["url"][6] == "&q=1"
    assert [part for part in request["body"] if isinstance(part, str)] == ['{"name":', ',"age":3}']
    assert request["body"][1]["encode"] == "json"


def test_headers_of_the_scenario_win() -> None:
    plan = {
        "headers": {"X-Trace": "plan", "Accept": "text/plain"},
        "authorisation": {"secret": "TOKEN"},
        "base_url": "http://other.example",
    }
    request = write(
        plan=plan,
        values={"path": {"part": 1}},
        headers={
            "x-trace": ["a", "b"],
            "authorization": None,
            "CONTENT-TYPE": "application/x-own+json",
        },
    )
    assert request["headers"] == {
        "Accept": "text/plain",
        "x-trace": [{"pick": ["a", "b"], "order": "sequential", "label": "header.x-trace"}],
        "CONTENT-TYPE": "application/x-own+json",
    }
    assert request["url"].startswith("http://other.example/users/7/1?")
    own = write(plan=plan, values={"path": {"part": 1}})["headers"]
    assert own["Authorization"] == ["Bearer ", {"env": "TOKEN", "encode": "none"}]


@pytest.mark.parametrize(
    "scenario, field",
    [
        ({"headers": {"X": "a\r\nEvil: 1"}}, "scenarios.0.headers.X"),
        ({"headers": {"X": ["a", "b\n"]}}, "scenarios.0.headers.X"),
        ({"headers": {"X": {"csv": "f", "column": "b"}}}, "scenarios.0.headers.X"),
        ({"values": {"query": {"k": {"secret": "KEY"}}}}, "scenarios.0.values.query.k"),
        ({"values": {"path": {"p": {"secret": "KEY"}}}}, "scenarios.0.values.path.p"),
        ({"values": {"query": {"k": {"csv": "f", "column": "nix"}}}}, "scenarios.0.values.query.k"),
        ({"values": {"query": {"k": {"csv": "g", "column": "a"}}}}, "scenarios.0.values.query.k"),
        ({"values": {"body": {"k": 1}}}, "scenarios.0.values.body.k"),
        ({"body": {"content": "{{k}}"}}, "scenarios.0.values.body.k"),
        (
            {"body": {"content": "{{k}}"}, "values": {"body": {"k": {"csv": "f", "column": "b", "cells": "json"}}}},
            "scenarios.0.values.body.k",
        ),
        ({"body": {"media_type": "multipart/form-data", "content": 1}}, "scenarios.0.body.content"),
    ],
)  # fmt: skip
def test_what_cannot_be_sent_names_its_field(scenario: dict[str, Any], field: str) -> None:
    endpoint = Endpoint(
        "GET", "/{p}", (EndpointParameter("p", "path", example=1),), base_url="http://h"
    )
    plan = {"data_files": {"f": {"csv": 'a,b\n1,"x\ny"\n'}}}
    assert list(write(endpoint, plan, **scenario)) == [field]


def test_a_document_without_address_needs_a_base_url() -> None:
    for base_url in (None, "/api", "http://{host}"):
        assert list(write(Endpoint("GET", "/", base_url=base_url))) == ["base_url"]


def test_unknown_endpoints_and_broken_files_are_refused() -> None:
    plan = parse_plan(
        {
            "name": "n",
            "data_files": {"f": {"csv": "a,b\n1"}},
            "scenarios": [
                {"name": "a", "endpoint": ID, "executor": "constant-vus", "duration": "1s",
                 "values": {"query": {"r": {"env": "REGION"}}}}
            ],
        }
    )  # fmt: skip
    with pytest.raises(Invalid) as caught:
        generate_script(plan, {str(UUID(int=5)): USER})
    assert caught.value.errors == [
        {"field": "data_files.f.csv", "message": "Line 2 has 1 cells, the header 2"},
        {"field": "scenarios.0.endpoint", "message": "There is no such endpoint in this project"},
        {"field": "environment", "message": "The variable REGION is used but not given"},
    ]
