from __future__ import annotations

import json

import pytest
from bs4 import BeautifulSoup
from fastapi import Request
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from benchwright.web.rendering import Url, coded, script_json
from tests.fixtures.site import Site
from tests.web.harness import Harness


def make_request(root_path: str = "") -> Request:
    return Request({"type": "http", "root_path": root_path, "path": "/", "headers": []})


def test_addresses_encode_their_parts() -> None:
    url = Url(make_request())
    assert url("/p", "a/b c", "runs", q="x&y", empty="", none=None) == "/p/a%2Fb%20c/runs?q=x%26y"
    assert url("/p", "shop", "") == "/p/shop/"
    assert url("/about") == "/about"


def test_addresses_begin_where_the_server_is_mounted() -> None:
    assert Url(make_request("/lab/"))("/p", "shop") == "/lab/p/shop"


@given(st.text())
def test_nothing_ends_a_script_element(text: str) -> None:
    written = str(script_json({"name": text}))
    assert "<" not in written
    assert json.loads(written) == {"name": text}


def test_backticks_are_code_and_the_rest_is_text() -> None:
    assert str(coded("Set `max_vus` to <b>")) == "Set <code>max_vus</code> to &lt;b&gt;"
    assert str(coded("`<i>` and one `alone")) == "<code>&lt;i&gt;</code> and one `alone"


def test_errors_are_pages_for_browsers(site: Site) -> None:
    page = site.page("/p/nothing-here/", status=404)
    assert page.h1 is not None
    assert page.h1.text == "There is nothing at this address"
    assert "nothing-here" in page.text
    assert page.select_one("main#main") is not None


def test_an_error_page_says_what_to_do(site: Site) -> None:
    page = site.page("/p/nothing-here/", status=404)
    assert "may have been deleted" in page.text
    request_id = page.select_one("#request-id")
    assert request_id is not None
    assert len(request_id.text) > 8
    assert page.select_one("main a[href='/']") is not None
    assert page.find("a", string="Try again") is None


def test_a_value_that_is_refused_is_named_with_the_reason(site: Site) -> None:
    page = site.page("/p/default/runs?limit=none", status=422)
    assert "limit" in page.select_one(".problem-errors").text  # type: ignore[union-attr] # fails as well


def test_a_fault_of_the_server_is_told_as_such(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("the secret reason")

    monkeypatch.setattr("benchwright.web.pages.browser_packages", fail)
    client = TestClient(
        site.harness.app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False,
        headers={"Accept": "text/html"},
    )  # fmt: skip
    answer = client.get("/about")
    assert answer.status_code == 500
    page = BeautifulSoup(answer.text, "html.parser")
    assert "not your fault" in page.text
    assert "secret reason" not in page.text
    assert page.select_one("main a.button.primary") is not None


def test_errors_are_problems_for_programs(client: TestClient) -> None:
    answer = client.get("/p/nothing-here.json", headers={"Accept": "application/json"})
    assert answer.status_code == 404
    assert answer.json()["type"].endswith(":not-found")


def test_every_inline_script_carries_the_nonce(client: TestClient) -> None:
    answer = client.get("/")
    nonce = answer.headers["content-security-policy"].split("'nonce-")[1].split("'")[0]
    page = BeautifulSoup(answer.text, "html.parser")
    inline = [script for script in page.find_all("script") if not script.get("src")]
    assert [script.get("nonce") for script in inline] == [nonce]
    assert not page.find_all("style")
    assert not page.select("[style], [onclick], [onload]")


def test_pages_behind_a_prefix_lead_nowhere_else(harness: Harness) -> None:
    client = TestClient(
        harness.app, base_url="http://127.0.0.1:8000", root_path="/lab",
        headers={"Accept": "text/html"},
    )  # fmt: skip
    page = BeautifulSoup(client.get("/lab/").text, "html.parser")
    places = [str(tag.get("href") or tag.get("src")) for tag in page.select("[href], [src]")]
    assert places
    assert [place for place in places if not place.startswith(("/lab/", "#"))] == []
