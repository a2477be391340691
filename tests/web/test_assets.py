from __future__ import annotations

import gzip
import re

import pytest
from fastapi.testclient import TestClient

from benchwright.kit.errors import NotFound
from benchwright.web import assets


def test_a_file_asked_for_by_its_version_is_kept_for_ever(client: TestClient) -> None:
    answer = client.get(assets.asset_path("css/tokens.css"))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert "immutable" in answer.headers["cache-control"]


@pytest.mark.parametrize("query", ["", "?v=0000000000"])
def test_any_other_request_asks_again_each_time(client: TestClient, query: str) -> None:
    first = client.get("/static/css/tokens.css" + query)
    assert first.headers["cache-control"] == "no-cache"
    etag = {"If-None-Match": first.headers["etag"]}
    again = client.get("/static/css/tokens.css" + query, headers=etag)
    assert (again.status_code, again.content) == (304, b"")


def test_text_is_sent_compressed_to_who_understands_it(client: TestClient) -> None:
    path = assets.asset_path("css/components.css")
    plain = client.get(path, headers={"Accept-Encoding": "identity"})
    packed = client.get(path, headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain.content
    assert len(gzip.compress(plain.content)) < len(plain.content) / 2


@pytest.mark.parametrize(
    "path", ["nothing.css", "../pages.py", "..%2fpages.py", "css/../../pages.py", ".hidden", "css"]
)
def test_only_static_files_are_sent(client: TestClient, path: str) -> None:
    assert client.get(f"/static/{path}").status_code == 404


def test_the_sheets_of_the_frame_are_one_file_in_their_order(client: TestClient) -> None:
    path = assets.asset_path(assets.SITE_SHEET)
    answer = client.get(path)
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert "immutable" in answer.headers["cache-control"]
    at = [answer.content.find(assets.find_asset(f"css/{n}.css").body) for n in assets.SHEETS]
    assert at == sorted(at)
    assert at[0] == 0
    page = client.get("/about", headers={"Accept": "text/html"}).text
    assert page.count('rel="stylesheet"') == 1
    assert path in page


def test_the_import_map_leads_to_files(client: TestClient) -> None:
    imports = assets.import_map("")["imports"]
    assert "uplot" in imports
    assert "@codemirror/view" in imports
    for path in imports.values():
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert answer.headers["content-type"].startswith("text/javascript"), path


def test_the_import_map_knows_where_the_server_is_mounted() -> None:
    imports = assets.import_map("/lab")["imports"]
    assert all(path.startswith("/lab/static/") for path in imports.values())
    assert "/lab/static/js/page.js" in imports


def test_the_version_follows_the_content() -> None:
    match = re.fullmatch(r"/static/js/page\.js\?v=([0-9a-f]{10})", assets.asset_path("js/page.js"))
    assert match
    assert match[1] == assets.find_asset("js/page.js").version


def test_a_missing_library_is_named() -> None:
    with pytest.raises(NotFound, match="leftpad"):
        assets.vendor_path("leftpad", "index.js")
