"""The requests of Metric Vault's documentation, in their order, against a real server."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from itertools import pairwise
from statistics import median
from typing import Any

import httpx2
import pytest

from tests.fixtures.served_lab import ServedLab

CREATE_PROJECT = {
    "title": "My API Project",
    "summary": "테스트 프로젝트",
    "description": "상세 설명",
}
ANALYSE = {"project_id": 1, "openapi_url": "https://api.example.com/swagger.json"}
START = {
    "title": "Performance Test",
    "description": "API 성능 테스트",
    "target_tps": 100,
    "scenarios": [
        {
            "name": "login_test",
            "endpoint_id": 1,
            "executor": "constant-vus",
            "think_time": 1.0,
            "stages": [{"duration": "30s", "target": 10}],
        }
    ],
}


def send(method: str, url: str, body: Any = None) -> Any:
    """As the documented curl lines do: a JSON header and a body, and no token."""
    headers = {"Accept": "*/*", "User-Agent": "curl/8.5.0"}
    if body is not None:
        headers["Content-Type"] = "application/json"
    content = None if body is None else json.dumps(body, ensure_ascii=False).encode()
    return httpx2.request(method, url, headers=headers, content=content, timeout=60).json()


def data_of(answer: Any) -> Any:
    assert answer["success"] is True, answer
    assert answer["status_code"] == 200
    return answer["data"]


def watch(url: str) -> Iterator[tuple[float, dict[str, Any]]]:
    """What `EventSource.onmessage` would be called with, and when."""
    with httpx2.stream("GET", url, timeout=60) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        for line in answer.iter_lines():
            assert not line.startswith("event:")
            if line.startswith("data: "):
                yield time.monotonic(), json.loads(line.removeprefix("data: "))


@pytest.mark.k6
@pytest.mark.slow
def test_the_documented_walk(served_lab: ServedLab, demo_api: str) -> None:
    served_lab.start()
    url = served_lab.url.rstrip("/")
    assert send("GET", f"{url}/") == "ok"

    data_of(send("POST", f"{url}/project", CREATE_PROJECT))
    project = served_lab.get("/project")["data"][-1]
    assert {k: project[k] for k in CREATE_PROJECT} == CREATE_PROJECT

    document = data_of(
        send(
            "POST",
            f"{url}/openapi/analyze",
            ANALYSE | {"project_id": project["id"], "openapi_url": f"{demo_api}/openapi.json"},
        )
    )
    assert document["title"] == "Demo bookshop"
    endpoints = served_lab.get("/endpoint")["data"]
    listed = next(e["id"] for e in endpoints if (e["method"], e["path"]) == ("GET", "/books"))

    start = json.loads(json.dumps(START))
    start["scenarios"][0] |= {
        "endpoint_id": listed, "think_time": 0.05, "stages": [{"duration": "14s", "target": 4}],
    }  # fmt: skip
    begun = data_of(send("POST", f"{url}/load-testing", start))
    events: list[tuple[float, dict[str, Any]]] = []
    watcher = threading.Thread(target=lambda: events.extend(watch(f"{url}/sse/k6-data")))
    watcher.start()
    (job,) = served_lab.get("/scheduler/jobs")["data"]
    assert (job["job_name"], job["title"]) == (begun["job_name"], "Performance Test")
    watcher.join(60)
    assert not watcher.is_alive()

    check_events(events, begun["job_name"], listed)
    (line,) = served_lab.get("/test-history/simple")["data"]
    assert line["test_status"] == "테스트 완료"
    details = served_lab.get(f"/test-history/{line['test_history_id']}/details")["data"]
    check_details(served_lab, details, begun, listed)
    check_time_series(served_lab, details)
    assert served_lab.stop() == 0


def check_events(events: list[tuple[float, dict[str, Any]]], job: str, endpoint: int) -> None:
    times, bodies = [at for at, _ in events], [event for _, event in events]
    assert bodies[-1]["is_complete"] is True
    assert [event for event in bodies if "is_complete" in event] == bodies[-1:]
    pauses = [later - earlier for earlier, later in pairwise(times)]
    # Every five seconds; a busy machine may be late with one of them.
    assert 4 < median(pauses) < 7.5, pauses
    busy = [event for event in bodies[:-1] if event["overall"]["tps"] > 0]
    assert len(busy) >= 2
    for event in busy:
        # Requests are those of the last seconds, virtual users those of this moment: at the end
        # of the load they are gone, and its requests are not yet.
        if 1 < event["test_progress"]["duration_seconds"] < 13:
            assert event["overall"]["vus"] == 4
        assert event["overall"]["response_time"] > 0
        (scenario,) = event["scenarios"]
        assert (scenario["name"], scenario["scenario_tag"]) == ("login_test", f"{job}{endpoint}")
        assert event["test_progress"]["total_duration_seconds"] == 14
        assert {r["service_type"] for r in event["resources"]} == {"load_generator", "host"}


def check_details(
    lab: ServedLab, details: dict[str, Any], begun: dict[str, str], endpoint: int
) -> None:
    """k6's own summary, as it lies in the run's folder, says the same."""
    (run,) = lab.get("/api/v1/runs")["items"]
    path = lab.data_dir / "jobs" / run["public_id"] / "results" / "summary.json"
    metrics = json.loads(path.read_text())["metrics"]
    requests, durations = metrics["http_reqs"]["values"], metrics["http_req_duration"]["values"]
    overall = details["overall"]
    assert overall["total_requests"] == requests["count"]
    assert overall["failed_requests"] == metrics["http_req_failed"]["values"]["passes"]
    assert overall["tps"]["avg"] == pytest.approx(requests["rate"], abs=0.01)
    assert overall["tps"]["min"] <= overall["tps"]["avg"] <= overall["tps"]["max"]
    assert overall["response_time"] == pytest.approx({
        "max": durations["max"], "min": durations["min"], "avg": durations["avg"],
        "p50": durations["med"], "p95": durations["p(95)"], "p99": durations["p(99)"],
    })  # fmt: skip
    assert overall["test_duration"] == pytest.approx(14, abs=5)
    assert overall["vus"]["max"] == 4
    assert overall["target_tps"] == 100
    (scenario,) = details["scenarios"]
    assert scenario["total_requests"] == requests["count"]
    assert scenario["response_time"] == pytest.approx(overall["response_time"])
    assert scenario["scenario_tag"] == f"{begun['job_name']}{endpoint}"
    assert scenario["endpoint"]["path"] == "/books"
    assert details["description"] == "API 성능 테스트"
    assert details["k6_script_file_name"] == begun["file_name"]


def check_time_series(lab: ServedLab, details: dict[str, Any]) -> None:
    series = lab.get(f"/test-history/{details['test_history_id']}/timeseries")["data"]
    points = series["overall"]["data"]
    counted = sum(point["tps"] for point in points)
    assert counted == pytest.approx(details["overall"]["total_requests"], rel=0.05)
    busy = [point for point in points if point["tps"]]
    assert len(busy) >= 8
    for point in busy:
        assert 0 < point["avg_response_time"] <= details["overall"]["response_time"]["max"]
        assert point["p95_response_time"] <= point["p99_response_time"]
    # A second in which the generator was late to say so has none.
    assert {p["vus"] for p in busy} - {None} == {4}
    (scenario,) = series["scenarios"]
    assert scenario["scenario_tag"] == details["scenarios"][0]["scenario_tag"]
    assert sum(p["tps"] for p in scenario["data"]) == pytest.approx(counted)
