from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from benchwright.compat.metric_vault.importing import Imported, take_over
from benchwright.compat.metric_vault.past_runs import Counted
from benchwright.compat.metric_vault.source import read_source
from benchwright.kit.errors import Invalid
from benchwright.loadtests.schemas import RunSpec
from benchwright.runs import lookup_repository as lookup
from benchwright.runs.state import RunState
from tests.compat.conftest import Vault
from tests.compat.metric_vault_file import JOB, MEASURED, ROWS, SCHEMA, write_vault


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write_vault(tmp_path / "metric.db")


def bring_in(vault: Vault, file: Path) -> Imported:
    source = read_source(file)
    with vault.database.write() as session:
        return take_over(session, vault.lab, source)


def history(vault: Vault, title: str) -> Any:
    lines = {x["test_title"]: x for x in vault.ok("GET", "/test-history/simple")}
    return vault.ok("GET", f"/test-history/{lines[title]['test_history_id']}/details")


def test_all_of_an_installation_comes_over(vault: Vault, file: Path) -> None:
    done = bring_in(vault, file)
    assert done == Imported(2, 2, 3, Counted(runs=2, known=0, unfinished=1))
    shown = {p["title"]: p for p in vault.ok("GET", "/project")}
    assert set(shown) == {"Default", "결제", "Empty"}
    assert (shown["결제"]["summary"], shown["결제"]["description"]) == ("요약", "설명")
    project = vault.ok("GET", f"/project/{shown['결제']['id']}")
    (spec,) = project["openapi_specs"]
    assert (spec["title"], spec["version"], spec["base_url"]) == (
        "Pay",
        "1.0",
        "http://127.0.0.1:9",
    )
    tags = {t["name"]: [f"{e['method']} {e['path']}" for e in t["endpoints"]] for t in spec["tags"]}
    assert tags == {"pay": ["GET /pay/{id}", "POST /pay"], "admin": ["POST /pay"]}
    # What belonged to a deleted project is not lost.
    orphans = vault.ok("GET", f"/project/{shown['Default']['id']}")["openapi_specs"]
    assert [s["title"] for s in orphans] == ["Orphan"]


def test_a_history_is_answered_as_it_was(vault: Vault, file: Path) -> None:
    bring_in(vault, file)
    details = history(vault, "Noon")
    assert {k: details[k] for k in ("job_name", "k6_script_file_name", "description")} == {
        "job_name": JOB,
        "k6_script_file_name": "load_test_20250807_150642_0aced0.js",
        "description": "기록",
    }
    # `tested_at` was kept in Seoul's time, `completed_at` in UTC.
    assert details["tested_at"] == "2025-08-07T15:06:42.500000Z"
    assert details["completed_at"] == "2025-08-07T15:08:00Z"
    assert details["is_completed"] is True
    response_time = {"max": 900.5, "min": 1.5, "avg": 45.25, "p50": 40.0, "p95": 95.0, "p99": 200.0}
    assert details["overall"] == {
        "target_tps": 90.0,
        "total_requests": 6000,
        "failed_requests": 30,
        "test_duration": 60.0,
        "tps": {"max": 120.0, "min": 80.0, "avg": 100.0},
        "response_time": response_time,
        "error_rate": {"max": 0.02, "min": 0.0, "avg": 0.005},
        "vus": {"max": 10.0, "min": 1.0, "avg": 8.5},
    }
    first, second = details["scenarios"]
    assert (first["name"], first["scenario_tag"], first["total_requests"]) == (
        "login", f"{JOB}11", 4000,
    )  # fmt: skip
    assert (first["executor"], first["think_time"]) == ("ramping-vus", 0.5)
    assert (first["response_time_target"], first["error_rate_target"]) == (300.0, 1.0)
    assert [(s["duration"], s["target"]) for s in first["stages"]] == [("30s", 10), ("30s", 0)]
    assert first["endpoint"]["path"] == "/pay/{id}"
    assert second["endpoint"]["path"] == "/pay"
    assert second["tps"] is second["total_requests"] is None


