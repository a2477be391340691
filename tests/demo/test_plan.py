from __future__ import annotations

import uuid

import pytest

from benchwright.demo.plan import demo_plan
from benchwright.loadtests.plan import parse_plan
from benchwright.loadtests.profile import planned_duration


@pytest.mark.parametrize("duration_s", [1.0, 7.0, 30.0, 3600.0])
def test_it_fits_every_length_with_four_executors(duration_s: float) -> None:
    names = ("listBooks", "searchBooks", "getBook", "placeOrder")
    endpoints = {name: str(uuid.uuid4()) for name in names}
    plan = parse_plan(demo_plan(endpoints, "http://127.0.0.1:1", duration_s))
    assert len({scenario.executor for scenario in plan.scenarios}) == 4
    assert planned_duration(plan) == pytest.approx(duration_s, abs=0.01)
    assert all(scenario.targets.response_time is not None for scenario in plan.scenarios)
