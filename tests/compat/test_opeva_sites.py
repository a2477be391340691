"""Data in a real MongoDB, as clients of the OPEVA backend ask for it."""

from __future__ import annotations

import datetime as dt
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from bson import ObjectId

from tests.compat.opeva_backend import Backend, opened_backend
from tests.fixtures.mongodb import TestDatabase

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

NOW = dt.datetime.now(dt.UTC).replace(microsecond=0, tzinfo=None)
HEADQUARTERS = "i-charging headquarters"


def document(minutes: float, **values: object) -> dict[str, object]:
    return {"timestamp": NOW - dt.timedelta(minutes=minutes), **values}


@pytest.fixture
def sited(database_url: str, tmp_path: Path, mongodb: TestDatabase) -> Iterator[Backend]:
    mongodb.insert("House 1", document(90, load=1.0), document(30, load=3.0), document(5, load=5.0))
    mongodb.insert("House 2", document(200, load=7.0, nested={"id": ObjectId()}))
    mongodb.insert("schema", {"buildings": 2})
    mongodb.insert(HEADQUARTERS, document(10, power=2.5))
    sources = mongodb.variables()
    # Connections to MongoDB belong to one loop: that of all requests.
    with opened_backend(tmp_path / "data", database_url, sources=sources) as opened, opened.client:
        yield opened


def test_all_documents_of_both_sources(sited: Backend) -> None:
    found = sited.ok("GET", "/api/icharging-headquarters")
    assert list(found) == [HEADQUARTERS]
    (one,) = found[HEADQUARTERS]
    assert (isinstance(one["_id"], str), one["power"]) == (True, 2.5)
    lab = sited.ok("GET", "/api/living-lab")
    assert set(lab) == {"House 1", "House 2", "schema", HEADQUARTERS}
    assert [d["load"] for d in lab["House 1"]] == [1.0, 3.0, 5.0]
    assert isinstance(lab["House 2"][0]["nested"]["id"], str)


def test_a_site_is_a_database(sited: Backend, mongodb: TestDatabase) -> None:
    assert sited.ok("GET", "/sites") == {"sites": [mongodb.name]}
    for name in (mongodb.name, "living_lab"):
        everything = sited.ok("GET", f"/real-time-data/{name}")
        assert len(everything["House 1"]) == 3
        recent = sited.ok("GET", f"/real-time-data/{name}?minutes=60")
        assert [d["load"] for d in recent["House 1"]] == [3.0, 5.0]
        assert recent["House 2"] == []
        assert len(sited.ok("GET", f"/real-time-data/{name}?minutes=0")["House 2"]) == 1
    sited.fails(404, "Site admin not found", "GET", "/real-time-data/admin")
    assert sited.client.get("/real-time-data/living_lab?minutes=x").status_code == 422


def test_what_had_to_be_cut_is_named(
    database_url: str, tmp_path: Path, mongodb: TestDatabase
) -> None:
    mongodb.insert("House 1", *(document(n) for n in range(5)))
    variables = mongodb.variables(max_documents=3)
    with opened_backend(tmp_path / "data", database_url, sources=variables) as cut, cut.client:
        for path in ("/api/living-lab", "/real-time-data/living_lab?minutes=60"):
            answer = cut.client.get(path)
            assert len(answer.json()["House 1"]) == 3
            assert answer.headers["Benchwright-Cut"] == "House 1"


def test_dates_that_are_available(sited: Backend, mongodb: TestDatabase) -> None:
    dates = sited.ok("GET", f"/dataset/dates-available/{mongodb.name}")
    by_name = {each["installation"]: each for each in dates}
    assert set(by_name) == {"House 1", "House 2", HEADQUARTERS}
    house = by_name["House 1"]
    ends = [dt.datetime.fromisoformat(house[k]) for k in ("oldest_record", "newest_record")]
    assert [NOW.replace(tzinfo=dt.UTC) - end for end in ends] == [
        dt.timedelta(minutes=90), dt.timedelta(minutes=5),
    ]  # fmt: skip
    sited.fails(404, "Site x not found", "GET", "/dataset/dates-available/x")


def test_a_dataset_is_exported(sited: Backend, mongodb: TestDatabase) -> None:
    wish = {
        "name": "march", "site_id": mongodb.name, "citylearn_configs": {"random_seed": 7},
        "description": "d", "period": 60, "until_ts": None,
        "from_ts": (NOW - dt.timedelta(minutes=100)).isoformat() + "Z",
    }  # fmt: skip
    for _ in range(2):  # the second is written over the first
        made = sited.ok("POST", "/dataset", json=wish)
        assert made == {"message": "Dataset created", "name": "march"}
    archive = zipfile.ZipFile(io.BytesIO(sited.client.get("/dataset/download/march").content))
    schema = json.loads(archive.read("march/schema.json"))
    assert (schema["random_seed"], schema["description"]) == (7, "d")
    table = archive.read("march/House 1.csv").decode().splitlines()
    assert table[0] == "timestamp,load"
    sited.fails(404, "Site x not found", "POST", "/dataset", json=wish | {"site_id": "x"})
    sited.fails(400, "Invalid file name", "POST", "/dataset", json=wish | {"name": "../x"})
    assert sited.client.post("/dataset", json=wish | {"from_ts": "noon"}).status_code == 422
    nothing = wish | {"from_ts": "2001-01-01", "until_ts": "2001-01-02"}
    assert sited.client.post("/dataset", json=nothing).status_code == 404


def test_a_mongodb_that_is_away_is_an_error_as_documented(
    database_url: str, tmp_path: Path
) -> None:
    sources = {"mongodb": {"uri": "mongodb://127.0.0.1:9/"}, "select_timeout_s": 0.2}
    with opened_backend(tmp_path / "data", database_url, sources=sources) as away, away.client:
        for path in (
            "/api/living-lab",
            "/api/icharging-headquarters",
            "/real-time-data/living_lab",
        ):
            answer = away.client.get(path)
            assert answer.status_code == 500
            assert "127.0.0.1:9" in answer.json()["detail"]
        assert away.ok("GET", "/sites") == {"sites": ["i-charging_headquarters", "living_lab"]}
        export = {"name": "a", "site_id": "living_lab", "citylearn_configs": {}}
        assert away.client.post("/dataset", json=export).status_code == 500
