from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from tests.fixtures.site import SMALL_SPEC, Site
from tests.specs.documents import Json
from tests.web.harness import HOSTILE

LONG = "x" * 10_000


def document(*operations: tuple[str, str, Json], **more: Any) -> str:
    paths: Json = {}
    for method, path, operation in operations:
        paths.setdefault(path, {})[method] = operation
    info = {"title": "API", "version": "1"}
    return json.dumps({"openapi": "3.1.0", "info": info, "paths": paths, **more})


def many(count: int) -> str:
    return document(*(("get", f"/things/{n}", {"tags": [f"Tag {n % 3}"]}) for n in range(count)))


def shown(site: Site, address: str) -> list[str]:
    boxes = site.page(address).select(".endpoint > input[name=endpoint]")
    return [str(box["aria-label"]).removeprefix("Choose ") for box in boxes]


@pytest.mark.parametrize(
    "query, found",
    [
        ("", ["GET /items", "POST /items", "GET /items/{id}"]),
        ("?q=one+ITEM", ["GET /items/{id}"]),
        ("?q=post", ["POST /items"]),
        ("?q=default", ["GET /items/{id}"]),
        ("?q=nothing+like+it", []),
        ("?method=post", ["POST /items"]),
        ("?method=POST&method=GET&tag=Items", ["GET /items", "POST /items"]),
        ("?tag=Nothing", []),
        ("?q=%25", []),
        ("?q=_", []),
    ],
)
def test_the_filter_is_in_the_address(site: Site, query: str, found: list[str]) -> None:
    assert shown(site, site.add_spec() + query) == found


def test_the_filter_refuses_what_no_database_stores(site: Site) -> None:
    site.page(site.add_spec() + "?q=%00", status=422)


def test_without_scripts_a_choice_survives_the_filter(site: Site) -> None:
    spec = site.add_spec()
    first, second, _ = site.endpoints(spec).values()
    page = site.page(f"{spec}?q=one&endpoint={first}&endpoint={second}&endpoint={uuid.uuid4()}")
    hidden = page.select("input[type=hidden][name=endpoint]")
    assert {str(box["value"]) for box in hidden} == {first, second}
    assert "2 chosen" in page.select_one("[data-chosen]").text  # type: ignore[union-attr]  # it is there
    page = site.page(f"{spec}?endpoint={first}")
    assert [str(box["value"]) for box in page.select(".endpoint > input[checked]")] == [first]


def test_a_long_list_comes_in_stretches(site: Site) -> None:
    spec = site.add_spec(many(450))
    first = shown(site, spec)
    second = shown(site, f"{spec}?start=200")
    rows = shown(site, f"{spec}/rows?offset=200&limit=250")
    assert (len(first), len(second), len(rows)) == (200, 200, 250)
    assert rows[:200] == second
    assert len({*first, *rows}) == 450
    assert shown(site, f"{spec}/rows?offset=450") == []
    site.page(f"{spec}/rows?limit=100000", status=422)


