"""From a document to the bytes on the wire: each request as its description asks for it."""

from __future__ import annotations

import json
import uuid
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import unquote

import pytest

from benchwright.loadtests.bodies import BOUNDARY
from benchwright.loadtests.endpoints import endpoint_of
from benchwright.loadtests.plan import parse_plan
from benchwright.loadtests.script import generate_script
from benchwright.specs.analysis import analyse
from benchwright.specs.changes import content_of
from tests.loadtests.conftest import RunScript, once
from tests.loadtests.echo import EchoServer, Received

pytestmark = pytest.mark.k6

LIST, OBJECT = ["a b", "c,d"], {"role": "admin", "first": "Al"}
Send = Any


@pytest.fixture
def send(echo: EchoServer, run_script: RunScript) -> Send:
    """Sends every operation of a document once; what arrived, by the first step of the path."""

    def run(document: dict[str, Any]) -> dict[str, Received]:
        analysis = analyse(json.dumps({"info": {}, **document}).encode())
        spec = cast("Any", SimpleNamespace(base_url=analysis.base_url))
        endpoints = {
            str(uuid.uuid4()): endpoint_of(
                cast(
                    "Any",
                    SimpleNamespace(
                        method=operation.method,
                        path=operation.path,
                        removed_at=None,
                        **content_of(operation),
                    ),
                ),
                spec,
            )
            for operation in analysis.operations
        }
        scenarios = [{**once(), "path": None, "endpoint": key} for key in endpoints]
        plan = {"name": "all", "base_url": echo.url, "scenarios": scenarios}
        finished = run_script(generate_script(parse_plan(plan), endpoints).text)
        assert finished.exit_code == 0, finished.log
        assert len(echo.received) == len(endpoints)
        return {
            request.target[1:].partition("/")[0].partition("?")[0]: request
            for request in echo.received
        }

    return run


def operation(**parts: Any) -> dict[str, Any]:
    return {"post": {"responses": {}, **parts}}


PARAMETERS = {
    # name: place, style, explode, value, what arrives
    "pathmatrix": ("path", "matrix", True, OBJECT, ";role=admin;first=Al"),
    "pathlabel": ("path", "label", False, LIST, ".a%20b,c%2Cd"),
    "pathsimple": ("path", None, None, OBJECT, "role,admin,first,Al"),
    "form": ("query", None, None, LIST, "p=a%20b&p=c%2Cd"),
    "comma": ("query", "form", False, LIST, "p=a%20b,c%2Cd"),
    "space": ("query", "spaceDelimited", False, LIST, "p=a%20b%20c%2Cd"),
    "pipe": ("query", "pipeDelimited", False, LIST, "p=a%20b%7Cc%2Cd"),
    "deep": ("query", "deepObject", True, OBJECT, "p%5Brole%5D=admin&p%5Bfirst%5D=Al"),
    "header": ("header", "simple", True, OBJECT, "role=admin,first=Al"),
    "headerlist": ("header", "simple", False, LIST, "a b,c,d"),
    "cookie": ("cookie", "form", False, LIST, 'p="a%20b,c%2Cd"'),
}


def test_styles_of_parameters(send: Send) -> None:
    paths = {}
    for name, (place, style, explode, value, _) in PARAMETERS.items():
        parameter = {"name": "p", "in": place, "required": True, "schema": {}, "example": value}
        parameter |= {"style": style} if style else {}
        parameter |= {"explode": explode} if explode is not None else {}
        path = f"/{name}/{{p}}" if place == "path" else f"/{name}"
        paths[path] = operation(parameters=[parameter])
    for place in ("query", "header", "cookie"):
        content = {"application/json": {"example": {"a": [1]}}}
        parameter = {"name": "p", "in": place, "required": True, "content": content}
        paths[f"/json{place}"] = operation(parameters=[parameter])
    received = send({"openapi": "3.0.3", "paths": paths})
    for name, (place, _, _, _, sent) in PARAMETERS.items():
        assert _part_of(received[name], place) == sent, name
    for place in ("query", "header", "cookie"):
        text = unquote(_part_of(received[f"json{place}"], place)).removeprefix("p=")
        assert json.loads(text) == {"a": [1]}


def _part_of(request: Received, place: str) -> str:
    if place in {"path", "query"}:
        return request.target.rpartition("/" if place == "path" else "?")[2]
    return request.headers["p" if place == "header" else "cookie"]


def test_collection_formats_of_swagger_2(send: Send) -> None:
    formats = {
        "csv": "p=a%20b,c%2Cd",
        "ssv": "p=a%20b%20c%2Cd",
        "tsv": "p=a%20b%09c%2Cd",
        "pipes": "p=a%20b%7Cc%2Cd",
        "multi": "p=a%20b&p=c%2Cd",
    }
    paths = {}
    for kind in formats:
        node = {"name": "p", "required": True, "type": "array", "items": {}, "default": LIST}
        node["collectionFormat"] = kind
        paths[f"/{kind}"] = operation(parameters=[{**node, "in": "query"}])
        paths[f"/form{kind}"] = operation(parameters=[{**node, "in": "formData"}])
    received = send({"swagger": "2.0", "paths": paths})
    for kind, sent in formats.items():
        assert received[kind].target == f"/{kind}?{sent}"
        assert received[f"form{kind}"].body.decode() == sent
        assert (
            received[f"form{kind}"].headers["content-type"] == "application/x-www-form-urlencoded"
        )


def test_forms_and_files(send: Send) -> None:
    fields = {
        "file": {"type": "string", "format": "binary"},
        "picture": {"type": "string", "contentMediaType": "image/png"},
        "about": {"type": "object", "properties": {"x": {"const": 1}}},
        "note": {"type": "string", "default": "hi"},
    }
    multipart = {"schema": {"type": "object", "properties": fields}}
    form = {
        "schema": {"type": "object"},
        "example": {"deep": {"a": {"b": 1}}, "list": [1, 2], "plain": [1, 2]},
        "encoding": {
            "deep": {"style": "deepObject", "explode": True},
            "list": {"style": "pipeDelimited", "explode": False},
        },
    }
    paths = {
        "/multipart": operation(requestBody={"content": {"multipart/form-data": multipart}}),
        "/form": operation(requestBody={"content": {"application/x-www-form-urlencoded": form}}),
    }
    received = send({"openapi": "3.1.0", "paths": paths})
    assert received["form"].body == b"deep%5Ba%5D%5Bb%5D=1&list=1%7C2&plain=1&plain=2"
    parts = received["multipart"].body.decode().split(f"--{BOUNDARY}")
    assert parts == [
        "",
        (
            '\r\nContent-Disposition: form-data; name="file"; filename="example.bin"\r\n'
            "Content-Type: application/octet-stream\r\n\r\nexample\r\n"
        ),
        (
            '\r\nContent-Disposition: form-data; name="picture"; filename="example.bin"\r\n'
            "Content-Type: image/png\r\n\r\nexample\r\n"
        ),
        (
            '\r\nContent-Disposition: form-data; name="about"\r\n'
            'Content-Type: application/json\r\n\r\n{"x":1}\r\n'
        ),
        '\r\nContent-Disposition: form-data; name="note"\r\n\r\nhi\r\n',
        "--\r\n",
    ]


def test_what_stands_behind_a_hash_is_not_sent(send: Send) -> None:
    action = {"name": "Action", "in": "query", "required": True, "example": "List"}
    path = "/service/#Action={x}"
    received = send({"openapi": "3.0.3", "paths": {path: operation(parameters=[action])}})
    assert received["service"].target == "/service/?Action=List"
