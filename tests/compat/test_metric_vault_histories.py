from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from benchwright.runs import repository as runs
from benchwright.runs.folder import RunFolder
from benchwright.runs.state import RunState
from tests.compat.conftest import ON_SQLITE, REFUSED, WAY, Vault

TREND = {
    "avg": 61.2,
    "min": 3.1,
    "med": 48.9,
    "max": 1804.5,
    "p90": 120,
    "p95": 181.7,
    "p99": 402.3,
}


@pytest.fixture
def endpoint(vault: Vault) -> int:
    vault.add_document(vault.add_project())
    return vault.endpoint_ids()["GET /items"]


def put_results(vault: Vault, run_id: int, *keys: str, failed: float = 12.0) -> None:
    rows: list[tuple[Any, ...]] = [("", "vus", "max", 5.0, "vus", "none")]
    for key in keys:
        rows += [
            (key, "http_req_duration", stat, value, "ms", "lower") for stat, value in TREND.items()
        ]
        rows += [
            (key, "http_reqs", "count", 2400.0, "requests", "none"),
            (key, "http_reqs", "rate", 80.0, "requests/s", "higher"),
            (key, "http_req_failed", "rate", failed / 2400, "ratio", "lower"),
            (key, "http_req_failed", "count", failed, "requests", "lower"),
        ]
    with vault.database.write() as session:
        runs.put_results(session, run_id, rows)


def test_the_words_for_where_a_test_stands(vault: Vault, endpoint: int) -> None:
    vault.start(endpoint)
    run = vault.newest_run()

    def word() -> str:
        (line,) = vault.ok("GET", "/test-history/simple")
        return str(line["test_status"])

    words = [word()]
    for state in WAY:
        vault.move(run.id, state)
        words.append(word())
    assert words == ["실행 전", "실행 전", "실행 중", "실행 중", "테스트 완료"]


def test_a_line_of_the_list(vault: Vault, endpoint: int) -> None:
    vault.start(endpoint, title="Noon")
    run = vault.newest_run()
    vault.move(run.id, *WAY)
    (line,) = vault.ok("GET", "/test-history/simple")
    assert line == {
        "test_history_id": run.id,
        "project_id": run.project_id,
        "project_title": "Shop",
        "test_title": "Noon",
        "status_datetime": line["status_datetime"],
        "test_status": "테스트 완료",
    }
    ended_at = dt.datetime.fromisoformat(line["status_datetime"])
    assert ended_at == vault.newest_run().ended_at
    assert ended_at.utcoffset() == dt.timedelta()


def test_pages_are_counted_from_zero_and_the_oldest_comes_first(
    vault: Vault, endpoint: int
) -> None:
    for number in range(5):
        vault.start(endpoint, title=f"Test {number}")

    def titles(query: str) -> list[str]:
        return [x["test_title"] for x in vault.ok("GET", f"/test-history/simple{query}")]

    assert titles("") == [f"Test {number}" for number in range(5)]
    assert titles("?page=0&size=2") == ["Test 0", "Test 1"]
    assert titles("?page=2&size=2") == ["Test 4"]
    assert titles("?page=3&size=2") == []
    project = vault.newest_run().project_id
    of_project = vault.ok("GET", f"/test-history/projects/{project}")
    assert [x["test_title"] for x in of_project] == [f"Test {n}" for n in (4, 3, 2, 1, 0)]
    assert vault.ok("GET", "/test-history/projects/999999") == []


@ON_SQLITE
@pytest.mark.parametrize("query", ["page=-1", "size=0", "page=x", "size=99999999"])
def test_pages_that_there_cannot_be(vault: Vault, query: str) -> None:
    answer = vault.client.get(f"/test-history/simple?{query}")
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"][0] == "query"