def test_a_large_page_travels_packed(site: Site) -> None:
    spec = site.add_spec(many(200))
    packed = site.client.get(spec, headers={"Accept-Encoding": "gzip"})
    plain = site.client.get(spec, headers={"Accept-Encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert int(packed.headers["content-length"]) * 5 < len(plain.content)


def test_what_is_suggested_reads_only_and_needs_no_knowledge(site: Site) -> None:
    needed = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}
    known = {**needed, "example": 7}
    key = {"securitySchemes": {"k": {"type": "http", "scheme": "bearer"}}}
    spec = site.add_spec(
        document(
            ("post", "/a", {}),
            ("get", "/a", {}),
            ("get", "/a/{id}", {"parameters": [needed]}),
            ("get", "/b/{id}", {"parameters": [known]}),
            ("get", "/old", {"deprecated": True}),
            ("get", "/mine", {"security": [{"k": []}]}),
            components=key,
        )
    )
    page = site.page(spec + "?suggested=1")
    chosen = page.select(".endpoint > input[checked]")
    assert [box["aria-label"] for box in chosen] == ["Choose GET /a", "Choose GET /b/{id}"]
    assert "2 endpoints are chosen" in page.text


def test_where_all_need_credentials_those_are_suggested(site: Site) -> None:
    spec = site.add_spec(document(("get", "/mine", {"security": [{"k": []}]})))
    assert "1 endpoint is chosen" in site.page(spec + "?suggested=1").text


def test_where_nothing_can_be_suggested_it_says_why(site: Site) -> None:
    spec = site.add_spec(document(("post", "/a", {})))
    assert "every endpoint changes data or needs a value" in site.page(spec + "?suggested=1").text


def test_an_endpoint_says_what_it_takes_and_answers(site: Site) -> None:
    size = {
        "name": "size", "in": "query", "description": "How `many`",
        "schema": {"type": "integer", "minimum": 1, "maximum": 50, "default": 10},
    }  # fmt: skip
    item = {
        "type": "object",
        "required": ["name"],
        "properties": {
            "name": {"type": "string", "maxLength": 20},
            "parts": {"type": "array", "items": {"properties": {"weight": {"type": "number"}}}},
        },
    }
    content = {"content": {"application/json": {"schema": item}}}
    operation = {
        "operationId": "addItem",
        "parameters": [size],
        "requestBody": {"required": True, **content},
        "responses": {"201": {"description": "made", **content}, "409": {"description": "there"}},
        "security": [{"key": []}],
    }
    key = {"type": "apiKey", "in": "header", "name": "X-Key"}
    spec = site.add_spec(
        document(("post", "/items", operation), components={"securitySchemes": {"key": key}})
    )
    (endpoint,) = site.endpoints(spec).values()
    page = site.page(f"{spec}/endpoints/{endpoint}")
    row = page.select_one(".parameters tbody tr")
    assert row is not None
    text = row.get_text(" ", strip=True)
    for words in ("size", "query", "integer", "1 to 50", "default 10", "How many"):
        assert words in text
    assert "made up" not in text
    assert [code.text for code in page.select(".tree code")][:3] == ["name", "parts", "[ ]"]
    assert "at most 20 characters" in page.text
    assert [status.text for status in page.select(".status")] == ["201", "409"]
    assert "key (in header X-Key)" in page.text
    part = site.client.get(f"{spec}/endpoints/{endpoint}?part=true").text
    assert "<html" not in part
    assert "1 to 50" in part
    body = site.client.get(f"{spec}/endpoints/{endpoint}.json").json()
    assert body == site.client.get(f"/api/v1/endpoints/{endpoint}").json()


def test_a_revision_shows_before_and_after(site: Site) -> None:
    spec = site.add_spec()
    changed = SMALL_SPEC.replace("type: integer}, example: 7", "type: string}, example: seven")
    files = {"file": ("openapi.yaml", changed.encode())}
    site.client.post(f"{spec}/refresh", files=files)
    page = site.page(f"{spec}/revisions/2")
    rows = [row.get_text(" ", strip=True) for row in page.select(".differences tbody tr")]
    assert rows == [
        "path parameter id type may break requests integer string",
        "path parameter id example 7 seven",
    ]
    link = page.select_one(".change a")
    assert link is not None
    site.page(str(link["href"]))
    assert site.client.get(f"{spec}/revisions/2.json").json()["changed_count"] == 1
    site.page(f"{spec}/revisions/3", status=404)
    assert "read first" in site.page(f"{spec}/revisions/1").text


def test_a_hostile_document_stays_text(site: Site) -> None:
    parameters = [{"name": f"{HOSTILE}{n}", "in": "query", "description": LONG} for n in range(300)]
    schema = {"$ref": "#/components/schemas/Loop"}
    loop = {"properties": {"child": schema, HOSTILE: {"enum": [HOSTILE, LONG]}}}
    operation = {
        "summary": LONG + HOSTILE,
        "description": f"# {HOSTILE}\n\n```\n{HOSTILE}\n```\n\n- [x](javascript:alert(1))\n{LONG}",
        "operationId": HOSTILE,
        "tags": [HOSTILE, LONG],
        "parameters": parameters,
        "requestBody": {"content": {HOSTILE: {"schema": schema}}},
        "responses": {HOSTILE: {"description": HOSTILE}, "200": {"description": LONG}},
        "security": [{HOSTILE: []}],
    }
    spec = site.add_spec(
        document(("post", f"/{HOSTILE}", operation), components={"schemas": {"Loop": loop}})
    )
    (endpoint,) = site.endpoints(spec).values()
    for address in (spec, f"{spec}/rows", f"{spec}/endpoints/{endpoint}"):
        page = site.page(address)
        assert not page.select("img")
        assert not [a for a in page.select("a[href]") if str(a["href"]).startswith("javascript")]
    assert "275 more optional parameters" in page.text


def test_what_belongs_to_another_spec_is_not_found(site: Site) -> None:
    spec, other = site.add_spec(), site.add_spec(document(("get", "/x", {})))
    (endpoint,) = site.endpoints(other).values()
    site.page(f"{spec}/endpoints/{endpoint}", status=404)
    site.page(f"{spec.replace('/p/default/', '/p/nowhere/')}/rows", status=404)
