from __future__ import annotations

from typing import Any

import pytest

from benchwright.loadtests.description import LoadTestDescription
from benchwright.loadtests.plan import dump_plan, parse_plan
from benchwright.runs.workload import PlanView
from benchwright.web.figures import NO_BREAK as N


def view(scenario: dict[str, Any], **plan: Any) -> PlanView:
    parsed = parse_plan(
        {"name": "x", "scenarios": [{"name": "a", "path": "/a", **scenario}], **plan}
    )
    return LoadTestDescription().view_plan({"script_kind": "generated", "plan": dump_plan(parsed)})


@pytest.mark.parametrize(
    "scenario,words",
    [
        ({"executor": "constant-vus", "vus": 1, "duration": "30s"}, "1 virtual user for 30 s"),
        (
            {"executor": "constant-arrival-rate", "rate": 120, "time_unit": "1m", "duration": 90},
            "2 requests/s for 1 min 30 s",
        ),
        (
            {
                "executor": "ramping-vus",
                "stages": [{"duration": 5, "target": 10}, {"duration": 5, "target": 0}],
            },
            "virtual users from 0 to 10 in 5 s, then to 0 in 5 s",
        ),
        (
            {
                "executor": "ramping-arrival-rate", "start_rate": 1,
                "stages": [{"duration": 5, "target": 10}],
            },
            "requests/s from 1 to 10 in 5 s",
        ),
        (
            {"executor": "shared-iterations", "vus": 2, "iterations": 1000, "max_duration": 60},
            "1,000 requests shared by 2 virtual users, 1 min at most",
        ),
        (
            {"executor": "per-vu-iterations", "vus": 2, "iterations": 5, "max_duration": 60},
            "5 requests by each of 2 virtual users, 1 min at most",
        ),
    ],
)  # fmt: skip
def test_loads_are_told_in_words(scenario: dict[str, Any], words: str) -> None:
    (part,) = view(scenario).parts
    name, told = part.facts[0]
    assert (name, told.replace(N, " ")) == ("Load", words)
    assert part.points


def test_many_stages_are_not_all_named() -> None:
    stages = [{"duration": 1, "target": n} for n in range(1, 20)]
    (part,) = view({"executor": "ramping-vus", "stages": stages}).parts
    assert part.facts[0].value.endswith(", and 7 more stages")


def test_what_is_expected_and_what_is_sent_are_facts() -> None:
    shown = view(
        {
            "executor": "constant-vus", "duration": 5, "method": "POST", "start_time": 3,
            "targets": {"response_time": {"stat": "p99", "ms": 300}, "error_rate": 0.01},
            "body": {"content": {"a": 1}}, "checks": [{"status": 200}],
        },
        base_url="http://127.0.0.1:9", target_tps=50, think_time_s=[1, 2],
        auto_stop=[{"metric": "p95", "above": 500}], insecure_tls=True,
        headers={"X-One": "1"},
    )  # fmt: skip
    (part,) = shown.parts
    assert part.request == "POST /a"
    assert dict(part.facts) == {
        "Load": f"1 virtual user for 5{N}s", "Starts after": f"3{N}s",
        "Targets": f"p99 ≤ 300{N}ms, errors ≤ 1{N}%",
        "Think time": f"1{N}s to 2{N}s", "Checks": "1", "Body": "application/json",
    }  # fmt: skip
    facts = dict(shown.facts)
    assert facts["Address"] == "http://127.0.0.1:9"
    assert facts["Throughput target"] == "≥ 50.0/s"
    assert facts["Stops when"] == f"p95 is above 500{N}ms over 10{N}s"
    assert facts["Header"] == "X-One"
    assert facts["TLS"] == "certificates are not checked"


def test_scripts_of_ones_own_and_plans_of_other_versions_are_told_as_far_as_known() -> None:
    tell = LoadTestDescription().view_plan
    own = tell({"script_kind": "own", "script_name": "mine.js", "environment": {"A": "1"},
                "secrets": ["TOKEN"], "files": {"data.csv": "0"}})  # fmt: skip
    assert own.facts == [
        ("Script", "mine.js"), ("Further file", "data.csv"), ("Environment", "A=1"),
        ("Secret", "TOKEN"),
    ]  # fmt: skip
    assert tell({"script_kind": "generated", "plan": {"from": "the future"}}) == PlanView([])