def test_details_of_a_test_that_has_ended(vault: Vault, endpoint: int) -> None:
    job = vault.start(
        endpoint,
        title="Noon",
        description="상세",
        target_tps=100,
        scenarios=[
            {
                "name": "login_test", "endpoint_id": endpoint, "executor": "ramping-vus",
                "think_time": 0.5, "response_time_target": 300, "error_rate_target": 1,
                "stages": [{"duration": "30s", "target": 10}, {"duration": "1m", "target": 0}],
            }
        ],
    )  # fmt: skip
    run = vault.newest_run()
    vault.move(run.id, *WAY)
    put_results(vault, run.id, "", "s1")
    details = vault.ok("GET", f"/test-history/{run.id}/details")
    ended = vault.newest_run()
    assert ended.started_at is not None and ended.ended_at is not None
    assert {k: v for k, v in details.items() if k not in {"overall", "scenarios"}} == {
        "test_history_id": run.id,
        "project_id": run.project_id,
        "title": "Noon",
        "description": "상세",
        "is_completed": True,
        "completed_at": ended.ended_at.isoformat().replace("+00:00", "Z"),
        "tested_at": ended.started_at.isoformat().replace("+00:00", "Z"),
        "job_name": job,
        "k6_script_file_name": details["k6_script_file_name"],
    }
    response_time = {
        "max": 1804.5,
        "min": 3.1,
        "avg": 61.2,
        "p50": 48.9,
        "p95": 181.7,
        "p99": 402.3,
    }
    measured = {
        "total_requests": 2400,
        "failed_requests": 12,
        "test_duration": 30.0,
        "tps": {"max": 80.0, "min": 80.0, "avg": 80.0},
        "response_time": response_time,
        "error_rate": {"max": 0.005, "min": 0.005, "avg": 0.005},
    }
    assert details["overall"] == {
        "target_tps": 100, **measured, "vus": {"max": 5.0, "min": None, "avg": None},
    }  # fmt: skip
    (scenario,) = details["scenarios"]
    assert scenario == {
        "scenario_history_id": scenario["scenario_history_id"],
        "name": "login_test",
        "scenario_tag": f"{job}{endpoint}",
        **measured,
        "response_time_target": 300,
        "error_rate_target": 1,
        "think_time": 0.5,
        "executor": "ramping-vus",
        "endpoint": {
            "endpoint_id": endpoint, "method": "GET", "path": "/items",
            "description": "Lists items.", "summary": "List",
        },
        "stages": [
            {**stage, "stage_history_id": scenario["stages"][place]["stage_history_id"]}
            for place, stage in enumerate(
                [{"duration": "30s", "target": 10}, {"duration": "1m", "target": 0}]
            )
        ],
    }  # fmt: skip


def test_a_group_without_anything_in_it_is_null(vault: Vault, endpoint: int) -> None:
    vault.start(endpoint)
    run = vault.newest_run()
    overall = vault.ok("GET", f"/test-history/{run.id}/details")["overall"]
    names = ("tps", "response_time", "error_rate", "vus", "total_requests", "test_duration")
    assert [overall[name] for name in names] == [None] * 6
    vault.move(run.id, *WAY)
    put_results(vault, run.id, "", failed=0)
    overall = vault.ok("GET", f"/test-history/{run.id}/details")["overall"]
    assert overall["error_rate"] is None
    assert overall["failed_requests"] == 0


def test_a_test_of_the_pages_is_shown_as_well(vault: Vault) -> None:
    plan = {
        "name": "Evening",
        "base_url": "http://127.0.0.1:9",
        "target_tps": 5,
        "scenarios": [
            {"name": "a", "path": "/a", "executor": "constant-vus", "vus": 3, "duration": "30s",
             "think_time_s": 2, "targets": {"response_time": 250, "error_rate": 0.01}},
            {"name": "b", "path": "/b", "executor": "constant-arrival-rate", "rate": 7,
             "duration": "1m"},
        ],
    }  # fmt: skip
    made = vault.client.post("/api/v1/projects/default/load-tests", json={"plan": plan}).json()
    assert vault.client.post(f"/api/v1/load-tests/{made['public_id']}/runs").status_code == 201
    run = vault.newest_run()
    details = vault.ok("GET", f"/test-history/{run.id}/details")
    assert details["overall"]["target_tps"] == 5
    first, second = details["scenarios"]
    assert (first["executor"], first["think_time"]) == ("constant-vus", 2)
    assert (first["response_time_target"], first["error_rate_target"]) == (250, 1)
    assert [(s["duration"], s["target"]) for s in first["stages"]] == [("30s", 3)]
    assert [(s["duration"], s["target"]) for s in second["stages"]] == [("1m", 7)]
    assert first["endpoint"] is None
    jobs = vault.ok("GET", "/scheduler/jobs")
    assert [job["job_name"] for job in jobs] == [details["job_name"]]


