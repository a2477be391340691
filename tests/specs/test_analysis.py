from __future__ import annotations

import copy
import json
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from benchwright.kit.errors import Problem, TooLarge
from benchwright.kit.plaintext import TextProblem
from benchwright.specs.analysis import analyse
from benchwright.specs.document import NotOpenApi, SpecLimits
from benchwright.specs.outline import Analysis, Body, Operation, Parameter, Response, TagInfo
from tests.specs.documents import Json, large, shop, with_operation, write

SOURCE = "https://docs.test/api/openapi.json"


def read(document: Json, source_url: str | None = SOURCE) -> Analysis:
    return analyse(write(document), source_url=source_url)


def read_one(operation: Any, **changes: Any) -> tuple[Operation, list[str]]:
    analysis = read(with_operation(operation, **changes))
    (found,) = analysis.operations
    return found, analysis.warnings


def test_reads_a_faultless_document_without_a_warning() -> None:
    analysis = read(shop())
    assert analysis.warnings == []
    assert (analysis.dialect, analysis.title, analysis.version) == ("OpenAPI 3.0", "Shop", "1.2")
    assert analysis.base_url == "https://shop.test/v1"
    assert (
        analysis.tags
        == [
            TagInfo("orders", "What was bought"),
            TagInfo("items", "What can be bought"),
            TagInfo("Default"),
        ][1:]
    )
    assert [(item.method, item.path) for item in analysis.operations] == [
        ("GET", "/items/{id}"), ("PUT", "/items/{id}"), ("GET", "/health"),
    ]  # fmt: skip


def test_reads_an_operation() -> None:
    get, put, health = read(shop()).operations
    assert get == Operation(
        method="GET",
        path="/items/{id}",
        operation_id="getItem",
        summary="One item",
        description="",
        tags=["items"],
        deprecated=False,
        parameters=[
            Parameter("id", "path", True, {"type": "integer"}, 1, "simple", False),
            Parameter("lang", "query", False, {"enum": ["de", "en"]}, "de", "form", True),
        ],
        body=None,
        responses=["200", "4XX"],
        security=[],
        response_details=[Response("200", "ok"), Response("4XX", "no")],
    )
    # The operation's own parameter takes the place of the path's.
    assert [(item.name, item.required, item.example) for item in put.parameters] == [
        ("id", True, 1), ("lang", True, "en"),
    ]  # fmt: skip
    assert put.deprecated
    assert isinstance(put.body, Body)
    assert put.body.media_type == "application/json"
    assert put.body.others == ["application/xml"]
    assert put.body.required
    assert put.body.example == {"name": "Pen", "parts": []}
    assert put.body.schema["properties"]["parts"]["items"] == {"$ref": "#/components/schemas/Item"}
    assert health.tags == ["Default"]
    assert health.responses == ["default"]


@pytest.mark.parametrize("version", ["3.0.0", "3.0", "3.1.0", "3.1.1", "3.2.0", "3.0.3-rc1"])
def test_reads_every_openapi_3(version: str) -> None:
    assert read(shop(openapi=version)).dialect == f"OpenAPI {version[:3]}"


def test_yaml_and_json_mean_the_same() -> None:
    text = yaml.safe_dump(shop(), sort_keys=False).replace("'200'", "200")
    assert "\n        200:\n" in text
    assert analyse(text.encode(), source_url=SOURCE) == read(shop())
    assert analyse(b"\xef\xbb\xbf" + write(shop()), source_url=SOURCE) == read(shop())
    flow = b"{openapi: 3.0.0, info: {title: a, version: 1}, paths: {/a: {get: {}}}}"
    assert len(analyse(flow).operations) == 1


def test_yaml_words_stay_what_people_meant() -> None:
    text = """
openapi: 3.0
info: {title: no, version: 2024-01-15}
paths:
  /a:
    get:
      tags: [on, 404]
      parameters:
        - {name: country, in: query, schema: {enum: [no, de]}}
      responses: {200: {}, 404: {}}
"""
    analysis = analyse(text.encode())
    assert (analysis.title, analysis.version) == ("no", "2024-01-15")
    (operation,) = analysis.operations
    assert operation.tags == ["on", "404"]
    assert operation.responses == ["200", "404"]
    assert operation.parameters[0].example == "no"