def test_an_imported_test_can_be_run_again(vault: Vault, file: Path) -> None:
    bring_in(vault, file)
    with vault.database.read() as session:
        run = lookup.find_by_id(session, history(vault, "Noon")["test_history_id"])
    assert run is not None
    spec = RunSpec.model_validate(run.spec)
    assert spec.plan is not None
    assert [s["executor"] for s in spec.plan["scenarios"]] == ["ramping-vus", "constant-vus"]
    assert "/pay/1" in vault.lab.blobs.get(spec.script_blob).decode()
    again = vault.client.post(f"/api/v1/runs/{run.public_id}/again")
    assert again.status_code == 201, again.text
    repeated = vault.newest_run()
    assert (repeated.state, repeated.home) == (RunState.QUEUED, vault.lab.home)
    assert repeated.timeout_s > 60
    assert repeated.workload_digest == run.workload_digest


def test_an_imported_run_has_pages_and_comparable_results(vault: Vault, file: Path) -> None:
    bring_in(vault, file)
    with vault.database.read() as session:
        run = lookup.find_by_id(session, history(vault, "Noon")["test_history_id"])
    assert run is not None
    results = vault.client.get(f"/api/v1/runs/{run.public_id}/results").json()
    values = {(r["benchmark"], r["metric"], r["stat"]): r["value"] for r in results}
    assert values["", "http_req_duration", "p95"] == MEASURED["p95_response_time"]
    assert values["s1", "http_reqs", "count"] == 4000
    assert vault.client.get(f"/api/v1/runs/{run.public_id}/series").json()["times_ms"] == []
    headers = {"Accept": "text/html"}
    slug = vault.client.get(f"/api/v1/runs/{run.public_id}").json()["project"]
    for path in ("/", f"/p/{slug}", f"/p/{slug}/runs", f"/p/{slug}/runs/{run.public_id}"):
        answer = vault.client.get(path, headers=headers, follow_redirects=True)
        assert answer.status_code == 200, (path, answer.text[:500])


def test_a_second_import_adds_nothing(vault: Vault, file: Path) -> None:
    bring_in(vault, file)
    before = [vault.ok("GET", path) for path in ("/project", "/openapi", "/test-history/simple")]
    assert bring_in(vault, file) == Imported(tests=Counted(known=2, unfinished=1))
    after = [vault.ok("GET", path) for path in ("/project", "/openapi", "/test-history/simple")]
    assert after == before


def test_what_has_ended_since_comes_with_the_next_import(vault: Vault, file: Path) -> None:
    bring_in(vault, file)
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE test_history SET is_completed = 1 WHERE id = 6")
    connection.close()
    assert bring_in(vault, file) == Imported(tests=Counted(runs=1, known=2))
    assert history(vault, "Going on")["is_completed"] is True


def test_a_test_whose_endpoint_is_gone_is_kept_without_a_plan(vault: Vault, file: Path) -> None:
    bring_in(vault, file)
    details = history(vault, "Failed early")
    assert details["scenarios"][0]["endpoint"] is None
    assert details["tested_at"] == details["completed_at"] == "2025-08-08T00:00:00Z"
    assert details["job_name"] == "odd name"
    runs_listed = vault.client.get("/api/v1/runs").json()["items"]
    states = {r["name"]: r["state"] for r in runs_listed}
    assert states == {"Noon": "succeeded", "Failed early": "lost"}
    (public_id,) = [r["public_id"] for r in runs_listed if r["name"] == "Failed early"]
    assert vault.client.post(f"/api/v1/runs/{public_id}/again").status_code == 409
    # Its name is found although it looks like none of ours.
    answer = vault.client.get("/sse/k6data/odd%20name")
    assert '"is_complete": true' in answer.text


