from __future__ import annotations

from typing import Any

import pytest

from benchwright.specs.analysis import analyse
from benchwright.specs.changes import Key, compare, content_of
from benchwright.specs.differences import Content
from tests.specs.documents import Json, with_operation, write

QUERY = {"name": "q", "in": "query", "schema": {"type": "string"}}


def contents(operation: Json) -> dict[Key, Content]:
    analysis = analyse(write(with_operation(operation)))
    return {(item.method, item.path): content_of(item) for item in analysis.operations}


def body(schema: Json, **more: Any) -> Json:
    return {"requestBody": {"content": {"application/json": {"schema": schema}}, **more}}


@pytest.mark.parametrize(
    "before, after, parts",
    [
        ({}, {}, []),
        ({"summary": "a"}, {"summary": "b"}, ["summary: a → b"]),
        ({"description": "a"}, {"operationId": "x"}, ["operation id: none → x", "description: a → none"]),
        ({"tags": ["a", "b"]}, {"tags": ["b", "a"]}, []),
        ({"tags": ["a"]}, {"tags": ["b"]}, ["tags: a → b"]),
        ({}, {"deprecated": True}, ["deprecated: no → yes"]),
        ({"deprecated": True}, {}, ["deprecated: yes → no"]),
        ({}, {"responses": {"200": {}}}, ["response 200 added"]),
        ({}, {"servers": [{"url": "https://x.test"}]}, ["base URL: none → https://x.test"]),
        ({}, {"security": [{"k": []}]}, ["security: none → k"]),
        ({}, {"parameters": [QUERY]}, ["query parameter q added"]),
        ({}, {"parameters": [{**QUERY, "required": True}]}, ["query parameter q added, required"]),
        ({"parameters": [QUERY]}, {}, ["query parameter q removed"]),
        ({"parameters": [QUERY]}, {"parameters": [{**QUERY, "required": True}]}, ["query parameter q: optional → required"]),
        ({"parameters": [QUERY]}, {"parameters": [{**QUERY, "schema": {"const": 1}}]}, ["query parameter q type: string → integer", "query parameter q limits: none → always 1", "query parameter q example: example → 1"]),
        ({}, body({"const": 1}), ["body added"]),
        (body({"const": 1}), {}, ["body removed"]),
        (body({"const": 1}), body({"const": 1}, required=True), ["body: optional → required"]),
    ],
)  # fmt: skip
def test_names_the_changed_parts(before: Json, after: Json, parts: list[str]) -> None:
    changes = compare(contents(before), contents(after))
    assert not changes.added
    assert not changes.removed
    assert [change.parts for change in changes.changed] == ([parts] if parts else [])
    assert bool(changes) == bool(parts)


def test_names_what_came_and_went() -> None:
    (content,) = contents({}).values()
    changes = compare(
        {("GET", "/a"): content, ("GET", "/b"): content},
        {("GET", "/b"): content, ("GET", "/c"): content},
    )
    assert changes.as_json() == {
        "added": [{"method": "GET", "path": "/c", "parts": [], "details": []}],
        "removed": [{"method": "GET", "path": "/a", "parts": [], "details": []}],
        "changed": [],
    }