@pytest.mark.parametrize(
    "document, words, pointer",
    [
        (b"", "empty", None),
        (b"[]", "a list", "#"),
        (b'"text"', "plain text", "#"),
        (b"just words", "plain text", "#"),
        (b"<!DOCTYPE html><html></html>", "HTML or XML", None),
        (b"\xef\xbb\xbf <wsdl>", "HTML or XML", None),
        (b"{}", "neither `openapi` nor `swagger`", "#"),
        (b'{"openapi": "4.0.0"}', "'4.0.0' is not supported", "#/openapi"),
        (b'{"openapi": true}', "neither", "#"),
        (b'{"swagger": "1.2"}', "'1.2' is not supported", "#/swagger"),
        (b'{"swaggerVersion": "1.2"}', "Swagger 1.x", "#"),
        (b'{"asyncapi": "2.6.0"}', "AsyncAPI", "#"),
        (b'{"info": {}, "item": []}', "Postman", "#"),
        (b'{"openapi": "3.0.0"}', "`paths` is missing", "#/paths"),
        (b'{"swagger": "2.0", "paths": []}', "`paths` is no object", "#/paths"),
    ],
)
def test_refuses_what_is_no_openapi_document(
    document: bytes, words: str, pointer: str | None
) -> None:
    with pytest.raises(NotOpenApi, match=words) as caught:
        analyse(document)
    assert caught.value.body().get("pointer") == pointer
    assert caught.value.status == 400


@pytest.mark.parametrize(
    "document, line, column",
    [
        (b'{"openapi": "3.0.0",\n "paths": {]}', 2, 12),
        (b"openapi: 3.0.0\npaths:\n  /a: {\n", 4, 1),
        (b"openapi: 3.0.0\npaths:\n  /a: 1\n  /a: 2\n", 4, 3),
        (b"openapi: 3.0.0\ninfo: \xff", 2, 7),
        (b'{"openapi": "3.0.0", "x": ' + b"[" * 200 + b"]" * 200 + b"}", 1, 126),
    ],
)
def test_names_line_and_column_of_a_broken_document(
    document: bytes, line: int, column: int
) -> None:
    with pytest.raises(TextProblem) as caught:
        analyse(document)
    assert (caught.value.line, caught.value.column) == (line, column)


def test_refuses_an_oversized_document() -> None:
    with pytest.raises(TooLarge):
        analyse(write(shop()), limits=SpecLimits(max_bytes=100))


def test_refuses_too_many_operations() -> None:
    with pytest.raises(NotOpenApi, match="more than 2 operations"):
        analyse(write(shop()), limits=SpecLimits(max_operations=2))


def test_a_document_of_components_only_has_no_operations() -> None:
    analysis = read({"openapi": "3.1.0", "info": {"title": "a"}, "components": {}})
    assert analysis.operations == []
    assert "The document describes no operation." in analysis.warnings


def test_names_a_key_that_stands_twice() -> None:
    analysis = analyse(b'{"openapi": "3.0.0", "info": {}, "info": {"title": "b"}, "paths": {}}')
    assert analysis.title == "b"
    assert "'info' stands twice" in analysis.warnings[0]


