from __future__ import annotations

from typing import Any

import pytest

from benchwright.specs.analysis import analyse
from benchwright.specs.outline import Analysis, Operation
from tests.specs.documents import Json, write


def swagger(operation: Json | None = None, **changes: Any) -> Json:
    return {
        "swagger": "2.0",
        "info": {"title": "Old shop", "version": "1"},
        "host": "old.test",
        "basePath": "/v1",
        "schemes": ["https", "http"],
        "paths": {"/a": {"post": operation or {}}},
        "definitions": {
            "Item": {
                "type": "object",
                "required": ["name"],
                "properties": {"name": {"type": "string"}, "next": {"$ref": "#/definitions/Item"}},
            }
        },
        **changes,
    }


def read(document: Json, source_url: str | None = None) -> Analysis:
    return analyse(write(document), source_url=source_url)


def read_one(operation: Json, **changes: Any) -> Operation:
    analysis = read(swagger(operation, **changes))
    assert analysis.warnings == []
    (found,) = analysis.operations
    return found


def test_reads_the_document() -> None:
    analysis = read(swagger())
    assert (analysis.dialect, analysis.title) == ("Swagger 2.0", "Old shop")
    assert analysis.servers == ["https://old.test/v1", "http://old.test/v1"]
    assert analysis.base_url == "https://old.test/v1"
    assert analysis.warnings == []
    text = b"swagger: 2.0\ninfo: {title: a}\npaths: {}\n"
    assert analyse(text, source_url="http://x.test/").dialect == "Swagger 2.0"


@pytest.mark.parametrize(
    "parts, source_url, base_url",
    [
        ({}, None, "https://old.test/v1"),
        ({"schemes": ["wss", "http"]}, None, "http://old.test/v1"),
        ({"schemes": None}, "http://docs.test/swagger.json", "http://old.test/v1"),
        ({"schemes": None}, None, "https://old.test/v1"),
        ({"host": None}, "http://docs.test:8080/x/swagger.json", "https://docs.test:8080/v1"),
        ({"host": None, "schemes": None}, "http://docs.test:8080/x", "http://docs.test:8080/v1"),
        ({"basePath": "/"}, None, "https://old.test"),
        ({"basePath": None}, None, "https://old.test"),
        ({"host": None}, None, ""),
    ],
)
def test_the_base_url(parts: Json, source_url: str | None, base_url: str) -> None:
    assert read(swagger(**parts), source_url).base_url == base_url


@pytest.mark.parametrize(
    "parts, warning",
    [
        ({"schemes": ["wss"]}, "#/schemes: Neither http nor https"),
        ({"host": "not a host"}, "#/host: 'not a host' is no host name"),
    ],
)
def test_faults_of_the_address_are_named(parts: Json, warning: str) -> None:
    assert any(warning in item for item in read(swagger(**parts)).warnings)


def test_a_body_becomes_a_request_body() -> None:
    body = {"name": "b", "in": "body", "required": True, "schema": {"$ref": "#/definitions/Item"}}
    operation = read_one(
        {"parameters": [body], "consumes": ["application/xml", "application/json"]}
    )
    assert operation.parameters == []
    assert operation.body is not None
    assert operation.body.media_type == "application/json"
    assert operation.body.others == ["application/xml"]
    assert operation.body.required
    assert operation.body.example == {"name": "example"}


def test_consumes_of_the_document_holds_for_all() -> None:
    body = {"name": "b", "in": "body", "schema": {}}
    assert read_one({"parameters": [body]}, consumes=["text/plain"]).body is not None
    operation = read_one({"parameters": [body]}, consumes=["text/plain"])
    assert operation.body is not None
    assert operation.body.media_type == "text/plain"


def test_form_fields_become_a_body() -> None:
    fields = [
        {"name": "a", "in": "formData", "type": "string", "required": True},
        {"name": "n", "in": "formData", "type": "integer", "minimum": 3},
    ]
    operation = read_one({"parameters": fields})
    assert operation.body is not None
    assert operation.body.media_type == "application/x-www-form-urlencoded"
    assert operation.body.example == {"a": "example", "n": 3}
    assert operation.body.required
    operation = read_one({"parameters": fields, "consumes": ["multipart/form-data"]})
    assert operation.body is not None
    assert operation.body.media_type == "multipart/form-data"


def test_files_need_a_multipart_form() -> None:
    field = {"name": "f", "in": "formData", "type": "file"}
    operation = read_one({"parameters": [field], "consumes": ["application/x-www-form-urlencoded"]})
    assert operation.body is not None
    assert operation.body.media_type == "multipart/form-data"
    assert operation.body.example == {"f": "example"}


@pytest.mark.parametrize(
    "location, collection, expected",
    [
        ("query", None, ("form", False)),
        ("query", "csv", ("form", False)),
        ("query", "multi", ("form", True)),
        ("query", "ssv", ("spaceDelimited", False)),
        ("query", "pipes", ("pipeDelimited", False)),
        ("header", "csv", ("simple", False)),
        ("query", "tsv", ("tabDelimited", False)),
        ("header", "pipes", ("pipeDelimited", False)),
    ],
)
def test_collection_formats(
    location: str, collection: str | None, expected: tuple[str, bool]
) -> None:
    node = {"name": "p", "in": location, "type": "array", "items": {"type": "integer"}}
    if collection:
        node["collectionFormat"] = collection
    (parameter,) = read_one({"parameters": [node]}).parameters
    assert (parameter.style, parameter.explode) == expected
    assert parameter.example == [1]
    assert parameter.schema == {"type": "array", "items": {"type": "integer"}}


def test_parameters_have_their_schema_inline() -> None:
    node = {
        "name": "p",
        "in": "query",
        "type": "integer",
        "minimum": 5,
        "exclusiveMinimum": True,
        "x-example": 9,
    }
    (parameter,) = read_one({"parameters": [node]}).parameters
    assert parameter.example == 9
    assert parameter.schema == {"type": "integer", "minimum": 5, "exclusiveMinimum": True}
    del node["x-example"]
    (parameter,) = read_one({"parameters": [node]}).parameters
    assert parameter.example == 6


def test_parameters_are_found_by_reference() -> None:
    parameters = {
        "B": {"name": "b", "in": "body", "schema": {"type": "integer"}},
        "Q": {"name": "q", "in": "query", "type": "string"},
    }
    operation = read_one(
        {"parameters": [{"$ref": "#/parameters/B"}, {"$ref": "#/parameters/Q"}]},
        parameters=parameters,
    )
    assert operation.body is not None
    assert operation.body.example == 1
    assert [item.name for item in operation.parameters] == ["q"]


def test_a_broken_reference_is_named_once() -> None:
    analysis = read(swagger({"parameters": [{"$ref": "#/parameters/Gone"}]}))
    (warning,) = analysis.warnings
    assert warning.startswith("#/paths/~1a/post/parameters/0: the reference '#/parameters/Gone'")


def test_security_definitions() -> None:
    schemes = read(
        swagger(
            securityDefinitions={
                "basic": {"type": "basic"},
                "key": {"type": "apiKey", "in": "query", "name": "k"},
                "flow": {"type": "oauth2", "flow": "application", "tokenUrl": "https://id.test/t"},
            }
        )
    ).security_schemes
    assert [
        (item.key, item.location, item.name, item.prefix, item.token_url) for item in schemes
    ] == [
        ("basic", "header", "Authorization", "Basic", None),
        ("key", "query", "k", "", None),
        ("flow", "header", "Authorization", "Bearer", "https://id.test/t"),
    ]
