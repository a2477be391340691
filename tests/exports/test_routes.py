"""The same tables in every format, of ordinary runs and odd ones."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from fastapi.testclient import TestClient

from benchwright.app import build_app
from benchwright.exports.tables import Table, columns_of
from benchwright.installation import open_installation
from benchwright.settings import Settings
from tests.fixtures.odd_runs import FORMULA_NAME, RTL_NAME, make_odd_runs

NAMES = ("formula_name", "rtl_name", "queued", "very_short")


class Desk:
    """A client, and runs that were made before."""

    def __init__(self, client: TestClient, made: dict[str, uuid.UUID], folder: Path) -> None:
        self.client = client
        self.made = made
        self._folder = folder

    def get(self, path: str, status: int = 200, **query: Any) -> Any:
        answer = self.client.get(path, params=query)
        assert answer.status_code == status, answer.text[:1000]
        return answer

    def export(self, file: str, *names: str, **query: Any) -> Any:
        ids = ",".join(str(self.made[name]) for name in names)
        return self.get(f"/api/v1/exports/{file}", ids=ids, **query)

    def csv(self, file: str, *names: str, **query: Any) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self.export(file, *names, **query).text)))

    def parquet(self, content: bytes, sql: str) -> list[tuple[Any, ...]]:
        path = self._folder / f"{uuid.uuid4()}.parquet"
        path.write_bytes(content)
        with duckdb.connect() as connection:
            return connection.execute(sql, [str(path)]).fetchall()


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder: Path = tmp_path_factory.mktemp("exports")
    installation = open_installation(Settings(data_dir=folder / "data"))
    made = make_odd_runs(installation, NAMES)
    client = TestClient(build_app(installation), base_url="http://127.0.0.1:8000")
    yield Desk(client, made, folder)
    installation.lab.database.dispose()


@pytest.mark.parametrize("table", Table)
def test_every_format_holds_the_same(desk: Desk, table: Table) -> None:
    names = ("formula_name", "rtl_name")
    columns = [column.name for column in columns_of(table)]
    document = desk.export(f"{table}.json", *names).json()
    assert (document["table"], document["version"]) == (table.value, 1)
    assert [column["name"] for column in document["columns"]] == columns
    rows = document["rows"]
    assert {row[0] for row in rows} == {str(desk.made[name]) for name in names}

    as_csv = desk.csv(f"{table}.csv", *names)
    assert list(as_csv[0]) == columns
    for row, texts in zip(rows, as_csv, strict=True):
        for cell, column in zip(row, columns, strict=True):
            if isinstance(cell, str):
                assert texts[column].lstrip("'") == cell
            else:
                assert (float(texts[column]) if texts[column] else None) == cell

    content = desk.export(f"{table}.parquet", *names).content
    time = {Table.RESULTS: "started_at", Table.SERIES: "time"}[table]
    found = desk.parquet(content, f"SELECT * REPLACE (epoch_ms({time}) AS {time}) FROM read_parquet(?)")  # fmt: skip
    for row, values in zip(rows, found, strict=True):
        for cell, value, column in zip(row, values, columns, strict=True):
            if column == time:
                # As text, what is below a millisecond is cut off.
                cut_ms = dt.datetime.fromisoformat(cell).timestamp() * 1000
                assert -0.01 < value - cut_ms < 1.01
            else:
                assert value == cell


def test_series_have_a_row_for_the_run_and_for_each_scenario(desk: Desk) -> None:
    rows = desk.csv("series.csv", "rtl_name")
    assert {(row["scenario_key"], row["scenario"]) for row in rows} == {
        ("", ""), ("s1", RTL_NAME), ("s2", "Order"),
    }  # fmt: skip
    assert len(rows) == 3 * 20
    whole, *apart = rows[:3]
    assert float(whole["requests_per_s"]) == sum(float(row["requests_per_s"]) for row in apart) == 6
    assert whole["vus"] == "2" and [row["vus"] for row in apart] == ["", ""]
    assert whole["time"].endswith(".000Z")
    assert [row["elapsed_s"] for row in rows[::3]] == [str(second) for second in range(20)]
    wide = desk.csv("series.csv", "rtl_name", step_s=5)
    assert [row["elapsed_s"] for row in wide[::3]] == ["0", "5", "10", "15"]
    assert {row["step_s"] for row in wide} == {"5"}


def test_results_name_run_scenario_and_unit(desk: Desk) -> None:
    rows = desk.csv("results.csv", "rtl_name")
    [rate] = [r for r in rows if (r["metric"], r["stat"], r["scenario"]) == ("http_reqs", "rate", "")]  # fmt: skip
    assert (rate["unit"], rate["better"], float(rate["value"])) == ("requests/s", "higher", 6.0)
    assert rate["run"] == RTL_NAME and rate["project"] == "default"
    assert rate["state"] == "succeeded"


def test_no_text_becomes_a_formula(desk: Desk) -> None:
    for file in ("results.csv", "series.csv"):
        assert {row["run"] for row in desk.csv(file, "formula_name")} == {f"'{FORMULA_NAME}"}
    rows = desk.export("results.json", "formula_name").json()["rows"]
    assert {row[1] for row in rows} == {FORMULA_NAME}


@pytest.mark.parametrize("table", Table)
def test_a_run_without_figures_gives_a_table_without_rows(desk: Desk, table: Table) -> None:
    columns = columns_of(table)
    text = desk.export(f"{table}.csv", "queued").text
    assert text.split() == [",".join(column.name for column in columns)]
    assert desk.export(f"{table}.json", "queued").json()["rows"] == []
    content = desk.export(f"{table}.parquet", "queued").content
    described = desk.parquet(content, "DESCRIBE SELECT * FROM read_parquet(?)")
    types = {"string": "VARCHAR", "integer": "BIGINT", "number": "DOUBLE",
             "time": "TIMESTAMP WITH TIME ZONE"}  # fmt: skip
    assert [row[:2] for row in described] == [(c.name, types[c.type]) for c in columns]
    assert desk.parquet(content, "SELECT count(*) FROM read_parquet(?)") == [(0,)]


def test_a_parquet_file_names_its_units(desk: Desk) -> None:
    content = desk.get(f"/api/v1/runs/{desk.made['very_short']}/series.parquet").content
    pairs = {
        bytes(key).decode(): bytes(value).decode()
        for key, value in desk.parquet(content, "SELECT key, value FROM parquet_kv_metadata(?)")
    }
    assert pairs["benchwright_table"] == "series"
    units = json.loads(pairs["benchwright_units"])
    assert units["p95_ms"] == "ms" and units["requests_per_s"] == "1/s"
    assert units["data_sent_bytes_per_s"] == "B/s" and units["host_memory_bytes"] == "B"
    assert units["elapsed_s"] == "s" and units["host_cpu"] == "ratio" and "vus" not in units


def test_files_of_one_run_carry_its_name(desk: Desk) -> None:
    for tail in ("results.parquet", "series.parquet", "series.json"):
        answer = desk.get(f"/api/v1/runs/{desk.made['very_short']}/{tail}")
        assert "Over in 0.2 s" in answer.headers["content-disposition"]
    assert "2 runs" in desk.export("results.csv", "queued", "very_short").headers["content-disposition"]  # fmt: skip


def test_what_cannot_be_exported_is_refused_with_the_field(desk: Desk) -> None:
    path = "/api/v1/exports/results.csv"
    for ids, words in (("x", "'x' is not the id of a run"), (",", "'' is not the id")):
        problem = desk.get(path, 422, ids=ids).json()
        assert problem["errors"][0]["field"] == "ids"
        assert words in problem["errors"][0]["message"]
    many = ",".join(str(uuid.UUID(int=n)) for n in range(201))
    assert "200 runs at most" in desk.get(path, 422, ids=many).text
    assert desk.get(path, 404, ids=str(uuid.uuid4())).json()["title"]
    assert desk.get(path, 422).json()["errors"]
    desk.get("/api/v1/exports/results.xlsx", 422, ids=str(desk.made["queued"]))
    desk.get("/api/v1/exports/logs.csv", 422, ids=str(desk.made["queued"]))
    desk.get(f"/api/v1/runs/{uuid.uuid4()}/series.parquet", 404)


def test_ticked_runs_and_all_that_match_are_exported_from_the_list(desk: Desk) -> None:
    path = "/p/default/runs/export/results.csv"
    made = desk.made
    ticked = desk.get(
        path, run=[str(made["very_short"]), str(made["rtl_name"])], match="", tags="x"
    )
    assert {row["run"] for row in csv.DictReader(io.StringIO(ticked.text))} == {"Over in 0.2 s", RTL_NAME}  # fmt: skip
    matching = desk.get(path, all="1", match="q=Over")
    assert {row["run"] for row in csv.DictReader(io.StringIO(matching.text))} == {"Over in 0.2 s"}
    assert "Choose at least one run" in desk.get(path, 422).text


def test_the_list_and_the_page_of_a_run_offer_all_of_it(desk: Desk) -> None:
    html = {"Accept": "text/html"}
    text = desk.client.get("/p/default/runs", headers=html).text
    for table in Table:
        for ending in ("csv", "json", "parquet"):
            assert f'formaction="/p/default/runs/export/{table}.{ending}"' in text
    page = desk.client.get(f"/p/default/runs/{desk.made['very_short']}", headers=html).text
    for tail in ("results.csv", "results.json", "results.parquet", "series.csv", "series.json", "series.parquet"):  # fmt: skip
        assert f"/{tail}" in page
