from __future__ import annotations

from urllib.parse import quote

import pytest

from tests.fixtures.site import Site


@pytest.mark.parametrize("path", ["/search", "/search.json", "/search/part", "/api/v1/search"])
@pytest.mark.parametrize(
    "text, statuses",
    [
        ("x" * 10_000, {422}),
        ("a\0b", {422}),
        ("%", {200}),
        ("\\", {200}),
        ("_" * 200, {200}),
        (" ".join("abcdefgh" * 10), {200}),
        ("\ud83d", {200, 422}),
        ("</script>", {200}),
    ],
)
def test_no_text_breaks_it(site: Site, path: str, text: str, statuses: set[int]) -> None:
    answer = site.client.get(f"{path}?q={quote(text.encode('utf-8', 'surrogatepass'))}")
    assert answer.status_code in statuses


def test_the_page_leads_to_what_was_found(site: Site) -> None:
    site.harness.make_run(name="<b>noon</b>")
    spec = site.add_spec()
    page = site.page("/search?q=items")
    endpoint = page.select_one("a[href$='/endpoints/" + site.endpoints(spec)["GET /items"] + "']")
    assert endpoint is not None
    assert "List items" in endpoint.text
    field = page.select_one("#search-everything")
    assert field is not None
    assert field["value"] == "items"
    for link in page.select("main a"):
        assert site.client.get(str(link["href"])).status_code == 200
    assert "<b>noon</b>" in site.page("/search?q=noon").text
    assert site.page("/search?q=noon").select("main b") == []


def test_nothing_found_says_what_can_be(site: Site) -> None:
    assert "Nothing found" in site.page("/search?q=zzz").text
    assert "What do you look for?" in site.page("/search").text


def test_the_twin_answers_as_the_interface_does(site: Site) -> None:
    site.add_spec()
    twin = site.client.get("/search.json?q=items").json()
    assert twin == site.client.get("/api/v1/search?q=items").json()
    assert [group["kind"] for group in twin["groups"]] == ["endpoint"]


def test_the_part_ends_with_a_way_to_all_of_it(site: Site) -> None:
    site.add_spec()
    part = site.page("/search/part?q=items")
    options = part.select("[role=option]")
    assert [option["id"] for option in options[:2]] == ["search-option-1", "search-option-2"]
    assert options[-1]["href"] == "/search?q=items"


def test_the_project_of_this_browser_comes_first(site: Site) -> None:
    site.send("/p/", {"name": "Web shop"})
    site.send("/p/", {"name": "Web mail"})
    site.page("/p/web-shop/")
    hits = site.client.get("/search.json?q=web").json()["groups"][0]["items"]
    assert [hit["page"] for hit in hits] == ["/p/web-shop/", "/p/web-mail/"]
