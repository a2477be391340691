from __future__ import annotations

import csv
import datetime as dt
import io
import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.fixtures.mongodb import TestDatabase

NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
DOCUMENTS = "/api/v1/sources/living_lab/collections/i-charging headquarters/documents"


@pytest.fixture(autouse=True)
def _documents(mongodb: TestDatabase) -> None:
    documents: list[dict[str, Any]] = [
        {"timestamp": NOON + dt.timedelta(minutes=n), "n": n, "parts": [{"soc": 0.5}]}
        for n in range(10)
    ]
    documents.append({"timestamp": NOON, "formula": "=1+1", "n": 99})
    mongodb.insert("i-charging headquarters", *documents)


def test_sources_and_their_collections(client: TestClient, mongodb: TestDatabase) -> None:
    listed = client.get("/api/v1/sources").json()
    assert [(each["name"], each["database"]) for each in listed] == [
        ("living_lab", mongodb.name),
        ("i-charging_headquarters", mongodb.name),
    ]
    found = client.get("/api/v1/sources/living_lab").json()
    assert found["collections"] == [
        {"name": "i-charging headquarters", "documents": 11, "problem": None}
    ]


def test_documents_page_by_page(client: TestClient) -> None:
    numbers: list[int] = []
    query: dict[str, Any] = {"limit": 4, "order": "oldest"}
    while True:
        page = client.get(DOCUMENTS, params=query).json()
        numbers += [each["n"] for each in page["items"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert sorted(numbers[:2]) == [0, 99]
    assert numbers[2:] == list(range(1, 10))


def test_documents_of_a_time(client: TestClient) -> None:
    query = {"from": "2026-03-01T13:02+01:00", "until": "2026-03-01 12:04"}
    page = client.get(DOCUMENTS, params=query).json()
    assert [each["n"] for each in page["items"]] == [3, 2]
    assert (page["by"], page["order"]) == ("timestamp", "newest")
    assert page["from"] == "2026-03-01T12:02:00Z"


@pytest.mark.parametrize(
    "query, field",
    [
        ({"from": "noon"}, "from"),
        ({"until": "0001-01-01T00:00:00+23:59"}, "until"),
        ({"from": "2026-03-02", "until": "2026-03-01"}, "until"),
    ],
)
def test_what_is_no_range_is_refused(client: TestClient, query: Any, field: str) -> None:
    answer = client.get(DOCUMENTS, params=query)
    assert answer.status_code == 422
    assert [each["field"] for each in answer.json()["errors"]] == [field]


@pytest.mark.parametrize("query", [{"limit": 1001}, {"limit": 0}, {"by": "$where"}, {"order": "x"}])
def test_what_is_no_query_is_refused(client: TestClient, query: Any) -> None:
    assert client.get(DOCUMENTS, params=query).status_code == 422


def test_a_download_holds_all_pages(client: TestClient) -> None:
    answer = client.get(f"{DOCUMENTS}.ndjson", params={"limit": 2, "order": "oldest"})
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert len(lines) == 11
    assert answer.headers["Benchwright-Cut"] == "false"
    assert "i-charging%20headquarters" in answer.headers["Content-Disposition"]


def test_a_table_has_a_column_for_each_field(client: TestClient) -> None:
    answer = client.get(
        f"{DOCUMENTS}.csv", params={"from": "2026-03-01T12:00", "until": "2026-03-01T12:01"}
    )
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert set(rows[0]) == {"timestamp", "_id", "n", "parts", "formula"}
    assert {row["parts"] for row in rows} == {'[{"soc":0.5}]', ""}
    assert {row["formula"] for row in rows} == {"'=1+1", ""}


def test_what_is_cut_off_is_told(client: TestClient, mongodb: TestDatabase) -> None:
    mongodb.insert("many", *({"n": n} for n in range(501)))
    answer = client.get("/api/v1/sources/living_lab/collections/many/documents.ndjson")
    assert answer.headers["Benchwright-Cut"] == "true"
    assert len(answer.text.splitlines()) == 500


def test_a_name_may_hold_a_slash(client: TestClient, mongodb: TestDatabase) -> None:
    mongodb.insert("plant/north", {"n": 1})
    answer = client.get("/api/v1/sources/living_lab/collections/plant%2Fnorth/documents")
    assert [each["n"] for each in answer.json()["items"]] == [1]


def test_what_is_not_there_is_not_found(client: TestClient) -> None:
    assert client.get("/api/v1/sources/nowhere").status_code == 404
    assert client.get(DOCUMENTS.replace("headquarters", "elsewhere")).status_code == 404


def test_a_server_that_is_away_is_a_problem(client_without_server: TestClient) -> None:
    answer = client_without_server.get(DOCUMENTS)
    assert answer.status_code == 503
    assert "cannot be reached. Start it" in answer.json()["detail"]
    assert "hush" not in answer.text
    assert len(client_without_server.get("/api/v1/sources").json()) == 2
