from __future__ import annotations

import asyncio
import json

import pytest

from benchwright.kit.errors import Problem, TooLarge, UpstreamFailed
from benchwright.kit.fetch import Fetcher, Refused
from benchwright.kit.networks import NetworkPolicy
from benchwright.specs.discovery import Found, find_documents
from benchwright.specs.document import NotOpenApi, SpecLimits
from tests.fixtures.peers import Peer, Request, write_answer
from tests.specs.documents import shop, write

DOCUMENT = write(shop())
INITIALIZER = """window.onload = function() { window.ui = SwaggerUIBundle({
    url: "https://petstore.swagger.io/v2/swagger.json", dom_id: '#swagger-ui' }); };"""


async def find(peer: Peer, path: str = "/docs/", **limits: int) -> Found:
    fetcher = Fetcher(NetworkPolicy.create(loopback_only=True))
    return await find_documents(fetcher, peer.url + path, limits=SpecLimits(**limits), timeout_s=5)


def urls(found: Found, peer: Peer) -> list[str]:
    return [(source.url or "").removeprefix(peer.url) for source in found.sources]


async def test_a_document_is_taken_as_it_is(peer: Peer) -> None:
    peer.serve("/docs/", DOCUMENT, "application/json")
    found = await find(peer)
    assert [source.body for source in found.sources] == [DOCUMENT]
    assert peer.paths == ["/docs/"]


async def test_a_redirect_changes_where_the_document_is(peer: Peer) -> None:
    peer.answers["/docs/"] = write_answer(status=307, location="/v2/doc.yaml")
    peer.serve("/v2/doc.yaml", "openapi: 3.0.0", "text/html")
    assert urls(await find(peer), peer) == ["/v2/doc.yaml"]


async def test_swagger_ui_with_its_settings_in_the_page(peer: Peer) -> None:
    peer.serve("/docs/", '<html><script>SwaggerUIBundle({url: "../a.json"})</script>')
    peer.serve("/a.json", DOCUMENT)
    assert urls(await find(peer), peer) == ["/a.json"]


async def test_swagger_ui_with_its_settings_in_a_script(peer: Peer) -> None:
    peer.serve("/docs/", '<html><script src="swagger-initializer.js"></script>')
    peer.serve(
        "/docs/swagger-initializer.js", INITIALIZER.replace("https://petstore.swagger.io/v2", ".")
    )
    peer.serve("/docs/swagger.json", DOCUMENT)
    assert urls(await find(peer), peer) == ["/docs/swagger.json"]


async def test_swagger_ui_with_its_settings_in_a_further_document(peer: Peer) -> None:
    peer.serve("/docs/", '<html><script src="swagger-initializer.js"></script>')
    peer.serve("/docs/swagger-initializer.js", INITIALIZER + 'x = {"configUrl": "/v3/config"}')
    peer.serve(
        "/v3/config",
        json.dumps({"urls": [{"url": "/a.json"}, {"url": "/gone.json"}, {"url": "/b.json"}]}),
    )
    peer.serve("/a.json", DOCUMENT)
    peer.serve("/b.json", DOCUMENT)
    found = await find(peer)
    assert urls(found, peer) == ["/a.json", "/b.json"]
    assert found.notes == [f"{peer.url}/gone.json is named on the page, but holds no document."]


async def test_a_document_inside_the_script(peer: Peer) -> None:
    peer.serve("/docs/", '<html><script src="./swagger-ui-init.js"></script>')
    peer.serve("/docs/swagger-ui-init.js", f'var options = {{"swaggerDoc": {DOCUMENT.decode()}}}')
    found = await find(peer)
    assert json.loads(found.sources[0].body) == shop()
    assert urls(found, peer) == ["/docs/"]


@pytest.mark.parametrize(
    "guess", ["/docs/openapi.json", "/openapi.json", "/v3/api-docs", "/swagger.json"]
)
async def test_a_page_that_names_nothing_leads_to_a_guess(peer: Peer, guess: str) -> None:
    peer.serve("/docs/", '<html><script src="swagger-initializer.js"></script>')
    peer.serve("/docs/swagger-initializer.js", INITIALIZER)
    peer.serve(guess, DOCUMENT)
    assert urls(await find(peer), peer) == [guess]