def test_a_test_that_measured_nothing_has_no_points(vault: Vault, endpoint: int) -> None:
    vault.start(endpoint)
    run = vault.newest_run()
    series = vault.ok("GET", f"/test-history/{run.id}/timeseries")
    assert series["overall"] == {"data": []}
    for tail in ("resources", "resource/summary"):
        found = vault.ok("GET", f"/test-history/{run.id}/{tail}")
        assert found == {"test_history_id": run.id, "resources": []}


@pytest.mark.parametrize("is_live", [True, False])
@ON_SQLITE
def test_what_k6_and_its_machine_used_is_kept(vault: Vault, endpoint: int, is_live: bool) -> None:
    vault.start(endpoint)
    run = vault.newest_run()
    folder = RunFolder.of(vault.lab.settings.data_dir, run.public_id)
    folder.make({})
    live = vault.lab.live.open(run.public_id, folder.root)
    for second, share in enumerate((0.25, 0.75)):
        figures = {"host_cpu": share, "host_memory_bytes": 512.0 * 2**20, "process_cpu": 0.1}
        live.record_telemetry(figures, (1_800_000_000 + second) * 1000)
    if not is_live:
        vault.lab.live.close(run.public_id)
    k6, host = vault.ok("GET", f"/test-history/{run.id}/resources")["resources"]
    assert (k6["pod_name"], k6["service_type"]) == ("k6", "load_generator")
    assert host["service_type"] == "host"
    assert [point["timestamp"] for point in host["data"]] == [
        "2027-01-15T08:00:00Z", "2027-01-15T08:00:01Z",
    ]  # fmt: skip
    assert [point["usage"]["cpu_percent"] for point in host["data"]] == [25, 75]
    assert {point["actual_usage"]["memory_mb"] for point in host["data"]} == {512}
    assert {point["usage"]["cpu_percent"] for point in k6["data"]} == {10}

    k6, host = vault.ok("GET", f"/test-history/{run.id}/resource/summary")["resources"]
    assert host["usage"]["cpu_percent"] == {"max": 75, "min": 25, "avg": 50}
    assert host["actual_usage"]["memory_mb"] == {"max": 512, "min": 512, "avg": 512}
    assert host["specs"]["cpu_millicores"] >= 1000
    assert k6["usage"]["cpu_percent"]["avg"] == 10
    vault.lab.live.discard(run.public_id)


@ON_SQLITE
@pytest.mark.parametrize(
    "method, tail",
    [
        ("GET", "/details"),
        ("GET", "/timeseries"),
        ("GET", "/resources"),
        ("GET", "/resource/summary"),
        ("DELETE", ""),
    ],
)
def test_an_unknown_history_is_answered_as_fastapi_does(
    vault: Vault, method: str, tail: str
) -> None:
    answer = vault.client.request(method, f"/test-history/12345{tail}")
    assert (answer.status_code, answer.json()) == (404, {"detail": "Test history not found"})


def test_a_history_is_deleted_with_its_folder_once_it_has_ended(
    vault: Vault, endpoint: int
) -> None:
    vault.start(endpoint)
    run = vault.newest_run()
    folder = RunFolder.of(vault.lab.settings.data_dir, run.public_id)
    folder.make({})
    vault.fails(400, REFUSED, "DELETE", f"/test-history/{run.id}")
    vault.move(run.id, RunState.FAILED)
    assert vault.ok("DELETE", f"/test-history/{run.id}") is None
    assert vault.client.delete(f"/test-history/{run.id}").status_code == 404
    assert not folder.root.exists()
