from __future__ import annotations

import json
import time

import pytest

from benchwright.specs.pagelinks import guess, read_config, read_page, read_script

PAGE = "https://api.test/docs/index.html"


def groups(html: str, page_url: str = PAGE) -> list[list[str]]:
    return read_page(html, page_url).groups


@pytest.mark.parametrize(
    "html, expected",
    [
        ('<div data-url="/openapi.json">', "https://api.test/openapi.json"),
        ("<redoc spec-url='openapi.yaml'></redoc>", "https://api.test/docs/openapi.yaml"),
        ('<rapi-doc spec-url = "../v1.json">', "https://api.test/v1.json"),
        ('<elements-api apiDescriptionUrl="a.json?x=1&amp;y=2">', "https://api.test/docs/a.json?x=1&y=2"),
        ('<script id="api-reference" data-url="https://b.test/o.json">', "https://b.test/o.json"),
        ('<script>SwaggerUIBundle({ url: "/v1.json", dom_id: "#ui" })</script>', "https://api.test/v1.json"),
        ("<script>const ui = SwaggerUIBundle({ 'url': '/v1.json' })</script>", "https://api.test/v1.json"),
        ('<script>window.onload = () => { SwaggerUIBundle({"url":"\\/v1.json"}) }</script>', "https://api.test/v1.json"),
        ("<script>Redoc.init('/v1.json', {})</script>", "https://api.test/v1.json"),
        ('<script>Scalar.createApiReference("#app", { url: `/v1.json` })</script>', "https://api.test/v1.json"),
        ('<script>fetch("/spec.json").then((answer) => SwaggerUIBundle({ spec: 1 }))</script>', "https://api.test/spec.json"),
        ('<a href="/static/swagger-v2.yml">the document</a>', "https://api.test/static/swagger-v2.yml"),
        ('<link rel="service-desc" href="/api/openapi.json">', "https://api.test/api/openapi.json"),
    ],
)  # fmt: skip
def test_finds_the_address(html: str, expected: str) -> None:
    assert [expected] in groups(html)


def test_finds_all_documents_of_a_choice() -> None:
    html = """<script>SwaggerUIBundle({ urls: [
        {url: "/a.json", name: "A"},
        {"url": "/b.json", "name": "B"}, {url: '/a.json', name: 'A again'},
    ], url: "/single.json" })</script>"""
    assert groups(html) == [
        ["https://api.test/a.json", "https://api.test/b.json"],
        ["https://api.test/single.json"],
    ]


def test_the_own_origin_comes_first_and_the_example_never() -> None:
    html = """<script>
        // url: "/commented-out.json",
        const a = { url: "https://petstore.swagger.io/v2/swagger.json" };
        const b = { url: "https://other.test/x.json" };
        const c = { url: "/own.json" };
    </script>"""
    assert groups(html) == [["https://api.test/own.json"], ["https://other.test/x.json"]]
    petstore = "https://petstore.swagger.io/"
    assert groups('<i data-url="/v2/swagger.json">', petstore) == [[petstore + "v2/swagger.json"]]


def test_examples_on_pages_that_show_no_api_lead_nowhere_else() -> None:
    html = '<pre>{"url": "https://other.test/get", "next": {"url": "/page/2"}}</pre>'
    assert groups(html) == [["https://api.test/page/2"]]
    viewer = '<div id="swagger-ui"></div><script>ui({url: "https://other.test/get"})</script>'
    assert groups(viewer) == [["https://other.test/get"]]


def test_the_address_of_swagger_ui_may_name_the_document() -> None:
    assert groups("<html>", "https://api.test/ui/?url=/v3/api-docs") == [
        ["https://api.test/v3/api-docs"]
    ]


def test_unusable_addresses_are_left_out() -> None:
    html = '<i data-url="javascript:alert(1)"><i data-url="http://[x"><i data-url="${value}">'
    assert groups(html)[:1] in ([], [["https://api.test/docs/${value}"]])


def test_scripts_that_may_hold_settings() -> None:
    html = """<script src="./swagger-ui-bundle.js"></script>
        <script src='./swagger-initializer.js'></script>
        <script defer src="/docs/swagger-ui-init.js?v=1"></script>
        <script src="https://cdn.test/swagger-initializer.js"></script>"""
    assert read_page(html, PAGE).scripts == [
        "https://api.test/docs/swagger-initializer.js",
        "https://api.test/docs/swagger-ui-init.js?v=1",
    ]


def test_a_document_inside_a_script() -> None:
    document = {"openapi": "3.0.0", "info": {"title": 'a "b" }'}, "paths": {}}
    script = f'window.onload = function() {{ var options = {{ "swaggerDoc": {json.dumps(document)}, "x": 1 }}; }}'
    (found,) = read_script(script, PAGE).inline
    assert json.loads(found) == document
    assert read_script("spec: {openapi: broken", PAGE).inline == []
    assert read_script('spec: {"other": 1}', PAGE).inline == []
    assert read_script("spec: " + '{"a":' * 50_000, PAGE).inline == []


def test_settings_elsewhere() -> None:
    script = 'SwaggerUIBundle({ url: "https://petstore.swagger.io/v2/swagger.json", "configUrl" : "/v3/api-docs/swagger-config" })'
    links = read_script(script, PAGE)
    assert links.configs == ["https://api.test/v3/api-docs/swagger-config"]
    assert links.groups == []
    config = b'{"urls": [{"url": "/v3/api-docs/a"}, {"name": "x"}, 5], "url": "/v3/api-docs"}'
    assert read_config(config, PAGE).groups == [
        ["https://api.test/v3/api-docs/a"], ["https://api.test/v3/api-docs"],
    ]  # fmt: skip


@pytest.mark.parametrize("data", [b"", b"[]", b"5", b"{", b'{"urls": 5, "url": 5}', b"[" * 100_000])
def test_settings_that_cannot_be_read(data: bytes) -> None:
    assert read_config(data, PAGE).groups == []


def test_guesses_lie_beside_the_page_and_at_the_origin() -> None:
    guesses = guess("https://api.test/docs/index.html")
    assert guesses[:4] == [
        "https://api.test/docs/openapi.json", "https://api.test/openapi.json",
        "https://api.test/docs/v3/api-docs", "https://api.test/v3/api-docs",
    ]  # fmt: skip
    assert (
        len(guess("https://api.test/")) == len(set(guess("https://api.test/"))) == len(guesses) / 2
    )


@pytest.mark.parametrize(
    "piece", ["<script ", "url:", 'url: "', "urls: [", "href=", '"swaggerDoc": {', "spec:" + " " * 19, "data-url = '", "//", "openapi"]
)  # fmt: skip
def test_hostile_pages_cost_little(piece: str) -> None:
    begun = time.process_time()
    read_page(piece * (1_000_000 // len(piece)), PAGE)
    assert time.process_time() - begun < 5
