"""What a plan will do over time: its length, its load, how many requests to expect."""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

from pydantic import BaseModel

from benchwright.loadtests.plan import Plan
from benchwright.loadtests.scenarios import (
    ConstantArrivalRate,
    ConstantVus,
    PerVuIterations,
    RampingArrivalRate,
    RampingVus,
    Scenario,
    SharedIterations,
)

LoadUnit = Literal["vus", "iterations/s"]
Point = tuple[float, float]


class ScenarioProfile(BaseModel):
    """The load of one scenario as corners of a line: (seconds from the start, load)."""

    key: str
    name: str
    unit: LoadUnit
    points: list[Point]
    requests: int | None
    """How many requests it will send, where that follows from the plan."""
    is_limit: bool = False
    """Whether a number of iterations ends it, at the latest where the line ends."""


class Estimate(BaseModel):
    """What a plan will do; `duration_s` is null when its length depends on the answers."""

    duration_s: float | None
    longest_s: float
    requests: int | None
    scenarios: list[ScenarioProfile]


def planned_duration(plan: Plan) -> float | None:
    """Seconds from start to end, or None if a number of iterations decides."""
    lengths = [_length_s(scenario) for scenario in plan.scenarios]
    if any(length is None for length in lengths):
        return None
    return max(
        scenario.start_time + (length or 0.0)
        for scenario, length in zip(plan.scenarios, lengths, strict=True)
    )


def longest_duration(plan: Plan) -> float:
    """Seconds after which k6 has certainly ended, with set-up, iterations and grace."""
    setup_s = plan.setup_timeout if plan.setup is not None else 0.0
    return setup_s + max(s.start_time + _latest_s(s) + s.graceful_stop for s in plan.scenarios)


def planned_requests(plan: Plan) -> int | None:
    """How many requests the scenarios will send, or None where that depends on the answers."""
    counts = [_requests(scenario) for scenario in plan.scenarios]
    return None if None in counts else sum(count or 0 for count in counts)


def estimate(plan: Plan) -> Estimate:
    """Length, load profile and requests of a plan."""
    return Estimate(
        duration_s=planned_duration(plan),
        longest_s=longest_duration(plan),
        requests=planned_requests(plan),
        scenarios=[
            profile_of(scenario, plan.scenario_key(index))
            for index, scenario in enumerate(plan.scenarios)
        ],
    )


def profile_of(scenario: Scenario, key: str) -> ScenarioProfile:
    """The load of one scenario."""
    return ScenarioProfile(
        key=key,
        name=scenario.name,
        unit=_unit(scenario),
        points=[(t + scenario.start_time, load) for t, load in _points(scenario)],
        requests=_requests(scenario),
        is_limit=_length_s(scenario) is None,
    )


def _latest_s(scenario: Scenario) -> float:
    if isinstance(scenario, SharedIterations | PerVuIterations):
        return scenario.max_duration
    return _length_s(scenario) or 0.0


def _length_s(scenario: Scenario) -> float | None:
    match scenario:
        case ConstantVus() | ConstantArrivalRate():
            return scenario.duration
        case RampingVus() | RampingArrivalRate():
            return sum(stage.duration for stage in scenario.stages)
    return None


def _unit(scenario: Scenario) -> LoadUnit:
    is_rate = isinstance(scenario, ConstantArrivalRate | RampingArrivalRate)
    return "iterations/s" if is_rate else "vus"


def _points(scenario: Scenario) -> list[Point]:
    match scenario:
        case ConstantVus():
            return [(0.0, scenario.vus), (scenario.duration, scenario.vus)]
        case ConstantArrivalRate():
            rate = scenario.rate / scenario.time_unit
            return [(0.0, rate), (scenario.duration, rate)]
        case RampingVus() | RampingArrivalRate():
            return _ramp(scenario)
    return [(0.0, scenario.vus), (scenario.max_duration, scenario.vus)]


def _ramp(scenario: RampingVus | RampingArrivalRate) -> list[Point]:
    is_rate = isinstance(scenario, RampingArrivalRate)
    unit_s = scenario.time_unit if isinstance(scenario, RampingArrivalRate) else 1.0
    start = scenario.start_rate if isinstance(scenario, RampingArrivalRate) else scenario.start_vus
    points = [(0.0, start / unit_s if is_rate else float(start))]
    for stage in scenario.stages:
        points.append((points[-1][0] + stage.duration, stage.target / unit_s))
    return points


def _requests(scenario: Scenario) -> int | None:
    match scenario:
        case ConstantArrivalRate() | RampingArrivalRate():
            points = _points(scenario)
            area = sum(
                (end - begin) * (low + high) / 2 for (begin, low), (end, high) in pairwise(points)
            )
            return round(area)
        case SharedIterations():
            return scenario.iterations
        case PerVuIterations():
            return scenario.iterations * scenario.vus
    return None