@pytest.mark.parametrize(
    "paths, warning, count",
    [
        ({"/a": 5}, "#/paths/~1a: This is no object", 0),
        ({"/a": {"get": "x"}}, "#/paths/~1a/get: This operation is no object", 0),
        ({"/a": {"$ref": "other.yaml#/a"}}, "#/paths/~1a: the reference 'other.yaml#/a' leads out", 0),
        ({"/a": {"$ref": "#/paths/~1a"}}, "#/paths/~1a: a chain of references has no end", 0),
        ({"a~b": {"get": {}}}, "#/paths/a~0b: A path begins with a slash", 1),
        ({"/" + "a" * 1000: {"get": {}}}, "too long", 0),
        ({"/a/{b}": {"get": {}}}, "#/paths/~1a~1{b}/get: {b} of the path is not described", 1),
        ({"/a": {"get": {"parameters": 3}}}, "#/paths/~1a/get/parameters: This is no list", 1),
        ({"/a": {"get": {"parameters": [3]}}}, "#/paths/~1a/get/parameters/0: This parameter has no usable", 1),
        ({"/a": {"get": {"parameters": [{"name": "x", "in": "body"}]}}}, "'x' is in none of", 1),
        ({"/a": {"get": {"parameters": [{"name": "x", "in": "path"}]}}}, "The path has no {x}", 1),
        ({"/a": {"get": {"parameters": [{"$ref": "#/components/parameters/P"}]}}}, "points at nothing", 1),
        ({"/a": {"post": {"requestBody": {"$ref": "http://evil.test/b"}}}}, "never fetched", 1),
        ({"/a": {"post": {"requestBody": {}}}}, "#/paths/~1a/post/requestBody: This body describes no", 1),
        ({"/a": {"servers": 5, "get": {}}}, "#/paths/~1a/servers: This is not a list", 1),
    ],
)  # fmt: skip
def test_a_fault_in_one_place_leaves_the_rest(paths: Json, warning: str, count: int) -> None:
    paths = {**paths, "/fine": {"get": {"responses": {}}}, "x-extension": 5}
    analysis = read(shop(paths=paths, tags=[]))
    assert len(analysis.operations) == count + 1
    assert len(analysis.warnings) == 1
    assert warning in analysis.warnings[0]


def test_warnings_do_not_grow_without_end() -> None:
    analysis = read(shop(paths={f"/{n}": 1 for n in range(5000)}))
    assert len(analysis.warnings) == 101
    assert "further faults are not listed" in analysis.warnings[-1]


