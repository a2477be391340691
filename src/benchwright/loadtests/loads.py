"""Scenarios as k6's executors take them."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from benchwright.loadtests.durations import format_duration
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

ASSUMED_RESPONSE_S = 0.2
SLOW_RESPONSE_S = 2.0
MAX_GUESSED_FIRST_VUS = 500
MAX_GUESSED_VUS = 5000


def k6_scenario(scenario: Scenario, plan: Plan) -> dict[str, Any]:
    """The entry of `options.scenarios`, without `exec`."""
    options: dict[str, Any] = {"executor": scenario.executor}
    match scenario:
        case ConstantVus():
            options |= {"vus": scenario.vus, "duration": format_duration(scenario.duration)}
        case RampingVus():
            options |= {
                "startVUs": scenario.start_vus,
                "stages": [
                    {"duration": format_duration(stage.duration), "target": stage.target}
                    for stage in scenario.stages
                ],
                "gracefulRampDown": format_duration(scenario.graceful_ramp_down),
            }
        case ConstantArrivalRate():
            [rate], unit = whole_rates([scenario.rate], scenario.time_unit)
            options |= {
                "rate": rate,
                "timeUnit": unit,
                "duration": format_duration(scenario.duration),
                **_vus(scenario, scenario.rate / scenario.time_unit, plan),
            }
        case RampingArrivalRate():
            rates = [scenario.start_rate, *(stage.target for stage in scenario.stages)]
            whole, unit = whole_rates(rates, scenario.time_unit)
            options |= {
                "startRate": whole[0],
                "timeUnit": unit,
                "stages": [
                    {"duration": format_duration(stage.duration), "target": rate}
                    for stage, rate in zip(scenario.stages, whole[1:], strict=True)
                ],
                **_vus(scenario, max(rates) / scenario.time_unit, plan),
            }
        case SharedIterations() | PerVuIterations():
            options |= {
                "vus": scenario.vus,
                "iterations": scenario.iterations,
                "maxDuration": format_duration(scenario.max_duration),
            }
    if scenario.start_time:
        options["startTime"] = format_duration(scenario.start_time)
    return options | {"gracefulStop": format_duration(scenario.graceful_stop)}


def whole_rates(rates: list[float], time_unit_s: float) -> tuple[list[int], str]:
    """The same rates as integers, which is all that k6 takes, and the time unit they are per."""
    exact = [Fraction(str(rate)).limit_denominator(1000) for rate in rates]
    factor = math.lcm(*(rate.denominator for rate in exact))
    return [int(rate * factor) for rate in exact], format_duration(time_unit_s * factor)


def _vus(
    scenario: ConstantArrivalRate | RampingArrivalRate, rate_per_s: float, plan: Plan
) -> dict[str, int]:
    # By Little's law a rate keeps rate x (response time + think time) virtual users busy.
    think_s = (scenario.think_time_s or plan.think_time_s).max_s
    target = scenario.targets.response_time
    response_s = max(ASSUMED_RESPONSE_S, target.ms / 1000 if target else 0.0)
    first = scenario.pre_allocated_vus or min(
        max(1, math.ceil(rate_per_s * (response_s + think_s))),
        scenario.max_vus or MAX_GUESSED_FIRST_VUS,
    )
    slow_s = max(SLOW_RESPONSE_S, 2 * response_s) + think_s
    most = scenario.max_vus or max(first, min(math.ceil(rate_per_s * slow_s), MAX_GUESSED_VUS))
    return {"preAllocatedVUs": first, "maxVUs": max(first, most)}
