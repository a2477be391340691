from __future__ import annotations

import datetime as dt
from pathlib import Path
from urllib.parse import quote

from bs4 import BeautifulSoup
from fastapi.testclient import TestClient

from benchwright.app import create_app
from benchwright.settings import Settings
from tests.fixtures.mongodb import TestDatabase
from tests.web.harness import HOSTILE

NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
LIST = "/p/default/sources"
SITE = f"{LIST}/living_lab/site"


def fill(mongodb: TestDatabase) -> None:
    mongodb.insert(
        "site",
        {"timestamp": NOON, "load": 1.5, "sessions": [{"soc": 0.25}], "gone": None},
        {"timestamp": NOON - dt.timedelta(hours=1), "load": 2, "name": HOSTILE, HOSTILE: 1},
    )


def soup(client: TestClient, address: str, status: int = 200) -> BeautifulSoup:
    answer = client.get(address, headers={"Accept": "text/html"})
    assert answer.status_code == status, answer.text[:500]
    return BeautifulSoup(answer.text, "html.parser")


def test_the_collections_lead_to_their_documents(client: TestClient, mongodb: TestDatabase) -> None:
    fill(mongodb)
    mongodb.insert("a/b ?#", {"x": 1})
    page = soup(client, LIST)
    links = [a["href"] for a in page.select("tbody th a")]
    assert f"{LIST}/living_lab/{quote('a/b ?#', safe='')}" in links
    for link in links:
        soup(client, str(link))
    twin = client.get(f"{LIST}.json").json()
    assert [each["name"] for each in twin[0]["collections"]] == ["a/b ?#", "site"]


def test_a_table_has_all_fields_and_opens_what_has_parts(
    client: TestClient, mongodb: TestDatabase
) -> None:
    fill(mongodb)
    page = soup(client, SITE)
    assert [th.get_text() for th in page.select("thead th")] == [
        "timestamp", "load", "sessions", "gone", "name", HOSTILE, "_id",
    ]  # fmt: skip
    first, second = page.select("tbody tr")
    assert first.select_one("td").get_text(strip=True) == "2026-03-01T12:00:00+00:00"  # type: ignore[union-attr] # there
    assert '"soc": 0.25' in first.select_one("details pre").get_text()  # type: ignore[union-attr] # there
    assert HOSTILE in second.get_text()
    assert page.select("img") == []


def test_the_address_holds_range_order_view_and_page(
    client: TestClient, mongodb: TestDatabase
) -> None:
    fill(mongodb)
    page = soup(client, f"{SITE}?limit=1&order=oldest&from=2026-01-01")
    following = str(page.select_one("a[rel=next]")["href"])  # type: ignore[index] # there
    assert "order=oldest" in following
    assert "from=2026-01-01" in following
    second = soup(client, following)
    assert "12:00:00" in second.select_one("tbody td").get_text()  # type: ignore[union-attr] # there
    assert second.select_one("a[rel=next]") is None
    as_json = soup(client, f"{SITE}?view=json&from=2026-03-01T11:30")
    assert '"load": 1.5' in as_json.select_one("pre").get_text()  # type: ignore[union-attr] # there
    assert "No document of that time" in soup(client, f"{SITE}?from=2030-01-01").get_text()
    twin = client.get(f"{SITE}.json?limit=1").json()
    assert [each["load"] for each in twin["items"]] == [1.5]


def test_what_is_wrong_with_a_time_stands_at_its_field(
    client: TestClient, mongodb: TestDatabase
) -> None:
    fill(mongodb)
    page = soup(client, f"{SITE}?from=noon", 422)
    assert "Write a time such as" in page.select_one("#f-from-error").get_text()  # type: ignore[union-attr] # there


def test_a_foreign_cursor_leads_back(client: TestClient, mongodb: TestDatabase) -> None:
    fill(mongodb)
    page = soup(client, f"{SITE}?cursor=abc", 400)
    assert page.find("a", string="First page")["href"] == SITE  # type: ignore[index] # there


def test_a_server_that_is_away_says_what_to_do(client_without_server: TestClient) -> None:
    page = soup(client_without_server, LIST)
    assert "127.0.0.1:9 cannot be reached" in page.get_text()
    page = soup(client_without_server, SITE, 503)
    assert "Start it, or correct the address" in page.get_text()
    assert "hush" not in str(page)


def test_without_a_connection_the_page_says_how_to_set_one_up(tmp_path: Path) -> None:
    app = create_app(Settings(data_dir=tmp_path / "data"))
    with TestClient(app, base_url="http://127.0.0.1:8000") as client:
        assert "BENCHWRIGHT_SOURCES__MONGODB__HOST=" in soup(client, LIST).get_text()
        assert client.get(f"{LIST}.json").json() == []
        soup(client, SITE, 404)
        soup(client, "/p/nowhere/sources", 404)
