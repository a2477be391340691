from __future__ import annotations

import uuid
from typing import Any

import pytest

from benchwright.kit.errors import Invalid
from benchwright.loadtests.endpoints import Endpoint
from benchwright.loadtests.plan import Plan, dump_plan
from benchwright.loadtests.quick import quick_plan
from benchwright.loadtests.script import generate_script

ENDPOINTS = {
    str(uuid.UUID(int=n)): Endpoint(method, f"/{n}", base_url="http://h")
    for n, method in enumerate(["GET", "POST", "DELETE", "GET", "HEAD"], 1)
}


def loads(plan: Plan) -> list[dict[str, Any]]:
    left_out = ("name", "endpoint", "think_time_s", "targets")
    return [
        {name: value for name, value in scenario.items() if name not in left_out}
        for scenario in dump_plan(plan)["scenarios"]
    ]


def test_methods_that_change_data_are_left_out_unless_chosen() -> None:
    assert [s.name for s in quick_plan(ENDPOINTS).scenarios] == ["GET /1", "GET /4", "HEAD /5"]
    assert len(quick_plan(ENDPOINTS, unsafe=True).scenarios) == 5
    with pytest.raises(Invalid) as caught:
        quick_plan({key: e for key, e in ENDPOINTS.items() if e.method == "POST"})
    assert "may change data" in caught.value.errors[0]["message"]


def test_load_is_shared() -> None:
    constant = {"executor": "constant-vus", "duration": "30s"}
    assert loads(quick_plan(ENDPOINTS)) == [{**constant, "vus": 1}] * 3
    assert [load["vus"] for load in loads(quick_plan(ENDPOINTS, vus=10))] == [4, 3, 3]
    assert [load["vus"] for load in loads(quick_plan(ENDPOINTS, vus=1))] == [1, 1, 1]
    rates = loads(quick_plan(ENDPOINTS, rate=30, duration=10))
    assert rates == [{"executor": "constant-arrival-rate", "rate": 10.0, "duration": "10s"}] * 3
    ramp = loads(quick_plan(ENDPOINTS, stages=[("10s", 7), ("5s", 0)]))
    assert [[stage["target"] for stage in load["stages"]] for load in ramp] == [
        [3, 0],
        [2, 0],
        [2, 0],
    ]
    rising = loads(quick_plan(ENDPOINTS, rate=3, stages=[("10s", 30)]))
    assert rising[0]["executor"] == "ramping-arrival-rate"
    assert (rising[0]["start_rate"], rising[0]["stages"][0]["target"]) == (1, 10)


def test_targets_and_script() -> None:
    plan = quick_plan(
        ENDPOINTS, p95_ms="300ms", max_error_rate="1%", base_url="http://b", target_tps=5
    )
    targets = plan.scenarios[0].targets
    assert targets.response_time is not None
    assert (targets.response_time.ms, targets.error_rate) == (300, 0.01)
    assert "http://b/1" in generate_script(plan, ENDPOINTS).text


@pytest.mark.parametrize(
    "flags, field",
    [
        ({"vus": 1, "rate": 1}, "vus"),
        ({"stages": [("1s", 1)], "duration": "3s"}, "duration"),
        ({"duration": "3 sec"}, "scenarios.0.duration"),
        ({"base_url": "x"}, "base_url"),
        ({"p95_ms": "fast"}, "scenarios.0.targets.response_time.ms"),
    ],
)
def test_faults_name_the_flag(flags: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        quick_plan(ENDPOINTS, **flags)
    assert caught.value.errors[0]["field"] == field
