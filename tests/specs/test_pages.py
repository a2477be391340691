from __future__ import annotations

from bs4 import BeautifulSoup, Tag

from tests.fixtures.peers import Peer
from tests.fixtures.site import SMALL_SPEC, Site


def test_an_uploaded_document_becomes_a_page_of_endpoints(site: Site) -> None:
    page = site.page(site.add_spec())
    assert page.h1 is not None
    assert page.h1.text == "Small shop"
    headings = [h.text for h in page.select(".tag-head h2")]
    assert headings == ["Items", "Default"]
    paths = [p.text for p in page.select(".endpoint .path")]
    assert sorted(paths) == ["/items", "/items", "/items/{id}"]


def test_an_endpoint_shows_parameters_and_body(site: Site) -> None:
    spec = site.add_spec()
    endpoints = site.endpoints(spec)
    page = site.page(f"{spec}/endpoints/{endpoints['GET /items/{id}']}")
    assert [cell.text for cell in page.select("tbody td")][:3] == ["path", "integer", "7"]
    page = site.page(f"{spec}/endpoints/{endpoints['POST /items']}")
    assert '"name"' in page.select_one("pre").text  # type: ignore[union-attr]  # it is there
    site.page(f"{spec}/endpoints/{spec.rpartition('/')[2]}", status=404)


def test_a_refused_address_is_explained_at_the_field(site: Site) -> None:
    text = site.send("/p/default/specs", {"url": "http://127.0.0.1:9/openapi.json"}, status=502)
    assert 'value="http://127.0.0.1:9/openapi.json"' in text
    assert 'aria-describedby="f-url-error"' in text
    assert "refused" in text


def test_nothing_sent_is_explained(site: Site) -> None:
    assert "Paste the address" in site.send("/p/default/specs", {}, status=422)


def test_a_broken_file_is_explained_at_the_field(site: Site) -> None:
    files = {"file": ("broken.yaml", b"openapi: [")}
    answer = site.client.post("/p/default/specs", files=files)
    assert 400 <= answer.status_code < 500
    assert 'id="f-file-error"' in answer.text


def test_reading_again_shows_what_changed(site: Site) -> None:
    spec = site.add_spec()
    changed = SMALL_SPEC.replace("  /items/{id}:", "  /things/{id}:").replace("List items", "All")
    files = {"file": ("openapi.yaml", changed.encode())}
    answer = site.client.post(f"{spec}/refresh", files=files)
    page = site.page(answer.headers["location"])
    notice = page.select_one(".notice")
    assert notice is not None
    assert "1 endpoint added, 1 removed, 1 changed" in notice.text
    link = page.select_one(".news a")
    assert link is not None
    titles = [
        title.get_text(" ", strip=True)
        for title in site.page(str(link["href"])).select(".changes h3")
    ]
    assert titles == ["Removed 1", "Changed 1", "Added 1"]
    again = site.client.post(f"{spec}/refresh", files=files)
    assert "nothing changed" in site.page(again.headers["location"]).text


def test_reading_again_may_fail_without_harm(site: Site) -> None:
    spec = site.add_spec()
    text = site.send(f"{spec}/refresh", {}, status=400)
    assert "could not be read again" in text
    assert len(site.endpoints(spec)) == 3


def test_a_spec_as_json(site: Site) -> None:
    spec = site.add_spec()
    body = site.client.get(spec + ".json").json()
    assert body == site.client.get(f"/api/v1/specs/{spec.rpartition('/')[2]}").json()


def test_deleting_a_spec(site: Site) -> None:
    spec = site.add_spec()
    assert site.send(f"{spec}/delete", {}) == "/p/default/"
    site.page(spec, status=404)


def test_a_spec_belongs_to_its_project(site: Site) -> None:
    spec = site.add_spec()
    site.send("/p/", {"name": "Other"})
    site.page(spec.replace("/p/default/", "/p/other/"), status=404)


def test_an_address_of_several_documents_asks_which(site: Site, peer: Peer) -> None:
    one = SMALL_SPEC.replace("Small shop", "One & only")
    peer.serve(
        "/ui", '<script>SwaggerUIBundle({urls: [{"url": "/a"}, {"url": "/b"}]})</script><html>'
    )
    peer.serve("/a", one)
    peer.serve("/b", SMALL_SPEC.replace("/items", "/others"))
    answer = site.client.post("/p/default/specs", data={"url": f"{peer.url}/ui"})
    assert answer.status_code == 200
    page = BeautifulSoup(answer.text, "html.parser")
    assert [title.text for title in page.select(".plain-list strong")] == [
        "One & only",
        "Small shop",
    ]
    first, *_, both = page.select("main form")
    spec = site.send("/p/default/specs", fields_of(first))
    assert site.page(spec).h1.text == "One & only"  # type: ignore[union-attr]  # it is there
    spec = site.send("/p/default/specs", fields_of(both))
    assert len(site.endpoints(spec.partition("?")[0])) == 6


def fields_of(form: Tag) -> dict[str, str]:
    return {str(field["name"]): str(field["value"]) for field in form.select("input")}