def test_nothing_is_kept_of_an_import_that_fails(
    vault: Vault, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from benchwright.compat.metric_vault import past_runs

    def fail(*_: object, **__: object) -> None:
        raise OSError("the disk is gone")

    monkeypatch.setattr(past_runs, "add_ended_run", fail)
    with pytest.raises(OSError, match="gone"):
        bring_in(vault, file)
    assert [p["title"] for p in vault.ok("GET", "/project")] == ["Default"]
    assert vault.ok("GET", "/openapi") == []


def row_of(table: str, **changes: Any) -> dict[str, list[dict[str, Any]]]:
    return {table: [{**ROWS[table][0], **changes}]}


@pytest.mark.parametrize(
    "changes, words",
    [
        (row_of("test_history", tested_at="yesterday"), "`test_history`: tested_at"),
        (row_of("test_history", tested_at=None), "`test_history`: tested_at"),
        (row_of("test_history", tested_at="0001-01-01 00:00:00"), "`test_history`: tested_at"),
        (row_of("test_history", avg_tps="many"), "`test_history`: avg_tps"),
        (row_of("test_history", avg_tps=float("inf")), "`test_history`: avg_tps"),
        (row_of("test_history", total_requests=-1), "`test_history`: total_requests"),
        (row_of("endpoint", path=None), "`endpoint`: path"),
        (row_of("project", title=b"\xff\x00"), "`project`: title"),
        (row_of("project", title="x" * 300_000), "`project`: title"),
    ],
)
def test_rows_that_make_no_sense_are_named(
    tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    file = write_vault(tmp_path / "metric.db", **changes)
    with pytest.raises(Invalid) as refused:
        read_source(file)
    assert words in refused.value.detail


@pytest.mark.parametrize(
    "content, words",
    [
        (b"", "no SQLite database"),
        (b"PK\x03\x04" * 100, "no SQLite database"),
        (b"SQLite format 3\x00" + b"\xff" * 5000, "cannot be read as a database"),
    ],
)
def test_files_that_are_none(tmp_path: Path, content: bytes, words: str) -> None:
    file = tmp_path / "metric.db"
    file.write_bytes(content)
    with pytest.raises(Invalid, match=words):
        read_source(file)
    with pytest.raises(Invalid, match="cannot be read"):
        read_source(tmp_path / "nothing.db")


def test_a_damaged_file_is_refused(tmp_path: Path, file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[4096:] = b"\x5a" * (len(content) - 4096)
    file.write_bytes(content)
    with pytest.raises(Invalid, match="cannot be read as a database"):
        read_source(file)


def test_another_database_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "other.db"
    connection = sqlite3.connect(file)
    connection.execute("CREATE TABLE project (id INTEGER)")
    connection.close()
    with pytest.raises(Invalid, match="no table `openapi_spec`"):
        read_source(file)


def test_a_view_without_end_is_never_read(tmp_path: Path) -> None:
    endless = """
    CREATE VIEW project AS WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n)
    SELECT id, 'x' AS title FROM n;
    """
    schema = endless + SCHEMA.partition(";")[2]
    file = write_vault(tmp_path / "metric.db", schema, project=[])
    with pytest.raises(Invalid, match="no table `project`"):
        read_source(file)


def test_columns_that_an_older_version_lacks_are_left_empty(vault: Vault, file: Path) -> None:
    connection = sqlite3.connect(file)
    for column in ("max_vus", "min_vus", "avg_vus", "p99_response_time", "description"):
        connection.execute(f"ALTER TABLE test_history DROP COLUMN {column}")
    connection.close()
    assert bring_in(vault, file).tests.runs == 2
    details = history(vault, "Noon")
    assert details["overall"]["vus"] is None
    assert details["overall"]["response_time"]["p99"] is None
    assert details["description"] == ""


def test_a_blob_that_is_a_text_is_read_without_its_nul(tmp_path: Path) -> None:
    file = write_vault(tmp_path / "metric.db", project=[{"id": 1, "title": b"a\x00b"}])
    assert read_source(file).projects[0].title == "ab"
