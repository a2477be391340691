from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from benchwright.loadtests.inspection import inspect_script
from benchwright.loadtests.k6 import K6Program
from benchwright.loadtests.plan import Plan, parse_plan
from benchwright.loadtests.profile import (
    estimate,
    longest_duration,
    planned_duration,
    planned_requests,
)
from benchwright.loadtests.script import generate_script

SIX: list[dict[str, Any]] = [
    {"executor": "constant-vus", "vus": 2, "duration": "10s", "start_time": "5s"},
    {"executor": "ramping-vus", "stages": [{"duration": "20s", "target": 4}, {"duration": "1s", "target": 0}]},
    {"executor": "constant-arrival-rate", "rate": 2.5, "duration": "10s"},
    {"executor": "ramping-arrival-rate", "start_rate": 10, "time_unit": "10s",
     "stages": [{"duration": "10s", "target": 30}, {"duration": "10s", "target": 30}]},
    {"executor": "shared-iterations", "vus": 2, "iterations": 50},
    {"executor": "per-vu-iterations", "vus": 3, "iterations": 5, "max_duration": "1m"},
]  # fmt: skip


def plan_of(*scenarios: dict[str, Any]) -> Plan:
    return parse_plan(
        {
            "name": "n",
            "base_url": "http://127.0.0.1",
            "scenarios": [{"name": "a", "path": "/", **scenario} for scenario in scenarios],
        }
    )


def test_length_of_a_plan() -> None:
    assert planned_duration(plan_of(*SIX[:4])) == 21
    assert planned_duration(plan_of(*SIX)) is None
    assert longest_duration(plan_of(*SIX[:4])) == 51
    assert longest_duration(plan_of(*SIX)) == 630


def test_requests_of_a_plan() -> None:
    assert planned_requests(plan_of(*SIX[2:])) == 25 + 20 + 30 + 50 + 15
    assert planned_requests(plan_of(SIX[0], SIX[2])) is None


def test_profile_for_drawing() -> None:
    profiles = estimate(plan_of(*SIX)).scenarios
    assert [profile.key for profile in profiles] == ["s1", "s2", "s3", "s4", "s5", "s6"]
    assert profiles[0].points == [(5, 2), (15, 2)]
    assert profiles[1].points == [(0, 0), (20, 4), (21, 0)]
    assert profiles[3].points == [(0, 1), (10, 3), (20, 3)]
    assert profiles[3].unit == "iterations/s"
    assert profiles[4].points == [(0, 2), (600, 2)]


def test_k6_expects_the_same_length(k6: K6Program, tmp_path: Path) -> None:
    for scenario in SIX:
        plan = plan_of(scenario)
        script = tmp_path / "script.js"
        script.write_text(generate_script(plan, {}).text)
        found = inspect_script(k6, script)
        assert found.duration_s == longest_duration(plan)


DURATIONS = st.integers(1, 100_000).map(lambda ms: f"{ms}ms")
STAGES = st.lists(
    st.fixed_dictionaries({"duration": DURATIONS, "target": st.integers(1, 50)}),
    min_size=1,
    max_size=5,
)


@given(STAGES, DURATIONS)
def test_a_ramp_is_as_long_as_its_stages(stages: list[dict[str, Any]], start: str) -> None:
    plan = plan_of({"executor": "ramping-vus", "stages": stages, "start_time": start})
    (profile,) = estimate(plan).scenarios
    total = planned_duration(plan)
    assert total is not None
    assert abs(total - profile.points[-1][0]) < 1e-6
    times = [t for t, _ in profile.points]
    assert times == sorted(times)
    assert [load for _, load in profile.points[1:]] == [stage["target"] for stage in stages]
