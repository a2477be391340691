from __future__ import annotations

import csv
import datetime as dt
import io
import json
from typing import Any

from fastapi.testclient import TestClient

from tests.fixtures.mongodb import TestDatabase

NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)
EXPORT = "/api/v1/sources/living_lab/dataset"


def fill(mongodb: TestDatabase) -> None:
    mongodb.insert(
        "Building 1",
        *({"timestamp": NOON + n * MINUTE, "load": n, "note": "x"} for n in range(120)),
    )
    mongodb.insert("odd/name", {"timestamp": (NOON + 61 * MINUTE).isoformat(), "soc": 0.5})
    mongodb.insert("Empty then", {"timestamp": NOON - 999 * MINUTE, "load": 5})
    mongodb.insert("schema", {"version": 1}, {"version": 2, "buildings": ["Building 1"]})


def read(client: TestClient, name: str, file: str) -> str:
    answer = client.get(f"/api/v1/datasets/{name}/files/{file}")
    assert answer.is_success, answer.text
    return answer.text


def test_a_range_becomes_a_dataset(client: TestClient, mongodb: TestDatabase) -> None:
    fill(mongodb)
    wish = {
        "name": "march", "from_ts": "2026-03-01T12:00", "until_ts": "2026-03-01T14:00",
        "description": "Two hours", "citylearn_configs": {"random_seed": 7},
    }  # fmt: skip
    made = client.post(EXPORT, json=wish)
    assert made.status_code == 201, made.text
    assert made.json()["files"] == 4

    rows = list(csv.reader(io.StringIO(read(client, "march", "Building 1.csv"))))
    assert rows == [
        ["timestamp", "load"],
        ["2026-03-01T12:00:00+00:00", "29.5"],
        ["2026-03-01T13:00:00+00:00", "89.5"],
    ]
    schema: dict[str, Any] = json.loads(read(client, "march", "schema.json"))
    assert schema["random_seed"] == 7
    assert schema["description"] == "Two hours"
    facts = schema["benchwright"]["files"]
    assert facts["Building 1.csv"] == {
        "collection": "Building 1", "documents": 120, "rows": 2, "columns": ["load"],
        "left_out": ["note"],
    }  # fmt: skip
    (odd,) = [file for file, each in facts.items() if each["collection"] == "odd/name"]
    assert read(client, "march", odd).splitlines()[1:] == [
        "2026-03-01T12:00:00+00:00,", "2026-03-01T13:00:00+00:00,0.5",
    ]  # fmt: skip
    assert json.loads(read(client, "march", "site_schema.json"))["version"] == 2


def test_a_dataset_is_not_written_over_unasked(client: TestClient, mongodb: TestDatabase) -> None:
    fill(mongodb)
    assert client.post(EXPORT, json={"name": "all"}).status_code == 201
    assert client.post(EXPORT, json={"name": "all"}).status_code == 409
    assert client.post(EXPORT, json={"name": "all", "replace": True}).status_code == 201


def test_what_cannot_be_exported_is_refused(client: TestClient, mongodb: TestDatabase) -> None:
    fill(mongodb)
    for wish, status in (
        ({"name": "../x"}, 400),
        ({"name": "x", "from_ts": "soon"}, 422),
        ({"name": "x", "from_ts": "2026-03-02", "until_ts": "2026-03-01"}, 422),
        ({"name": "x", "from_ts": "1990-01-01", "period": 1}, 422),
        ({"name": "x", "from_ts": "2030-01-01"}, 404),
    ):
        answer = client.post(EXPORT, json=wish)
        assert answer.status_code == status, answer.text
    mongodb.insert("many", *({"timestamp": NOON, "n": n} for n in range(501)))
    answer = client.post(EXPORT, json={"name": "x"})
    assert answer.status_code == 413
    assert "BENCHWRIGHT_SOURCES__MAX_DOCUMENTS" in answer.json()["detail"]
    assert client.get("/api/v1/datasets/x").status_code == 404
