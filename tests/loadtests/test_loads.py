from __future__ import annotations

from typing import Any

import pytest

from benchwright.loadtests.loads import k6_scenario, whole_rates
from benchwright.loadtests.plan import parse_plan


def options_of(**scenario: Any) -> dict[str, Any]:
    plan = parse_plan({"name": "n", "scenarios": [{"name": "a", "path": "/", **scenario}]})
    return k6_scenario(plan.scenarios[0], plan)


@pytest.mark.parametrize(
    "rates, whole, unit",
    [
        ([50.0], [50], "1s"),
        ([0.5], [1], "2s"),
        ([5.5], [11], "2s"),
        ([1.0, 2.5, 0.1], [10, 25, 1], "10s"),
        ([0.0, 3.0], [0, 3], "1s"),
    ],
)
def test_rates_become_integers(rates: list[float], whole: list[int], unit: str) -> None:
    assert whole_rates(rates, 1) == (whole, unit)


def test_virtual_users_follow_from_rate_and_response_time() -> None:
    rate: dict[str, Any] = {"executor": "constant-arrival-rate", "rate": 100, "duration": "10s"}
    assert options_of(**rate)["preAllocatedVUs"] == 20
    assert options_of(**rate)["maxVUs"] == 200
    assert options_of(**rate, think_time_s=1)["preAllocatedVUs"] == 120
    slow = options_of(**rate, targets={"response_time": "3s"})
    assert (slow["preAllocatedVUs"], slow["maxVUs"]) == (300, 600)
    assert options_of(**rate, max_vus=5)["preAllocatedVUs"] == 5
    assert options_of(**rate, pre_allocated_vus=900)["maxVUs"] == 900
    huge = options_of(executor="constant-arrival-rate", rate=1e6, duration="1s")
    assert (huge["preAllocatedVUs"], huge["maxVUs"]) == (500, 5000)


def test_times_are_written_as_k6_reads_them() -> None:
    options = options_of(
        executor="ramping-vus", start_time=90, graceful_stop=0, graceful_ramp_down="1.5s",
        stages=[{"duration": "90s", "target": 3}],
    )  # fmt: skip
    assert options == {
        "executor": "ramping-vus",
        "startVUs": 0,
        "stages": [{"duration": "1m30s", "target": 3}],
        "gracefulRampDown": "1.5s",
        "startTime": "1m30s",
        "gracefulStop": "0s",
    }