def test_follows_references_to_paths_parameters_and_bodies() -> None:
    document = shop(
        paths={"/a": {"$ref": "#/components/pathItems/A"}},
        components={
            "pathItems": {
                "A": {
                    "post": {
                        "parameters": [{"$ref": "#/components/parameters/P"}],
                        "requestBody": {"$ref": "#/components/requestBodies/B"},
                    }
                }
            },
            "parameters": {"P": {"name": "p", "in": "query", "schema": {"$ref": "#/components/schemas/S"}}},
            "requestBodies": {"B": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/S"}}}}},
            "schemas": {"S": {"type": "string", "maxLength": 2}},
        },
    )  # fmt: skip
    analysis = read(document)
    (operation,) = analysis.operations
    assert analysis.warnings == []
    assert operation.parameters[0].example == "ex"
    assert operation.body is not None
    assert operation.body.schema == {"type": "string", "maxLength": 2}


def test_references_by_id_and_anchor_are_found() -> None:
    document = with_operation(
        {
            "parameters": [
                {"name": "a", "in": "query", "schema": {"$ref": "https://ids.test/thing"}},
                {"name": "b", "in": "query", "schema": {"$ref": "#here"}},
            ]
        },
        openapi="3.1.0",
        components={
            "schemas": {
                "A": {"$id": "https://ids.test/thing", "const": "by id"},
                "B": {"$anchor": "here", "const": "by anchor"},
            }
        },
    )
    assert [item.example for item in read(document).operations[0].parameters] == [
        "by id",
        "by anchor",
    ]


@pytest.mark.parametrize(
    "parameter, expected",
    [
        ({"in": "query"}, ("form", True)),
        ({"in": "query", "style": "form", "explode": False}, ("form", False)),
        ({"in": "query", "style": "deepObject"}, ("deepObject", False)),
        ({"in": "query", "style": "matrix"}, ("form", True)),
        ({"in": "header"}, ("simple", False)),
        ({"in": "cookie"}, ("form", True)),
        ({"in": "path", "style": "label", "explode": True}, ("label", True)),
    ],
)
def test_style_and_explode(parameter: Json, expected: tuple[str, bool]) -> None:
    operation = {"parameters": [{"name": "p", "schema": {"type": "string"}, **parameter}]}
    (found,) = read(with_operation(operation, path="/{p}")).operations
    parameter_found = next(item for item in found.parameters if item.location == parameter["in"])
    assert (parameter_found.style, parameter_found.explode) == expected


def test_headers_that_have_their_own_place_are_ignored() -> None:
    names = ["Accept", "content-type", "Authorization", "X-Trace"]
    operation, warnings = read_one(
        {"parameters": [{"name": name, "in": "header", "schema": {}} for name in names]}
    )
    assert [item.name for item in operation.parameters] == ["X-Trace"]
    assert warnings == []


@pytest.mark.parametrize(
    "holder, example",
    [
        (
            {"example": {"a": 1}, "examples": {"x": {"value": 2}}, "schema": {"example": 3}},
            {"a": 1},
        ),
        ({"examples": {"x": {"value": 2}}, "schema": {"example": 3}}, 2),
        ({"examples": {"x": {"$ref": "#/components/examples/E"}}}, "referred"),
        ({"examples": {"x": {"externalValue": "https://evil.test"}}, "schema": {"example": 3}}, 3),
        ({"examples": {"x": {"$ref": "#/gone"}}, "schema": {"default": 4}}, 4),
        ({"schema": {"enum": [5, 6]}}, 5),
        ({"schema": {"type": "integer"}}, 1),
        ({"example": None}, None),
    ],
)
def test_where_examples_come_from(holder: Json, example: Any) -> None:
    extra = {"components": {"examples": {"E": {"value": "referred"}}}}
    operation, _ = read_one({"requestBody": {"content": {"application/json": holder}}}, **extra)
    assert operation.body is not None
    assert operation.body.example == example
    operation, _ = read_one({"parameters": [{"name": "p", "in": "query", **holder}]}, **extra)
    assert operation.parameters[0].example == example


def test_parameters_that_travel_as_json() -> None:
    content = {
        "application/json": {"schema": {"type": "object", "properties": {"a": {"const": 1}}}}
    }
    operation, _ = read_one({"parameters": [{"name": "p", "in": "query", "content": content}]})
    (parameter,) = operation.parameters
    assert parameter.media_type == "application/json"
    assert parameter.example == {"a": 1}


@pytest.mark.parametrize(
    "media_types, chosen",
    [
        (["text/csv", "application/xml", "application/json; charset=utf-8"], "application/json; charset=utf-8"),
        (["multipart/form-data", "application/vnd.api+json"], "application/vnd.api+json"),
        (["text/plain", "multipart/form-data", "application/x-www-form-urlencoded"], "application/x-www-form-urlencoded"),
        (["application/octet-stream", "application/xml"], "application/octet-stream"),
    ],
)  # fmt: skip
def test_the_most_useful_media_type_is_chosen(media_types: list[str], chosen: str) -> None:
    operation, _ = read_one({"requestBody": {"content": {name: {} for name in media_types}}})
    assert operation.body is not None
    assert operation.body.media_type == chosen
    assert set(operation.body.others) == set(media_types) - {chosen}


def test_xml_is_written_from_the_schema_or_taken_as_it_is() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string"}}}
    holders: list[tuple[Json, str]] = [
        ({"schema": schema}, "<root><a>example</a></root>"),
        ({"schema": schema, "example": {"a": "<"}}, "<root><a>&lt;</a></root>"),
    ]
    for holder, text in holders:
        body = {"content": {"application/xml": holder}}
        operation, warnings = read_one({"requestBody": body})
        assert operation.body is not None
        assert operation.body.example.endswith(text)
        assert warnings == []
    body = {"content": {"application/xml": {"schema": schema, "example": "<a/>"}}}
    operation, _ = read_one({"requestBody": body})
    assert operation.body is not None
    assert operation.body.example == "<a/>"


def test_a_json_body_whose_example_is_written_as_a_text() -> None:
    holder = {"schema": {"type": "object"}, "example": '{"a": [1]}'}
    operation, _ = read_one({"requestBody": {"content": {"application/json": holder}}})
    assert operation.body is not None
    assert operation.body.example == {"a": [1]}


def test_a_form_is_an_object() -> None:
    field = {"type": "object", "properties": {"f": {"type": "string"}}}
    for schema, example, count in ((field, {"f": "example"}, 0), ({"type": "string"}, None, 1)):
        holder = {"schema": schema, "example": [1]}
        body = {"content": {"multipart/form-data": holder}}
        operation, warnings = read_one({"requestBody": body})
        assert operation.body is not None
        assert operation.body.example == example
        assert len(warnings) == count


def test_an_enormous_example_is_left_out() -> None:
    body = {"content": {"application/json": {"example": "x" * 300_000}}}
    operation, warnings = read_one({"requestBody": body})
    assert operation.body is not None
    assert operation.body.example is None
    assert "too large" in warnings[0]


def test_security_of_an_operation() -> None:
    document = shop(
        security=[{"key": []}],
        paths={
            "/a": {"get": {}},
            "/b": {"get": {"security": []}},
            "/c": {"get": {"security": [{}, {"key": [], "token": ["read"]}, 5]}},
        },
    )
    assert [item.security for item in read(document).operations] == [
        [["key"]], [], [[], ["key", "token"]],
    ]  # fmt: skip


def test_servers_of_paths_and_operations() -> None:
    document = shop(
        paths={
            "/a": {
                "servers": [{"url": "https://a.test"}],
                "get": {},
                "post": {"servers": [{"url": "/rel"}]},
            },
            "/b": {"get": {}},
        }
    )
    assert [item.base_url for item in read(document).operations] == [
        "https://a.test", "https://docs.test/rel", None,
    ]  # fmt: skip


@pytest.mark.parametrize(
    "servers, source_url, base_url",
    [
        (None, SOURCE, "https://docs.test"),
        ([], SOURCE, "https://docs.test"),
        ([{"url": "/"}], SOURCE, "https://docs.test"),
        ([{"url": "v2"}], SOURCE, "https://docs.test/api/v2"),
        (None, None, ""),
        ([{"url": "/v2"}], None, ""),
    ],
)
def test_the_base_url(servers: Any, source_url: str | None, base_url: str) -> None:
    analysis = read(shop(servers=servers), source_url)
    assert analysis.base_url == base_url
    assert any("set the base URL" in warning for warning in analysis.warnings) == (not base_url)


def test_methods_of_openapi_3_2() -> None:
    item: Json = {"query": {}, "additionalOperations": {"copy": {}, "no good": {}}}
    document = shop(openapi="3.2.0", paths={"/a": item})
    assert [item.method for item in read(document).operations] == ["QUERY", "COPY"]


def test_text_that_no_database_takes_is_cleaned() -> None:
    body = {"content": {"application/json": {"example": {"a\0": "\ud800"}}}}
    analysis = read(with_operation({"summary": "a\0b", "requestBody": body}))
    (operation,) = analysis.operations
    assert operation.summary == "a\ufffdb"
    assert operation.body is not None
    assert operation.body.example == {"a\ufffd": "\ufffd"}


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_a_large_document_is_read(form: str) -> None:
    document = large(operations=400, schemas=200)
    text = json.dumps(document) if form == "json" else yaml.dump(document, Dumper=yaml.CSafeDumper)
    analysis = analyse(text.encode())
    assert len(analysis.operations) == 400
    assert len(analysis.tags) == 50
    assert analysis.warnings == []


def places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    children = (
        node.items()
        if isinstance(node, dict)
        else enumerate(node)
        if isinstance(node, list)
        else ()
    )
    return [path, *(place for key, child in children for place in places(child, (*path, key)))]


ALL_PLACES = places(shop())[1:]
RUBBISH: st.SearchStrategy[Any] = st.sampled_from([None, True, 5, -1.5, "", "x", [], [[]], [None], {}, {"x": 1}, {"$ref": "#"}, {"$ref": "#/paths"}, {"$ref": 5}, {"$ref": "x#y"}])  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from(ALL_PLACES), RUBBISH), min_size=1, max_size=4))
def test_rubbish_anywhere_is_a_warning_or_a_refusal(
    changes: list[tuple[tuple[Any, ...], Any]],
) -> None:
    document = copy.deepcopy(shop())
    for place, rubbish in changes:
        node: Any = document
        try:
            for key in place[:-1]:
                node = node[key]
            node[place[-1]] = copy.deepcopy(rubbish)
        except (KeyError, IndexError, TypeError):
            continue
    try:
        analysis = read(document)
    except Problem as problem:
        assert problem.status in (400, 413)
    else:
        for operation in analysis.operations:
            assert operation.path.startswith("/")
            assert operation.tags
