from __future__ import annotations

from typing import Any

from benchwright.specs.analysis import analyse
from benchwright.specs.outline import Response
from benchwright.specs.responses import build_received
from tests.specs.documents import Json, with_operation, write


def responses(node: Any, **document: Any) -> list[Response]:
    whole = {**with_operation({"responses": node}), **document}
    (operation,) = analyse(write(whole)).operations
    return operation.response_details


def content(holder: Json) -> Json:
    return {"description": "d", "content": {"text/html": {}, "application/json": holder}}


def test_reads_what_is_said_of_a_response() -> None:
    schema = {"type": "integer"}
    (read,) = responses({"200": content({"schema": schema, "example": 5})})
    assert read == Response("200", "d", "application/json", schema, 5)


def test_keeps_the_schema_of_the_first_success_and_of_some_that_are_short() -> None:
    short = content({"schema": {"type": "string"}})
    long = content({"schema": {"enum": ["x" * 5000]}})
    read = responses({"404": short, "422": long, "201": long, "202": long})
    assert [bool(answer.schema) for answer in read] == [True, False, True, False]
    many = responses({str(status): short for status in range(400, 420)} | {"200": short})
    assert [answer.status for answer in many if answer.schema] == [
        *(str(status) for status in range(400, 408)),
        "200",
    ]


def test_a_broken_or_strange_response_keeps_its_status() -> None:
    read = responses({"200": {"$ref": "#/nowhere"}, "default": 5, "x-note": {}})
    assert read == [Response("200"), Response("default")]
    assert responses([]) == []


def test_an_example_that_is_too_large_is_left_out() -> None:
    (read,) = responses({"200": content({"example": "x" * 20_000})})
    assert read.example is None


def test_swagger_2_describes_schema_and_examples_at_the_response() -> None:
    document = {
        "swagger": "2.0",
        "info": {"title": "t", "version": "1"},
        "paths": {
            "/x": {
                "get": {
                    "responses": {
                        "200": {
                            "description": "ok",
                            "schema": {"type": "string"},
                            "examples": {"application/json": "a"},
                        }
                    }
                }
            }
        },
    }
    (operation,) = analyse(write(document)).operations
    assert operation.response_details == [
        Response("200", "ok", "application/json", {"type": "string"}, "a")
    ]


def test_a_built_response_has_what_only_the_server_knows() -> None:
    schema = {
        "properties": {
            "id": {"type": "integer", "readOnly": True, "example": 7},
            "password": {"type": "string", "writeOnly": True},
        }
    }
    assert build_received(schema) == {"id": 7}
    assert build_received({"$ref": "#/components/schemas/Gone"}) is None
