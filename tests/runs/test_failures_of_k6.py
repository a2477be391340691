"""What k6 itself tells of failed requests and checks, through a whole run."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fixtures.served_lab import CountingTarget, ServedLab

pytestmark = [pytest.mark.k6, pytest.mark.slow, pytest.mark.needs("k6")]


def test_failed_requests_and_checks_are_grouped_live_and_after_the_end(
    served_lab: ServedLab, counting_target: CountingTarget
) -> None:
    counting_target.status = 503
    served_lab.start()
    load = {"executor": "constant-arrival-rate", "rate": 20, "duration": "4s"}
    plan = {
        "name": "failures",
        "scenarios": [
            {"name": "busy", "path": "/busy", **load,
             "checks": [{"name": "is fine", "status": 200}, {"name": "is busy", "status": 503}]},
            {"name": "silent", "method": "POST", "path": "/silent", **load},
        ],
        "base_url": counting_target.url,
    }  # fmt: skip
    made = served_lab.post("/api/v1/projects/default/load-tests", {"plan": plan})
    run_id = served_lab.start_run(made["public_id"])
    served_lab.wait_for_run(
        run_id, lambda run: run["state"] == "running" and failures_of(served_lab, run_id)
    )
    live = served_lab.get(f"/api/v1/runs/{run_id}/failures")
    assert live["live"] is True
    served_lab.wait_for_run(run_id, lambda run: run["ended_at"])
    shown = served_lab.get(f"/api/v1/runs/{run_id}/failures")
    found = {(g["kind"], g["scenario"], g["name"]): g for g in shown["groups"]}
    assert set(found) == {
        ("request", "s1", "GET /busy"),
        ("request", "s2", "POST /silent"),
        ("check", "s1", "is fine"),
    }
    busy = found["request", "s1", "GET /busy"]
    assert (busy["status"], busy["error"], busy["share"]) == (503, "Service Unavailable", 1.0)
    # A POST is not answered by this target: it says 501.
    assert found["request", "s2", "POST /silent"]["status"] == 501
    results = served_lab.results(run_id)
    assert busy["count"] == results["s1", "http_req_failed", "count"]
    assert found["check", "s1", "is fine"]["count"] == results["", "checks", "fails"]
    assert shown["requests"] == results["", "http_reqs", "count"]
    heat = served_lab.get(f"/api/v1/runs/{run_id}/series/http_req_duration/heat-map")
    assert sum(count for *_, count in heat["cells"]) == shown["requests"]


def failures_of(served_lab: ServedLab, run_id: str) -> list[dict[str, Any]]:
    groups: list[dict[str, Any]] = served_lab.get(f"/api/v1/runs/{run_id}/failures")["groups"]
    return groups