async def test_an_api_without_a_home_page_leads_to_a_guess(peer: Peer) -> None:
    peer.serve("/openapi.json", DOCUMENT)
    assert urls(await find(peer, "/"), peer) == ["/openapi.json"]
    assert urls(await find(peer, ""), peer) == ["/openapi.json"]


async def test_a_wrong_path_is_an_error_and_no_guess(peer: Peer) -> None:
    peer.serve("/openapi.json", DOCUMENT)
    with pytest.raises(UpstreamFailed, match="check its path"):
        await find(peer, "/openapi.jsn")


async def test_pages_that_lead_nowhere_are_explained(peer: Peer) -> None:
    peer.serve("/docs/", "<html><body>Welcome</body></html>")
    with pytest.raises(NotOpenApi, match="names no OpenAPI document") as caught:
        await find(peer)
    assert f"{peer.url}/openapi.json" in caught.value.detail


async def test_pages_instead_of_documents_are_passed_over(peer: Peer) -> None:
    peer.serve("/docs/", '<html><i data-url="/single-page-app">')
    peer.serve("/single-page-app", "<!doctype html><title>openapi</title>")
    peer.serve("/swagger.json", DOCUMENT)
    assert urls(await find(peer), peer) == ["/swagger.json"]


async def test_a_page_cannot_lead_to_a_metadata_address(peer: Peer) -> None:
    peer.serve("/docs/", '<html><i data-url="http://169.254.169.254/openapi.json">')
    with pytest.raises(NotOpenApi):
        await find(peer)
    with pytest.raises(Refused):
        await find_documents(
            Fetcher(NetworkPolicy.create(loopback_only=True)),
            "http://169.254.169.254/",
            limits=SpecLimits(),
            timeout_s=5,
        )


async def test_the_size_is_for_all_documents_together(peer: Peer) -> None:
    links = ", ".join(f'{{url: "/{number}.json"}}' for number in range(5))
    peer.serve("/docs/", f"<html><script>SwaggerUIBundle({{urls: [{links}]}})</script>")
    for number in range(5):
        peer.serve(f"/{number}.json", b'{"openapi": "' + b"x" * 1000 + b'"}')
    assert len((await find(peer, max_bytes=6000)).sources) == 5
    with pytest.raises(TooLarge):
        await find(peer, max_bytes=3000)


async def test_a_page_cannot_make_us_fetch_without_end(peer: Peer) -> None:
    pages = "".join(f'<i data-url="/{number}.json">' for number in range(500))
    scripts = "".join(f'<script src="index-{number}.js"></script>' for number in range(500))
    peer.serve("/docs/", f"<html>{pages}{scripts}")
    with pytest.raises(NotOpenApi):
        await find(peer)
    assert len(peer.requests) <= 40


async def test_the_time_is_for_all_fetches_together(peer: Peer) -> None:
    async def answer(request: Request, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.2)
        writer.write(write_answer("<html>", media_type="text/html"))

    peer.serve("/docs/", "<html>")
    for path in ("/docs/openapi.json", "/openapi.json", "/docs/v3/api-docs", "/v3/api-docs"):
        peer.answers[path] = answer
    fetcher = Fetcher(NetworkPolicy.create(loopback_only=True))
    with pytest.raises(UpstreamFailed, match=r"within 0\.3 s"):
        await find_documents(fetcher, peer.url + "/docs/", limits=SpecLimits(), timeout_s=0.3)


@pytest.mark.parametrize("status", [401, 403, 500, 204])
async def test_other_answers_are_problems_or_empty(peer: Peer, status: int) -> None:
    peer.answers["/docs/"] = write_answer(status=status)
    try:
        found = await find(peer)
    except Problem as problem:
        assert problem.status == 502
        assert str(status) in problem.detail
    else:
        assert found.sources[0].body == b""
